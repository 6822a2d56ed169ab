import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import type { Api } from '../../functions/api/api-deps.ts';
import type { ApiRequest } from '../../functions/api/api-request.ts';
import { type CheckDueDeps, checkDue } from '../../functions/events/check-due.ts';
import { publishOutboxes } from '../../functions/events/publish.ts';
import type { TakeRequestDeps } from '../../functions/events/take-request.ts';
import { createCustomSend } from '../../functions/shared/customsend/client.ts';
import { sendBatch } from '../../functions/shared/dispatch/send-batch.ts';
import type { Sender } from '../../functions/shared/dispatch/sender.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { openBus } from '../../functions/shared/event/bus.ts';
import { createPresigner } from '../../functions/shared/files/presign.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import { type Attempt, attemptSchema, type DispatchQueue, openDispatchQueue } from '../../functions/shared/queues/dispatch-queue.ts';
import { dueSchema, type EventsQueue, openEventsQueue, publishSchema } from '../../functions/shared/queues/events-queue.ts';
import { openFilesQueue } from '../../functions/shared/queues/files-queue.ts';
import { openSchedules } from '../../functions/shared/schedule/schedules.ts';
import type { SendRules } from '../../functions/shared/send-request/check-request.ts';
import { REGION } from '../../infra/local/cloudformation/template.ts';
import { queueUrl } from '../../infra/local/sqs-s3/queues.ts';
import { queueArn, schedulerAt } from './event-engines.ts';
import { dialect, limits } from './job-context.ts';
import type { HarnessAddresses } from './worker.ts';

/** Two phones a call, three calls at once, and steps that cost no time to speak of: every write of the limiter is made. */
export const rules: SendRules = {
  dialect,
  protocol: 'http-post',
  providerZone: 'Asia/Shanghai',
  limits: { ...limits, maxConcurrentCalls: 3, callsPerSecond: 1_000 },
};

/** A worker of the system, with clients of its own. */
export type WorkerClient = Api & TakeRequestDeps & CheckDueDeps & { addresses: HarnessAddresses; close(): void };

/** Nothing that is tested here hands out addresses. */
const presigner = createPresigner({ bucket: 'files', region: REGION }, Date.now, { accessKeyId: 'local', secretAccessKey: 'local' });

/** What all workers of a system share. */
export interface SharedParts {
  tableName: string;
  /** Names of the queues of dispatch messages and of eventsQueue. */
  queue: string;
  eventsQueue: string;
  /** Epoch milliseconds. */
  now(): number;
  /** Notes that a worker asked for something this much later (milliseconds). */
  delayedBy(delay: number): void;
}

/** A dead worker's requests end at once and are not repeated. */
const client = { region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 };
/** Where requests come from as events. */
export const SOURCE = { account: '111111111111', source: 'shop', owner: 'caller' };
/** The group of a system's schedules. */
export const GROUP = 'sms-test';
const silent = { info() {}, warn() {}, error() {} };

/** A worker with these clients of the table and the queues, which reaches everything else at these addresses. */
export function workerClientOf(shared: SharedParts, table: DynamoDBClient, sqs: SQSClient, addresses: HarnessAddresses): WorkerClient {
  const { tableName, queue, eventsQueue, now } = shared;
  const { queue: endpoint, provider: url } = addresses;
  const eventBridge = new EventBridgeClient({ ...client, endpoint: addresses.bus });
  const schedulerClient = schedulerAt(addresses.scheduler);
  const tasks = openFilesQueue(queueUrl(endpoint, `${queue}-files`), sqs);
  const customSend = createCustomSend({ url, protocol: 'http-post', connectTimeoutMs: 10_000, timeoutMs: 20_000, notSentStatuses: [] });
  return {
    addresses,
    context: {
      table: new Table(tableName, table),
      now,
      randomId: () => randomUUID(),
      random: () => 0,
      publishes: true,
      eventsQueue: lookedAtLater(shared, openEventsQueue(queueUrl(endpoint, eventsQueue), sqs)),
    },
    dispatchQueue: withoutDelay(shared, openDispatchQueue(queueUrl(endpoint, queue), sqs)),
    provider: customSend,
    token: async () => tokenOf(1),
    dialect,
    callLimits: rules.limits,
    counters: { unknownBatches() {}, lateAnswers() {}, unauthorisedSources() {} },
    rules,
    longestWait: 20,
    logger: silent,
    files: { presigner, tasks },
    tasks,
    schedules: openSchedules(scheduleEnvTo(eventsQueue), schedulerClient),
    bus: openBus('sms-test', eventBridge),
    sources: [SOURCE],
    close() {
      customSend.close();
      eventBridge.destroy();
      schedulerClient.destroy();
    },
  };
}

/** A worker with clients of its own. */
export function join(shared: SharedParts, addresses: HarnessAddresses): WorkerClient {
  const table = new DynamoDBClient({ ...client, endpoint: addresses.table });
  const sqs = new SQSClient({ ...client, endpoint: addresses.queue });
  const joined = workerClientOf(shared, table, sqs, addresses);
  const close = () => {
    table.destroy();
    sqs.destroy();
    joined.close();
  };
  return { ...joined, close };
}

/** The queue's own time cannot be moved on: it delays nothing, and the clock is moved instead. */
function withoutDelay({ delayedBy }: SharedParts, { send, isEmpty }: DispatchQueue): DispatchQueue {
  return {
    isEmpty,
    send(attempts, delay = 0) {
      delayedBy(delay);
      return send(attempts);
    },
  };
}

/** The same for eventsQueue: a look at a time to come is repeated when the clock has been moved. */
function lookedAtLater({ delayedBy }: SharedParts, { publish, due }: EventsQueue): EventsQueue {
  return {
    publish,
    due(jobId, gen, delay = 0) {
      delayedBy(delay);
      return due(jobId, gen);
    },
  };
}

/** Schedules that send to this queue. */
function scheduleEnvTo(queue: string) {
  const [SCHEDULE_TARGET, SCHEDULE_DEAD_LETTERS] = [queueArn(queue), queueArn(`${queue}-dead`)];
  return { SCHEDULE_GROUP: GROUP, SCHEDULE_TARGET, SCHEDULE_ROLE: 'arn:aws:iam::000000000000:role/schedules', SCHEDULE_DEAD_LETTERS };
}

/** The token that a call is made with tells the provider's audit which try it was. */
const tokenOf = (attempt: number): string => `try ${attempt}`;
export const tryOf = (token: string | null): number => Number(token?.split(' ')[1]);

export function attemptOf(body: string | undefined): Attempt {
  return attemptSchema.parse(JSON.parse(body ?? ''));
}

/** Publishes outboxes as the events function does. @throws the first failure: then the message comes again */
export async function publishAll(client: Parameters<typeof publishOutboxes>[0], jobIds: readonly string[]): Promise<void> {
  for (const error of (await publishOutboxes(client, jobIds)).values()) throw error;
}

/** What the events function does with an events-queue message. */
export function handleEventsMessage(client: CheckDueDeps & TakeRequestDeps, body: string | undefined): Promise<void> {
  const message = z.union([dueSchema, publishSchema]).parse(JSON.parse(body ?? ''));
  return 'publish' in message ? publishAll(client, [message.jobId]) : checkDue(client, message);
}

/** What the dispatch function does with a dispatch message. */
export function dispatch(sender: Sender, attempt: Attempt): Promise<BatchItem | undefined> {
  const token = async () => tokenOf(attempt.try);
  return sendBatch({ ...sender, token }, attempt, { permitWait: 0, deadline: Date.now() + 1_000 });
}

/** A request to the API, as its handler hands it to a route. */
export function apiRequest(request: Partial<Pick<ApiRequest, 'jobId'>> & { headers?: Record<string, string>; body?: unknown }): ApiRequest {
  const { jobId = '', headers = {}, body } = request;
  return {
    caller: 'caller',
    scopes: ['send', 'read'],
    owns: [],
    jobId,
    query: {},
    header: (name) => headers[name],
    body: () => body,
    deadline: Date.now() + 2_000,
    basePath: '',
    address: '',
  };
}
