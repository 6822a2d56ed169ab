import { App, Stack } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { incoming } from '../../functions/shared/event/schemas.ts';
import { RecurringSend, type RecurringSendProps } from '../../infra/recurring.ts';
import { referencesIn, resourcesOf, templateSchema } from './template.ts';

const busArn = 'arn:aws:events:us-east-1:111111111111:event-bus/sms-prod';
const message = { pattern: '【签名】{0}您好', defaultDetail: ['客户'], recipients: ['13800138000'], validFor: 'PT2H' };

function synthesise(props: Partial<RecurringSendProps> = {}) {
  const stack = new Stack(new App(), 'another-team');
  const schedule = 'cron(0 9 ? * MON *)';
  new RecurringSend(stack, 'Weekly', { busArn, source: 'crm', schedule, timeZone: 'Asia/Shanghai', message, ...props });
  const template = z.parse(templateSchema, (stack.node.root as App).synth().getStackByName('another-team').template);
  const [[, schedule_] = []] = resourcesOf(template, 'AWS::Scheduler::Schedule');
  return { template, schedule: schedule_?.Properties ?? {} };
}

test('puts a Send Requested on the bus each time, with a key of its own for each occurrence', () => {
  const { schedule } = synthesise();
  expect(schedule).toMatchObject({
    State: 'ENABLED',
    ScheduleExpression: 'cron(0 9 ? * MON *)',
    ScheduleExpressionTimezone: 'Asia/Shanghai',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: busArn, EventBridgeParameters: { DetailType: 'Send Requested', Source: 'crm' } },
  });
  expect(String(schedule.Name)).toMatch(/^[\w.-]{1,64}$/);
  const detail = JSON.parse((schedule.Target as { Input: string }).Input);
  expect(detail).toEqual({ version: 1, idempotencyKey: '<aws.scheduler.schedule-arn>@<aws.scheduler.scheduled-time>', ...message });
  expect(z.safeParse(incoming['Send Requested'], detail).success).toBe(true);
  // The longest ARN that Scheduler can put there, in the longest region of any partition, and a time.
  const arn = `arn:aws-us-gov:scheduler:ap-southeast-99:111111111111:schedule/${'g'.repeat(64)}/${'n'.repeat(64)}`;
  expect(`${arn}@2026-12-01T01:00:00Z`.length).toBeLessThanOrEqual(255);
});

test('may put under its own source on this bus, and keep what it could not put, and nothing else', () => {
  const { template, schedule } = synthesise();
  const [[queueId] = []] = resourcesOf(template, 'AWS::SQS::Queue');
  const [[roleId, role] = []] = resourcesOf(template, 'AWS::IAM::Role');
  expect(JSON.stringify(role?.Properties.AssumeRolePolicyDocument)).toMatch(/aws:SourceAccount.*scheduler\.amazonaws\.com/);
  const target = schedule.Target as { RoleArn: unknown; DeadLetterConfig: unknown; RetryPolicy: unknown };
  expect([referencesIn(target.RoleArn), referencesIn(target.DeadLetterConfig)]).toEqual([[roleId], [queueId]]);
  expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 185 });
  const statements = resourcesOf(template, 'AWS::IAM::Policy').flatMap(
    ([, { Properties }]) => (Properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] }).Statement,
  );
  expect(statements).toHaveLength(2);
  expect(statements[0]).toMatchObject({
    Action: 'events:PutEvents',
    Resource: busArn,
    Condition: { 'ForAllValues:StringEquals': { 'events:source': ['crm'] }, Null: { 'events:source': 'false' } },
  });
  expect(statements[1]?.Action).toBe('sqs:SendMessage');
  expect(referencesIn(statements[1]?.Resource)).toEqual([queueId]);
});

test('can be stopped, and is in UTC unless it says otherwise', () => {
  const { schedule } = synthesise({ enabled: false, timeZone: undefined, schedule: 'rate(1 day)' } as Partial<RecurringSendProps>);
  expect(schedule).toMatchObject({ State: 'DISABLED', ScheduleExpression: 'rate(1 day)' });
  expect(schedule).not.toHaveProperty('ScheduleExpressionTimezone');
});
