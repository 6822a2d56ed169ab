import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import type { Api } from '../../functions/api/api.ts';
import type { ApiRequest } from '../../functions/api/request.ts';
import { type Clockwork, lookAtTime } from '../../functions/events/due.ts';
import { putOwed } from '../../functions/events/owed.ts';
import type { Taker } from '../../functions/events/request.ts';
import { createCustomSend } from '../../functions/shared/customsend/client.ts';
import { dueSchema, type Errands, openErrands, owesSchema } from '../../functions/shared/errands.ts';
import { openBus } from '../../functions/shared/event/bus.ts';
import { createPresigner } from '../../functions/shared/files/presign.ts';
import { openFileTasks } from '../../functions/shared/files/queue.ts';
import type { BatchItem } from '../../functions/shared/job/items.ts';
import { readJob } from '../../functions/shared/job/rollup.ts';
import { Table } from '../../functions/shared/job/table.ts';
import type { OrderRules } from '../../functions/shared/order/check.ts';
import { type Attempt, attemptSchema, openWakeUps, type WakeUps } from '../../functions/shared/queue.ts';
import { openSchedules } from '../../functions/shared/schedule/schedules.ts';
import { type Sender, sendBatch } from '../../functions/shared/send.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { earliest, startEventEngines } from '../../infra/local/event-engines.ts';
import { queueUrl } from '../../infra/local/queues.ts';
import { openState } from '../../infra/local/state.ts';
import { dynamoDbClient } from '../../infra/local/tables.ts';
import { REGION } from '../../infra/local/template.ts';
import { type ScriptedBus, startBus } from './bus.ts';
import { freshTable } from './dynamodb.ts';
import { queueArn, schedulerAt } from './event-engines.ts';
import { type ScriptedProvider, startProvider } from './provider.ts';
import { freshQueue, type QueueEngine, startQueueEngine, type TestQueue } from './queue.ts';
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

/** The engines on which systems run, with a client of each: what is not disturbed shares it. */
export interface Engines {
  endpoint: string;
  client: DynamoDBClient;
  queues: QueueEngine;
  stop(): Promise<void>;
}

/** @param endpoint of a DynamoDB engine that runs already */
export async function openEngines(endpoint: string): Promise<Engines> {
  const queues = await startQueueEngine();
  const client = dynamoDbClient(endpoint);
  const stop = () => {
    client.destroy();
    return queues.stop();
  };
  return { endpoint, client, queues, stop };
}

/** A table, a queue and a provider, each of its own, and a clock that can be moved on. */
export interface TestSystem {
  world: Surroundings;
  /** Whom nothing disturbs. */
  rest: Participant;
  queue: TestQueue;
  errands: TestQueue;
  provider: ScriptedProvider;
  bus: ScriptedBus;
  /** Lets time pass for everybody in the system (milliseconds). */
  pass(milliseconds: number): void;
  /** Whoever reaches the system at these addresses. */
  join(surroundings: Surroundings): Participant;
  /** Everything that still happens by itself: wake-ups and sweeps, until nothing of the job waits and nothing changes any more. */
  goOn(jobId: string): Promise<void>;
  /** Does the errands that are in their queue, each once; one that fails stays there. */
  doErrands(): Promise<void>;
  /** Dispatches what is in the queue, until nothing is. */
  drain(): Promise<void>;
  /** Other queues that are emptied before that one whenever the system goes on. */
  drains: (() => Promise<void>)[];
  stop(): Promise<void>;
}

/** A dead worker's requests end at once and are not repeated. */
const client = { region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 };
/** More rounds than anything needs to come to rest. */
const MOST_ROUNDS = 60;
/** Where requests come from as events. */
export const SOURCE = { account: '111111111111', source: 'shop', owner: 'caller' };
const GROUP = 'sms-test';
const silent = { info() {}, warn() {}, error() {} };

export async function startSystem(engines: Engines): Promise<TestSystem> {
  const { queues } = engines;
  const [tableName, queue, errands] = await Promise.all([freshTableOf(engines), freshQueue(queues), freshQueue(queues)]);
  const [provider, bus] = await Promise.all([startProvider(), startBus()]);
  let offset = 0;
  /** The longest delay of a wake-up since the clock was last moved by it. */
  let delayed = 0;
  const now = () => Date.now() + offset;
  const pass = (milliseconds: number) => {
    offset += Math.max(0, milliseconds);
  };
  const state = openState();
  const events = await startEventEngines({ sqs: queues.endpoint, now, state, groups: [GROUP] });
  const { scheduler } = events;
  const world = { store: engines.endpoint, queue: queues.endpoint, provider: provider.url, bus: bus.url, scheduler };

  function participant(table: DynamoDBClient, sqs: SQSClient, surroundings: Surroundings) {
    const { queue: endpoint, provider: url } = surroundings;
    const eventBridge = new EventBridgeClient({ ...client, endpoint: surroundings.bus });
    const schedulerClient = schedulerAt(surroundings.scheduler);
    const tasks = openFileTasks(queueUrl(endpoint, `${queue.name}-files`), sqs);
    const customSend = createCustomSend({ url, protocol: 'http-post', connectTimeoutMs: 10_000, timeoutMs: 20_000, notSentStatuses: [] });
    return {
      surroundings,
      store: {
        table: new Table(tableName, table),
        now,
        randomId: () => randomUUID(),
        random: () => 0,
        errands: lookedAtLater(openErrands(queueUrl(endpoint, errands.name), sqs)),
      },
      wakeUps: withoutDelay(openWakeUps(queueUrl(endpoint, queue.name), sqs)),
      provider: customSend,
      token: async () => tokenOf(1),
      dialect,
      callLimits: rules.limits,
      counters: { unknownBatches() {}, lateAnswers() {}, strangers() {} },
      rules,
      logger: silent,
      files: { presigner, tasks },
      tasks,
      schedules: openSchedules(scheduleEnvTo(errands.name), schedulerClient),
      bus: openBus('sms-test', eventBridge),
      sources: [SOURCE],
      close() {
        customSend.close();
        eventBridge.destroy();
        schedulerClient.destroy();
      },
    };
  }

  function join(surroundings: Surroundings): Participant {
    const table = new DynamoDBClient({ ...client, endpoint: surroundings.store });
    const sqs = new SQSClient({ ...client, endpoint: surroundings.queue });
    const joined = participant(table, sqs, surroundings);
    const close = () => {
      table.destroy();
      sqs.destroy();
      joined.close();
    };
    return { ...joined, close };
  }

  /** The queue's own time cannot be moved on: it delays nothing, and the clock is moved instead. */
  function withoutDelay({ wake, isEmpty }: WakeUps): WakeUps {
    return {
      isEmpty,
      wake(attempts, delay = 0) {
        delayed = Math.max(delayed, delay);
        return wake(attempts);
      },
    };
  }

  /** The same for errands: a look at a time to come is repeated when the clock has been moved. */
  function lookedAtLater({ owes, due }: Errands): Errands {
    return {
      owes,
      due(jobId, gen, delay = 0) {
        delayed = Math.max(delayed, delay);
        return due(jobId, gen);
      },
    };
  }

  const rest = participant(engines.client, queues.client, world);

  async function drain(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const messages = await queue.receive();
      if (messages.length === 0) return;
      for (const message of messages) {
        await dispatch(rest, attemptOf(message.Body));
        await queue.remove(message);
      }
      pass(delayed);
      delayed = 0;
    }
    throw new Error('The queue does not become empty.');
  }

  async function doErrands(): Promise<void> {
    for (const message of await errands.receive()) {
      const failed = await doErrand(rest, message.Body).then(
        () => false,
        () => true,
      );
      if (failed) await errands.giveBack(message);
      else await errands.remove(message);
    }
  }

  const drains: TestSystem['drains'] = [];

  async function goOn(jobId: string): Promise<void> {
    let before = '';
    for (let round = 0; round < MOST_ROUNDS; round++) {
      for (const other of drains) await other();
      await drain();
      await doErrands();
      const read = await readJob(rest.store, jobId);
      if (!read) return;
      const { job, batches } = read;
      const open =
        job.status === 'preparing' || job.owed !== undefined || batches.some(({ state }) => state === 'waiting' || state === 'sending');
      const after = JSON.stringify([job.status, job.rev, batches, provider.calls.length]);
      if (!open && (after === before || job.openShard === undefined)) return;
      if (job.wakeAt === undefined) throw new Error(`Nothing will ever look at ${jobId} again.`);
      before = after;
      pass(delayed);
      delayed = 0;
      pass((earliest([events.next(), job.wakeAt + 1_000]) ?? 0) - now());
      await events.run();
      await sweep({ ...rest, report: fail }, Number.POSITIVE_INFINITY);
    }
    throw new Error(`${jobId} does not come to rest: ${before}`);
  }

  return {
    ...{ world, rest, queue, errands, provider, bus, pass, join, doErrands, drain, drains, goOn },
    async stop() {
      rest.close();
      await Promise.all([
        provider.stop(),
        bus.stop(),
        events.stop(),
        engines.client.send(new DeleteTableCommand({ TableName: tableName })),
      ]);
    },
  };
}

async function freshTableOf({ endpoint }: Engines): Promise<string> {
  const { client, tableName } = await freshTable(endpoint, 'TABLE_NAME');
  client.destroy();
  return tableName;
}

function fail(_jobId: string, error: Error): never {
  throw error;
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
