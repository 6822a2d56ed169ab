import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand, type CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { App, Stack } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { incoming } from '../../../functions/shared/event/schemas.ts';
import { RecurringSend } from '../../../infra/recurring.ts';
import { bodiesIn, busArn, eventBridgeAt, queueArn, schedulerAt, scheduleTo, startEngines } from '../../support/event-engines.ts';

const EventBusName = 'sms-test';
const message = { pattern: '【签名】周报已出', recipients: ['13800138000'] };

/** The schedule of the construct, as a deploy would make it; what is another resource's is as on this machine. */
function recurring(timeZone: string): CreateScheduleCommandInput {
  const stack = new Stack(new App(), 'another-team');
  new RecurringSend(stack, 'Weekly', { busArn: busArn(EventBusName), source: 'crm', schedule: 'cron(0 9 ? * MON *)', timeZone, message });
  const { Resources } = (stack.node.root as App).synth().getStackByName('another-team').template as {
    Resources: Record<string, { Type: string; Properties: CreateScheduleCommandInput }>;
  };
  const schedule = Object.values(Resources).find(({ Type }) => Type === 'AWS::Scheduler::Schedule')?.Properties;
  const { RoleArn } = scheduleTo('').Target ?? {};
  return {
    ...schedule,
    Target: { ...schedule?.Target, RoleArn, DeadLetterConfig: { Arn: queueArn('dead') } },
  } as CreateScheduleCommandInput;
}

it('the construct makes requests that the service takes, each Monday at nine, with a key that only its occurrence has', async () => {
  const harness = await startEngines({ buses: [EventBusName] });
  const engines = await harness.start();
  const [bridge, scheduler, { client }] = [eventBridgeAt(engines.eventBridge), schedulerAt(engines.scheduler), harness.queues];
  await bridge.send(new PutRuleCommand({ Name: 'requests', EventBusName, EventPattern: '{"detail-type":["Send Requested"]}' }));
  await bridge.send(new PutTargetsCommand({ Rule: 'requests', EventBusName, Targets: [{ Id: 'q', Arn: queueArn('requests') }] }));
  await client.send(new CreateQueueCommand({ QueueName: 'requests' }));
  const { ScheduleArn } = await scheduler.send(new CreateScheduleCommand(recurring('America/New_York')));
  for (const time of ['2026-11-23T13:59:59Z', '2026-11-23T14:00:00Z', '2026-11-30T14:00:00Z']) {
    harness.clock.now = Date.parse(time);
    await engines.run();
  }
  const events = (await bodiesIn(harness.queues, 'requests')).map((body) => JSON.parse(body) as { source: string; detail: unknown });
  const details = events.map(({ detail }) => z.parse(incoming['Send Requested'], detail));
  expect(events.map(({ source }) => source)).toEqual(['crm', 'crm']);
  const times = ['2026-11-23T14:00:00Z', '2026-11-30T14:00:00Z'];
  expect(details).toEqual(times.map((time) => expect.objectContaining({ idempotencyKey: `${ScheduleArn}@${time}`, ...message })));
  for (const one of [bridge, scheduler]) one.destroy();
  await engines.stop();
  await harness.queues.stop();
});
