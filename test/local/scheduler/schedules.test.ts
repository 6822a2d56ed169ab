import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT } from '../../../infra/local/cloudformation/template.ts';
import type { EventEngines } from '../../../infra/local/event-bridge/event-engines.ts';
import { newQueue, queueArn, schedulerAt, scheduleTo, startEngines } from '../../support/event-engines.ts';

const harness = await startEngines({ groups: ['sms-test'] });
let engines: EventEngines;
let client: SchedulerClient;
let queue: string;
beforeAll(async () => {
  engines = await harness.start();
  client = schedulerAt(engines.scheduler);
  queue = await newQueue(harness.queues);
});
afterAll(async () => {
  client.destroy();
  await engines.stop();
  await harness.queues.stop();
});

const create = (more: Partial<CreateScheduleCommandInput> = {}) => client.send(new CreateScheduleCommand(scheduleTo(queue, more)));
const { Target } = scheduleTo('q');

it('creates a schedule, tells it, changes it and deletes it', async () => {
  const given = scheduleTo(queue, {
    Name: 'job_1-g1',
    GroupName: 'sms-test',
    Description: 'a job',
    ActionAfterCompletion: 'DELETE',
    StartDate: new Date('2026-11-23T01:02:03.456Z'),
  });
  const { ScheduleArn } = await client.send(new CreateScheduleCommand(given));
  expect(ScheduleArn).toBe(`arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/sms-test/job_1-g1`);
  const name = { Name: 'job_1-g1', GroupName: 'sms-test' };
  const stored = await client.send(new GetScheduleCommand(name));
  expect(stored).toMatchObject({
    ...given,
    Arn: ScheduleArn,
    State: 'ENABLED',
    ScheduleExpressionTimezone: 'UTC',
    CreationDate: new Date(harness.clock.now),
  });
  harness.clock.now += 1_000;
  await client.send(new UpdateScheduleCommand({ ...given, Description: undefined, State: 'DISABLED' }));
  const changed = await client.send(new GetScheduleCommand(name));
  expect(changed.Description).toBeUndefined();
  expect(changed).toMatchObject({
    State: 'DISABLED',
    CreationDate: stored.CreationDate,
    LastModificationDate: new Date(harness.clock.now),
  });
  await client.send(new DeleteScheduleCommand(name));
  await expect(client.send(new GetScheduleCommand(name))).rejects.toThrow(ResourceNotFoundException);
  await expect(client.send(new DeleteScheduleCommand(name))).rejects.toThrow(ResourceNotFoundException);
  await expect(client.send(new UpdateScheduleCommand(given))).rejects.toThrow(ResourceNotFoundException);
});

it('refuses a name that is taken, unless it is the same call again', async () => {
  const given = scheduleTo(queue, { ClientToken: 'token-1' });
  const first = await client.send(new CreateScheduleCommand(given));
  expect((await client.send(new CreateScheduleCommand(given))).ScheduleArn).toBe(first.ScheduleArn);
  await expect(client.send(new CreateScheduleCommand({ ...given, ClientToken: 'token-2' }))).rejects.toThrow(ConflictException);
  await expect(client.send(new CreateScheduleCommand({ ...given, Description: 'x' }))).rejects.toThrow(ConflictException);
  const removal = new DeleteScheduleCommand({ Name: given.Name, ClientToken: 'token-3' });
  await client.send(removal);
  await client.send(removal);
});

it('needs its group; each group has its own names', async () => {
  await expect(create({ GroupName: 'none' })).rejects.toThrow(ResourceNotFoundException);
  await client.send(new CreateScheduleGroupCommand({ Name: 'put' }));
  await expect(client.send(new CreateScheduleGroupCommand({ Name: 'put' }))).rejects.toThrow(ConflictException);
  expect(await client.send(new GetScheduleGroupCommand({ Name: 'put' }))).toMatchObject({ Name: 'put', State: 'ACTIVE' });
  await create({ Name: 'same', GroupName: 'put' });
  await create({ Name: 'same', GroupName: 'sms-test' });
});

it('lists by group, prefix and state, page by page', async () => {
  await client.send(new CreateScheduleGroupCommand({ Name: 'listed' }));
  for (const Name of ['b-2', 'b-1', 'a-1', 'b-3']) await create({ Name, GroupName: 'listed' });
  const command = { GroupName: 'listed', NamePrefix: 'b-', State: 'ENABLED' as const, MaxResults: 2 };
  const one = await client.send(new ListSchedulesCommand(command));
  const two = await client.send(new ListSchedulesCommand({ ...command, NextToken: one.NextToken }));
  expect([one, two].map(({ Schedules = [] }) => Schedules.map(({ Name }) => Name))).toEqual([['b-1', 'b-2'], ['b-3']]);
  expect(two.NextToken).toBeUndefined();
  await expect(client.send(new ListSchedulesCommand({ GroupName: 'none' }))).rejects.toThrow(ResourceNotFoundException);
});

describe('refuses as AWS does', () => {
  const wrong: [string, Partial<CreateScheduleCommandInput>, RegExp][] = [
    ['a name with other characters', { Name: 'a b' }, /'name'/],
    ['a name over 64 characters', { Name: 'x'.repeat(65) }, /'name'/],
    ['a time in the past', { ScheduleExpression: 'at(2026-11-22T23:59:59)' }, /past/],
    ['a time with fractions', { ScheduleExpression: 'at(2026-12-01T09:00:00.5)' }, /Invalid Schedule Expression/],
    ['a time with an offset', { ScheduleExpression: 'at(2026-12-01T09:00:00Z)' }, /Invalid Schedule Expression/],
    ['a day that is none', { ScheduleExpression: 'at(2027-02-29T09:00:00)' }, /Invalid Schedule Expression/],
    ['a rate of nothing', { ScheduleExpression: 'rate(0 minutes)' }, /Invalid Schedule Expression/],
    ['a rate of seconds', { ScheduleExpression: 'rate(30 seconds)' }, /Invalid Schedule Expression/],
    ['a cron of five fields', { ScheduleExpression: 'cron(0 9 * * ?)' }, /six fields/],
    ['no ? among the days', { ScheduleExpression: 'cron(0 9 * * * *)' }, /exactly one of/],
    ['two ? among the days', { ScheduleExpression: 'cron(0 9 ? * ? *)' }, /exactly one of/],
    ['hour 24', { ScheduleExpression: 'cron(0 24 * * ? *)' }, /24/],
    ['two expressions with #', { ScheduleExpression: 'cron(0 9 ? * 3#1,6#3 *)' }, /Invalid Schedule Expression/],
    ['the sixth Friday', { ScheduleExpression: 'cron(0 9 ? * 6#6 *)' }, /Invalid Schedule Expression/],
    ['a list with W', { ScheduleExpression: 'cron(0 9 1,3W * ? *)' }, /Invalid Schedule Expression/],
    ['some other text', { ScheduleExpression: 'tomorrow' }, /Invalid Schedule Expression/],
    ['an offset as zone', { ScheduleExpressionTimezone: '+08:00' }, /timezone/],
    ['no window', { FlexibleTimeWindow: undefined }, /'flexibleTimeWindow'/],
    ['a flexible window without length', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, /flexibleTimeWindow.maximumWindowInMinutes/],
    [
      'an age under a minute',
      { Target: { ...Target, RetryPolicy: { MaximumEventAgeInSeconds: 59 } } as never },
      /maximumEventAgeInSeconds/,
    ],
    ['186 retries', { Target: { ...Target, RetryPolicy: { MaximumRetryAttempts: 186 } } as never }, /maximumRetryAttempts/],
    ['a role that is none', { Target: { ...Target, RoleArn: 'role/x' } as never }, /target.roleArn/],
    ['no role', { Target: { Arn: queueArn('q'), RoleArn: undefined } }, /target.roleArn/],
    ['a target that is none', { Target: { ...Target, Arn: 'q' } as never }, /target.arn/],
    ['a token over 64 characters', { ClientToken: 'x'.repeat(65) }, /clientToken/],
    ['a start long ago', { ScheduleExpression: 'rate(1 day)', StartDate: new Date('2026-11-22T23:00:00Z') }, /StartDate/],
    [
      'an end before the start',
      { ScheduleExpression: 'rate(1 day)', StartDate: new Date('2026-12-02T00:00:00Z'), EndDate: new Date('2026-12-01T00:00:00Z') },
      /EndDate/,
    ],
  ];
  it.each(wrong)('%s', async (_what, more, message) => {
    const refused = await create(more).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ValidationException);
    expect((refused as Error).message).toMatch(message);
  });

  it('an event bus without source and detail-type, or with an Input that is no object', async () => {
    const bus = { Arn: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`, RoleArn: Target?.RoleArn };
    const EventBridgeParameters = { Source: 'crm', DetailType: 'Send Requested' };
    await expect(create({ Target: bus })).rejects.toThrow(/target.eventBridgeParameters/);
    await expect(create({ Target: { ...bus, EventBridgeParameters, Input: '[]' } })).rejects.toThrow(/target.input/);
    await expect(create({ Target: { ...bus, EventBridgeParameters: { ...EventBridgeParameters, Source: 'aws.x' } } })).rejects.toThrow(
      /source/,
    );
  });
});
