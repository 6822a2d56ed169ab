import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import type { Api } from '../../functions/api/api-deps.ts';
import type { ApiRequest } from '../../functions/api/api-request.ts';
import { type Clockwork, lookAtTime } from '../../functions/events/check-due.ts';
import { putOwed } from '../../functions/events/publish.ts';
import type { Taker } from '../../functions/events/take-request.ts';
import { createCustomSend } from '../../functions/shared/customsend/client.ts';
import { dueSchema, type Errands, openErrands, owesSchema } from '../../functions/shared/queues/events-queue.ts';
import { openBus } from '../../functions/shared/event/bus.ts';
import { createPresigner } from '../../functions/shared/files/presign.ts';
import { openFileTasks } from '../../functions/shared/queues/files-queue.ts';
import type { BatchItem } from '../../functions/shared/job/items.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import type { OrderRules } from '../../functions/shared/send-request/check-request.ts';
import { type Attempt, attemptSchema, openWakeUps, type WakeUps } from '../../functions/shared/queues/dispatch-queue.ts';
import { openSchedules } from '../../functions/shared/schedule/schedules.ts';
import { type Sender, sendBatch } from '../../functions/shared/dispatch/send-batch.ts';
import { queueUrl } from '../../infra/local/queues.ts';
import { REGION } from '../../infra/local/template.ts';
import { queueArn, schedulerAt } from './event-engines.ts';
import { dialect, limits } from './store.ts';
import type { Surroundings } from './worker.ts';

/** Two phones a call, three calls at once, and turns that cost no time to speak of: every write of the limiter is made. */
export const rules: OrderRules = {
  dialect,
  protocol: 'http-post',
  providerZone: 'Asia/Shanghai',
  limits: { ...limits, maxConcurrentCalls: 3, callsPerSecond: 1_000 },
};

/** Whoever does something in the system: it has clients of its own. */
export type Participant = Api & Taker & Clockwork & { surroundings: Surroundings; close(): void };

/** Nothing that is tested here hands out addresses. */
const presigner = createPresigner({ bucket: 'files', region: REGION }, Date.now, { accessKeyId: 'local', secretAccessKey: 'local' });

/** What everybody in a system has in common. */
export interface Place {
  tableName: string;
  /** Names of the queues of wake-ups and of errands. */
  queue: string;
  errands: string;
  /** Epoch milliseconds. */
  now(): number;
  /** That somebody wanted something so much later (milliseconds). */
  delayedBy(delay: number): void;
}

/** A dead worker's requests end at once and are not repeated. */
const client = { region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 };
/** Where requests come from as events. */
export const SOURCE = { account: '111111111111', source: 'shop', owner: 'caller' };
/** The group of a system's schedules. */
export const GROUP = 'sms-test';
const silent = { info() {}, warn() {}, error() {} };

/** Somebody with these clients of the table and the queues, who reaches everything else at these addresses. */
export function participantOf(place: Place, table: DynamoDBClient, sqs: SQSClient, surroundings: Surroundings): Participant {
  const { tableName, queue, errands, now } = place;
  const { queue: endpoint, provider: url } = surroundings;
  const eventBridge = new EventBridgeClient({ ...client, endpoint: surroundings.bus });
  const schedulerClient = schedulerAt(surroundings.scheduler);
  const tasks = openFileTasks(queueUrl(endpoint, `${queue}-files`), sqs);
  const customSend = createCustomSend({ url, protocol: 'http-post', connectTimeoutMs: 10_000, timeoutMs: 20_000, notSentStatuses: [] });
  return {
    surroundings,
    store: {
      table: new Table(tableName, table),
      now,
      randomId: () => randomUUID(),
      random: () => 0,
      errands: lookedAtLater(place, openErrands(queueUrl(endpoint, errands), sqs)),
    },
    wakeUps: withoutDelay(place, openWakeUps(queueUrl(endpoint, queue), sqs)),
    provider: customSend,
    token: async () => tokenOf(1),
    dialect,
    callLimits: rules.limits,
    counters: { unknownBatches() {}, lateAnswers() {}, strangers() {} },
    rules,
    logger: silent,
    files: { presigner, tasks },
    tasks,
    schedules: openSchedules(scheduleEnvTo(errands), schedulerClient),
    bus: openBus('sms-test', eventBridge),
    sources: [SOURCE],
    close() {
      customSend.close();
      eventBridge.destroy();
      schedulerClient.destroy();
    },
  };
}

/** Somebody with clients of its own. */
export function join(place: Place, surroundings: Surroundings): Participant {
  const table = new DynamoDBClient({ ...client, endpoint: surroundings.store });
  const sqs = new SQSClient({ ...client, endpoint: surroundings.queue });
  const joined = participantOf(place, table, sqs, surroundings);
  const close = () => {
    table.destroy();
    sqs.destroy();
    joined.close();
  };
  return { ...joined, close };
}

/** The queue's own time cannot be moved on: it delays nothing, and the clock is moved instead. */
function withoutDelay({ delayedBy }: Place, { wake, isEmpty }: WakeUps): WakeUps {
  return {
    isEmpty,
    wake(attempts, delay = 0) {
      delayedBy(delay);
      return wake(attempts);
    },
  };
}

/** The same for errands: a look at a time to come is repeated when the clock has been moved. */
function lookedAtLater({ delayedBy }: Place, { owes, due }: Errands): Errands {
  return {
    owes,
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

/** The token that a call is made with tells the provider's books which try it was. */
const tokenOf = (attempt: number): string => `try ${attempt}`;
export const tryOf = (token: string | null): number => Number(token?.split(' ')[1]);

export function attemptOf(body: string | undefined): Attempt {
  return attemptSchema.parse(JSON.parse(body ?? ''));
}

/** What the events function does with an errand. */
export function doErrand(participant: Clockwork & Taker, body: string | undefined): Promise<void> {
  const errand = z.union([dueSchema, owesSchema]).parse(JSON.parse(body ?? ''));
  return 'owes' in errand ? putOwed(participant, errand.jobId) : lookAtTime(participant, errand);
}

/** What the dispatch function does with a wake-up. */
export function dispatch(sender: Sender, attempt: Attempt): Promise<BatchItem | undefined> {
  const token = async () => tokenOf(attempt.try);
  return sendBatch({ ...sender, token }, attempt, { forPermit: 0, deadline: Date.now() + 1_000 });
}

/** A request to the API, as its handler hands it to a route. */
export function apiRequest(request: Partial<Pick<ApiRequest, 'jobId'>> & { headers?: Record<string, string>; body?: unknown }): ApiRequest {
  const { jobId = '', headers = {}, body } = request;
  return { caller: 'caller', owns: [], jobId, query: {}, header: (name) => headers[name], body: () => body, deadline: Date.now() + 2_000 };
}
