import { mkdirSync } from 'node:fs';
import { type BuildAppOptions, buildApp } from 'fauxqs';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import type { Decide } from '../iam/authoriser.ts';
import { addGuard } from './guard.ts';
import { MessageTraces } from './message-traces.ts';

type Stores = NonNullable<BuildAppOptions['stores']>;
type SqsQueue = ReturnType<Stores['sqsStore']['allQueues']> extends Iterable<infer Queue> ? Queue : never;

/** SQS and S3 on one address on 127.0.0.1. */
export interface QueuesAndFiles {
  readonly endpoint: string;
  /** The X-Ray trace headers that came with messages. */
  readonly traces: MessageTraces;
  /** Calls SQS without a socket. @throws ServiceError when SQS refuses it */
  sqs(operation: string, input: object): Promise<Record<string, unknown>>;
  /** Creates a bucket, unless it is there. */
  createBucket(name: string): void;
  /** When messages end their delays or visibility time-outs: epoch milliseconds of the machine's own time, by which the engine runs. */
  waiting(): number[];
  /** Brings all of these times nearer (milliseconds). */
  bringNearer(by: number): void;
  /** What a queue has to be received now, and the receipt handles of what was received. */
  look(arn: string): { ready: number; received: string[] };
  /** From here on every request is decided first. */
  enforce(decide: Decide): void;
  stop(): Promise<void>;
}

/** What fauxqs keeps its data with: SQLite in one file. */
interface Persistence {
  db: { exec(sql: string): void };
  load(sqs: Stores['sqsStore'], sns: Stores['snsStore'], s3: Stores['s3Store']): void;
  close(): void;
}

/** fauxqs takes 11 MB a request; an uploaded file of a million recipients has some 100. */
const BODY_BYTES = 512 * 1024 * 1024;

/**
 * Starts fauxqs. Its own start listens on all interfaces, so its parts are put together here.
 * @param folder where the data is kept; without one it is in memory
 * @param show told what is refused, with the queue: the sender may try again for a day before it says so
 */
export async function startFauxqs(folder?: string, show: (line: string) => void = () => undefined): Promise<QueuesAndFiles> {
  const stores = await createStores();
  const persistence = folder === undefined ? undefined : await load(stores, folder);
  const traces = new MessageTraces();
  const app = buildApp({ logger: false, stores });
  // A connection that ends while a busy client takes it up again would fail a request.
  app.server.keepAliveTimeout = 0;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-amz-json-1.0', { parseAs: 'string' }, async (_request: unknown, body: string) =>
    JSON.parse(body),
  );
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_BYTES }, async (_request: unknown, body: Buffer) => body);
  const enforce = addGuard(app);
  app.addHook('onSend', async ({ headers, body }, reply, payload) => {
    const operation = String(headers['x-amz-target']).replace('AmazonSQS.', '');
    if (!operation.startsWith('SendMessage') || typeof payload !== 'string') return;
    const answer = JSON.parse(payload) as SendAnswer;
    const queue = String((body as { QueueUrl?: string }).QueueUrl)
      .split('/')
      .at(-1);
    for (const reason of refusals(answer, reply.statusCode)) show(`The queue ${queue} refuses a message: ${reason}`);
    traces.note([answer, ...(answer.Successful ?? [])], headers['x-amzn-trace-id']);
  });
  const queues = () => [...stores.sqsStore.allQueues()];
  return {
    endpoint: await app.listen({ port: 0, host: '127.0.0.1' }),
    traces,
    enforce,
    async sqs(operation, input) {
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` };
      const { statusCode, payload } = await app.inject({ method: 'POST', url: '/', headers, payload: JSON.stringify(input) });
      const answer = JSON.parse(payload) as Record<string, unknown>;
      if (statusCode === 200) return answer;
      throw new ServiceError(String(answer.__type).split('#').at(-1) ?? '', String(answer.message ?? answer.Message), statusCode);
    },
    createBucket: (name) => stores.s3Store.createBucket(name),
    waiting: () => queues().flatMap(timesOf),
    bringNearer(by) {
      for (const { delayedMessages, inflightMessages } of queues()) {
        for (const message of delayedMessages) message.delayUntil = (message.delayUntil ?? 0) - by;
        for (const message of inflightMessages.values()) message.visibilityDeadline -= by;
      }
      // Whole milliseconds: the columns are of integers.
      const ms = Math.round(by);
      persistence?.db.exec(`UPDATE sqs_messages SET delay_until = delay_until - ${ms}, visibility_deadline = visibility_deadline - ${ms}`);
    },
    look(arn) {
      const queue = stores.sqsStore.getQueueByArn(arn);
      queue?.processTimers();
      return { ready: queue?.messages.length ?? 0, received: [...(queue?.inflightMessages.keys() ?? [])] };
    },
    async stop() {
      for (const queue of queues()) {
        // Open receives end without messages: those stay in the file for the next start.
        Object.assign(queue, { messages: [], delayedMessages: [], inflightMessages: new Map() });
        queue.cancelWaiters();
      }
      await app.close();
      persistence?.close();
    },
  };
}

/** The answer to SendMessage, SendMessageBatch, or either refused. */
interface SendAnswer {
  MessageId?: string;
  message?: string;
  Successful?: { MessageId: string }[];
  Failed?: { Message?: string }[];
}

function refusals({ message, Failed = [] }: SendAnswer, status: number): string[] {
  return status === 200 ? Failed.map(({ Message = '' }) => Message) : [String(message)];
}

/** Those that are past count too, until the queue takes notice of them, which is now. */
function timesOf(queue: SqsQueue): number[] {
  queue.processTimers();
  const delays = queue.delayedMessages.map(({ delayUntil = 0 }) => delayUntil);
  return [...delays, ...[...queue.inflightMessages.values()].map(({ visibilityDeadline }) => visibilityDeadline)];
}

async function createStores(): Promise<Stores> {
  const [{ SqsStore }, { SnsStore }, { S3Store }, { INVALID_MESSAGE_BODY_CHAR }] = await Promise.all([
    inner('sqs/sqsStore.js'),
    inner('sns/snsStore.js'),
    inner('s3/s3Store.js'),
    inner('sqs/sqsTypes.js'),
  ]);
  // This version of fauxqs refuses what is above U+FFFF; SQS takes it.
  INVALID_MESSAGE_BODY_CHAR.test = (body: string) => /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(body);
  return { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
}

/**
 * Fills the stores with what the folder has, and keeps there what changes. A message that was received when the process ended can be
 * received again at once, not after its visibility time-out: the functions ended too.
 */
async function load({ sqsStore, snsStore, s3Store }: Stores, folder: string): Promise<Persistence> {
  mkdirSync(folder, { recursive: true });
  const { PersistenceManager } = await inner('persistence.js');
  const persistence: Persistence = new PersistenceManager(folder);
  // What is written survives the end of this process without a flush to disk for each message, which takes ten times as long.
  persistence.db.exec('PRAGMA synchronous = OFF');
  persistence.load(sqsStore, snsStore, s3Store);
  const queues = [...sqsStore.allQueues()];
  for (const store of [sqsStore, snsStore, s3Store, ...queues]) Object.assign(store, { persistence });
  for (const queue of queues) for (const message of queue.inflightMessages.values()) message.visibilityDeadline = 0;
  return persistence;
}

/** A file of fauxqs that its package does not export. */
// biome-ignore lint/suspicious/noExplicitAny: these files have no types that can be imported.
const inner = (file: string): Promise<any> => import(new URL(file, import.meta.resolve('fauxqs')).href);
