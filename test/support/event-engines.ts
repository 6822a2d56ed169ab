import { randomUUID } from 'node:crypto';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { type CreateScheduleCommandInput, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { ACCOUNT, REGION } from '../../infra/local/cloudformation/template.ts';
import { type EventEngineOptions, startEventEngines } from '../../infra/local/event-bridge/event-engines.ts';
import { openState } from '../../infra/local/saved-state.ts';
import { queueUrl } from '../../infra/local/sqs-s3/queues.ts';
import { type QueueEngine, startQueueEngine } from './queue.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** EventBridge, Scheduler and queues over sockets, with a clock that only the test moves. */
export async function startEngines({ file, ...options }: Partial<EventEngineOptions> & { file?: string } = {}) {
  const queues = await startQueueEngine();
  const clock = { now: Date.parse('2026-11-23T00:00:00Z') };
  const shown: string[] = [];
  async function start() {
    const state = openState(file);
    const engines = await startEventEngines({
      sqs: queues.endpoint,
      now: () => clock.now,
      state,
      show: (line) => shown.push(line),
      ...options,
    });
    return { ...engines, stop: () => engines.stop().finally(() => state.close()) };
  }
  return { queues, clock, shown, start };
}

/** A client for an engine of this machine. */
export const schedulerAt = (endpoint: string) => new SchedulerClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });

/** @param account from which the events come */
export function eventBridgeAt(endpoint: string, account = 'local'): EventBridgeClient {
  return new EventBridgeClient({ endpoint, region: REGION, credentials: { ...credentials, accessKeyId: account }, maxAttempts: 1 });
}

export const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
export const busArn = (name: string): string => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${name}`;

/** A new queue. @returns its name */
export async function newQueue({ client }: QueueEngine): Promise<string> {
  const name = `queue-${randomUUID()}`;
  await client.send(new CreateQueueCommand({ QueueName: name }));
  return name;
}

/** What lies in a queue, each message seen once. */
export async function messagesIn({ client, endpoint }: QueueEngine, name: string): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl(endpoint, name),
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
  });
  return (await client.send(command)).Messages ?? [];
}

export async function bodiesIn(queues: QueueEngine, name: string): Promise<string[]> {
  return (await messagesIn(queues, name)).map(({ Body = '' }) => Body);
}

/** A one-off schedule to a queue. */
export function scheduleTo(queue: string, more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput {
  return {
    Name: `schedule-${randomUUID()}`,
    ScheduleExpression: 'at(2026-11-23T09:00:00)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: queueArn(queue), RoleArn: `arn:aws:iam::${ACCOUNT}:role/scheduler`, Input: 'due' },
    ...more,
  };
}
