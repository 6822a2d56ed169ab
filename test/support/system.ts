import { DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { earliest, startEventEngines } from '../../infra/local/event-bridge/event-engines.ts';
import { openState } from '../../infra/local/saved-state.ts';
import { dynamoDbClient } from './aws-clients.ts';
import { type ScriptedBus, startBus } from './bus.ts';
import { freshTable } from './dynamodb.ts';
import { type ScriptedProvider, startProvider } from './provider.ts';
import { freshQueue, type QueueEngine, startQueueEngine, type TestQueue } from './queue.ts';
import type { HarnessAddresses } from './worker.ts';
import {
  attemptOf,
  dispatch,
  GROUP,
  handleEventsMessage,
  join,
  type SharedParts,
  type WorkerClient,
  workerClientOf,
} from './worker-client.ts';

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
  harness: HarnessAddresses;
  /** Whom nothing disturbs. */
  rest: WorkerClient;
  queue: TestQueue;
  eventsQueue: TestQueue;
  provider: ScriptedProvider;
  bus: ScriptedBus;
  /** Lets time pass for the whole system (milliseconds). */
  pass(milliseconds: number): void;
  /** A worker that reaches the system at these addresses. */
  join(addresses: HarnessAddresses): WorkerClient;
  /** Everything that still happens by itself: dispatch messages and sweeps, until nothing of the job waits and nothing changes any more. */
  goOn(jobId: string): Promise<void>;
  /** Does the eventsQueue that are in their queue, each once; one that fails stays there. */
  handleEventsMessages(): Promise<void>;
  /** Dispatches what is in the queue, until nothing is. */
  drain(): Promise<void>;
  /** Other queues that are emptied before that one whenever the system goes on. */
  drains: (() => Promise<void>)[];
  stop(): Promise<void>;
}

/** More rounds than anything needs to come to rest. */
const MOST_ROUNDS = 60;

export async function startSystem(engines: Engines): Promise<TestSystem> {
  const { queues } = engines;
  const [tableName, queue, eventsQueue] = await Promise.all([freshTableOf(engines), freshQueue(queues), freshQueue(queues)]);
  const [provider, bus] = await Promise.all([startProvider(), startBus()]);
  let offset = 0;
  /** The longest delay of a dispatch message since the clock was last moved by it. */
  let delayed = 0;
  const now = () => Date.now() + offset;
  const pass = (milliseconds: number) => {
    offset += Math.max(0, milliseconds);
  };
  const state = openState();
  const events = await startEventEngines({ sqs: queues.endpoint, now, state, groups: [GROUP] });
  const { scheduler } = events;
  const harness = { table: engines.endpoint, queue: queues.endpoint, provider: provider.url, bus: bus.url, scheduler };
  const delayedBy = (delay: number) => {
    delayed = Math.max(delayed, delay);
  };
  const shared: SharedParts = { tableName, queue: queue.name, eventsQueue: eventsQueue.name, now, delayedBy };
  const rest = workerClientOf(shared, engines.client, queues.client, harness);

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

  async function handleEventsMessages(): Promise<void> {
    for (const message of await eventsQueue.receive()) {
      const failed = await handleEventsMessage(rest, message.Body).then(
        () => false,
        () => true,
      );
      if (failed) await eventsQueue.giveBack(message);
      else await eventsQueue.remove(message);
    }
  }

  const drains: TestSystem['drains'] = [];

  async function goOn(jobId: string): Promise<void> {
    let before = '';
    for (let round = 0; round < MOST_ROUNDS; round++) {
      for (const other of drains) await other();
      await drain();
      await handleEventsMessages();
      const read = await readJob(rest.context, jobId);
      if (!read) return;
      const { job, batches } = read;
      const open =
        job.status === 'preparing' || job.outbox !== undefined || batches.some(({ state }) => state === 'waiting' || state === 'sending');
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
    ...{ harness, rest, queue, eventsQueue, provider, bus, pass, handleEventsMessages, drain, drains, goOn },
    join: (addresses) => join(shared, addresses),
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
