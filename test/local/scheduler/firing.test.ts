import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EventEngines } from '../../../infra/local/event-bridge/event-engines.ts';
import { bodiesIn, messagesIn, newQueue, queueArn, schedulerAt, scheduleTo, startEngines } from '../../support/event-engines.ts';
import { temporaryFolder } from '../fixture.ts';

const data = temporaryFolder();
const harness = await startEngines({ file: `${data.folder}/events.sqlite` });
let engines: EventEngines;
let client: ReturnType<typeof schedulerAt>;
const open = async (): Promise<void> => {
  engines = await harness.start();
  client = schedulerAt(engines.scheduler);
};
const close = async (): Promise<void> => {
  client.destroy();
  await engines.stop();
};
beforeAll(open);
afterAll(async () => {
  await close();
  await harness.queues.stop();
  data.remove();
});

async function create(queue: string, more: Partial<CreateScheduleCommandInput> = {}): Promise<string> {
  const given = scheduleTo(queue, more);
  await client.send(new CreateScheduleCommand(given));
  return given.Name as string;
}

/** Lets the clock run to a moment, as it would: due moment by due moment. */
async function runTo(at: string): Promise<void> {
  const goal = Date.parse(at);
  for (let next = engines.next(); next !== undefined && next <= goal; next = engines.next()) {
    harness.clock.now = Math.max(harness.clock.now, next);
    await engines.run();
  }
  harness.clock.now = goal;
}

const reset = (at: string): void => {
  harness.clock.now = Date.parse(at);
};
const target = (queue: string, more: object) =>
  ({ Target: { ...scheduleTo(queue).Target, ...more } }) as Partial<CreateScheduleCommandInput>;

it('fires once at its time, not before, and is deleted if it wants to be', async () => {
  reset('2026-11-23T00:00:00Z');
  const queue = await newQueue(harness.queues);
  const kept = await create(queue, { ScheduleExpression: 'at(2026-11-23T17:00:00)', ScheduleExpressionTimezone: 'Asia/Shanghai' });
  const deleted = await create(queue, { ActionAfterCompletion: 'DELETE' });
  await runTo('2026-11-23T08:59:59Z');
  expect(await bodiesIn(harness.queues, queue)).toEqual([]);
  await runTo('2026-11-24T00:00:00Z');
  expect(await bodiesIn(harness.queues, queue)).toEqual(['due', 'due']);
  expect((await client.send(new GetScheduleCommand({ Name: kept }))).State).toBe('ENABLED');
  await expect(client.send(new GetScheduleCommand({ Name: deleted }))).rejects.toThrow(ResourceNotFoundException);
});

it('does not fire once deleted or disabled, and fires at the new time once changed', async () => {
  reset('2026-11-23T00:00:00Z');
  const queue = await newQueue(harness.queues);
  const [gone, off, moved] = [await create(queue), await create(queue), await create(queue)];
  await client.send(new DeleteScheduleCommand({ Name: gone }));
  await client.send(new UpdateScheduleCommand(scheduleTo(queue, { Name: off, State: 'DISABLED' })));
  await client.send(new UpdateScheduleCommand(scheduleTo(queue, { Name: moved, ScheduleExpression: 'at(2026-11-24T09:00:00)' })));
  await runTo('2026-11-24T08:59:59Z');
  expect(await bodiesIn(harness.queues, queue)).toEqual([]);
  await runTo('2026-11-24T09:00:00Z');
  expect(await bodiesIn(harness.queues, queue)).toEqual(['due']);
});

it('replaces its keywords', async () => {
  reset('2026-11-23T00:00:00Z');
  const queue = await newQueue(harness.queues);
  const keywords = ['schedule-arn', 'scheduled-time', 'attempt-number', 'execution-id'].map((one) => `<aws.scheduler.${one}>`);
  const name = await create(queue, target(queue, { Input: JSON.stringify(keywords) }));
  await runTo('2026-11-23T09:00:30Z');
  const [body = ''] = await bodiesIn(harness.queues, queue);
  const { Arn } = await client.send(new GetScheduleCommand({ Name: name }));
  expect(JSON.parse(body)).toEqual([Arn, '2026-11-23T09:00:00Z', '1', expect.stringMatching(/^[\w-]+$/)]);
});

it('tries again with a new attempt number until the target takes it', async () => {
  reset('2026-11-23T00:00:00Z');
  await create('comes-later', target('comes-later', { Input: '<aws.scheduler.attempt-number> <aws.scheduler.execution-id>' }));
  await runTo('2026-11-23T09:00:02Z');
  expect(harness.shown.at(-1)).toMatch(/comes-later did not take an event/);
  await harness.queues.client.send(new CreateQueueCommand({ QueueName: 'comes-later' }));
  await runTo('2026-11-23T09:01:00Z');
  expect(await bodiesIn(harness.queues, 'comes-later')).toEqual([expect.stringMatching(/^3 /)]);
});

it('gives up after the last retry, or when it is too old, into the dead-content queue', async () => {
  reset('2026-11-23T00:00:00Z');
  const dead = await newQueue(harness.queues);
  const DeadLetterConfig = { Arn: queueArn(dead) };
  await create('none', target('none', { DeadLetterConfig, RetryPolicy: { MaximumRetryAttempts: 2 } }));
  await create('none', target('none', { DeadLetterConfig, Input: 'old', RetryPolicy: { MaximumEventAgeInSeconds: 60 } }));
  await runTo('2026-11-23T09:02:00Z');
  const messages = await messagesIn(harness.queues, dead);
  const attributes = (body: string) => {
    const { MessageAttributes = {} } = messages.find(({ Body }) => Body === body) ?? {};
    return Object.fromEntries(Object.entries(MessageAttributes).map(([key, { StringValue }]) => [key, StringValue]));
  };
  expect(messages).toHaveLength(2);
  expect(attributes('due')).toMatchObject({
    RETRY_ATTEMPTS: '2',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    SCHEDULED_TIME: '2026-11-23T09:00:00Z',
    TARGET_ARN: queueArn('none'),
  });
  expect(attributes('old')).toMatchObject({ EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds' });
});

it('survives a restart: what became due meanwhile fires at once, and what was under way goes on', async () => {
  reset('2026-11-23T00:00:00Z');
  const [queue, dead] = [await newQueue(harness.queues), await newQueue(harness.queues)];
  await create(queue);
  await create(
    queue,
    target(queue, { Input: 'too old', RetryPolicy: { MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: queueArn(dead) } }),
  );
  await create(queue, { ScheduleExpression: 'at(2026-11-25T09:00:00)', Target: { ...scheduleTo(queue).Target, Input: 'later' } as never });
  await create('also-later', target('also-later', { Input: 'under way' }));
  await runTo('2026-11-23T08:00:00Z');
  await close();
  reset('2026-11-23T10:00:00Z');
  await open();
  await engines.run();
  expect(await bodiesIn(harness.queues, queue)).toEqual(['due']);
  expect(await bodiesIn(harness.queues, dead)).toEqual(['too old']);
  await close();
  await harness.queues.client.send(new CreateQueueCommand({ QueueName: 'also-later' }));
  await open();
  await runTo('2026-11-25T09:00:00Z');
  expect(await bodiesIn(harness.queues, 'also-later')).toEqual(['under way']);
  expect(await bodiesIn(harness.queues, queue)).toEqual(['later']);
});

it('a rate fires from its start to its end by elapsed time; missed ones that are too old are left out', async () => {
  reset('2026-11-23T00:00:00Z');
  const queue = await newQueue(harness.queues);
  const Input = '<aws.scheduler.scheduled-time>';
  const name = await create(queue, {
    ScheduleExpression: 'rate(6 hours)',
    StartDate: new Date('2026-11-23T03:00:00Z'),
    EndDate: new Date('2026-11-26T21:00:00Z'),
    ActionAfterCompletion: 'DELETE',
    ...target(queue, { Input, RetryPolicy: { MaximumEventAgeInSeconds: 43_200 } }),
  });
  await runTo('2026-11-23T10:00:00Z');
  expect((await bodiesIn(harness.queues, queue)).map((time) => time.slice(8, 13))).toEqual(['23T03', '23T09']);
  reset('2026-11-25T16:00:00Z');
  await engines.run();
  expect((await bodiesIn(harness.queues, queue)).map((time) => time.slice(8, 13))).toEqual(['25T09', '25T15']);
  expect(harness.shown.at(-1)).toMatch(/too old/);
  await runTo('2026-11-28T00:00:00Z');
  expect((await bodiesIn(harness.queues, queue)).map((time) => time.slice(8, 13))).toEqual(['25T21', '26T03', '26T09', '26T15', '26T21']);
  await expect(client.send(new GetScheduleCommand({ Name: name }))).rejects.toThrow(ResourceNotFoundException);
});
