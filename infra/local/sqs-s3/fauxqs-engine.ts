import { mkdirSync } from 'node:fs';
import { type BuildAppOptions, buildApp } from 'fauxqs';

/** SQS and S3 on one address on 127.0.0.1. */
export interface QueuesAndFiles {
  readonly endpoint: string;
  /** The engine runs by the machine's own time; a clock that is moved brings nearer what waits. */
  readonly waiting: Waiting;
  stop(): Promise<void>;
}

/** What of the queues depends on time. */
export interface Waiting {
  /** When the first message ends its delay or its visibility time-out: epoch milliseconds of the machine's own time. */
  next(): number | undefined;
  /** Brings all of them nearer (milliseconds). */
  bringNearer(by: number): void;
  /** What a queue has to be received now, and the receipt handles of what was received. */
  look(arn: string): { ready: number; received: string[] };
}

type Stores = NonNullable<BuildAppOptions['stores']>;

/** What fauxqs keeps its data with: SQLite in one file. */
interface Persistence {
  db: { exec(sql: string): void };
  load(...stores: [Stores['sqsStore'], Stores['snsStore'], Stores['s3Store']]): void;
  close(): void;
}

/** fauxqs takes 11 MB a request; an uploaded file of a million recipients has some 100. */
const BODY_BYTES = 512 * 1024 * 1024;

/**
 * Starts fauxqs with its data in a folder. Its own start listens on all interfaces, so the parts are put together here.
 * A message that was being worked on when the process ended is there to be received again at once, not after its visibility time-out:
 * whoever worked on it ended too.
 */
export async function startFauxqs(folder: string): Promise<QueuesAndFiles> {
  const { stores, persistence } = await loadStores(folder);
  const app = buildApp({ logger: false, stores });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-amz-json-1.0', { parseAs: 'string' }, async (_request: unknown, body: string) =>
    JSON.parse(body),
  );
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_BYTES }, async (_request: unknown, body: Buffer) => body);
  return {
    endpoint: await app.listen({ port: 0, host: '127.0.0.1' }),
    waiting: waitingIn(stores.sqsStore, persistence),
    async stop() {
      await app.close();
      persistence.close();
    },
  };
}

function waitingIn(store: Stores['sqsStore'], { db }: Persistence): Waiting {
  return {
    next() {
      const times = [...store.allQueues()].flatMap(({ delayedMessages, inflightMessages }) => [
        ...delayedMessages.map(({ delayUntil = 0 }) => delayUntil),
        ...[...inflightMessages.values()].map(({ visibilityDeadline }) => visibilityDeadline),
      ]);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    bringNearer(by) {
      for (const { delayedMessages, inflightMessages } of store.allQueues()) {
        for (const message of delayedMessages) message.delayUntil = (message.delayUntil ?? 0) - by;
        for (const message of inflightMessages.values()) message.visibilityDeadline -= by;
      }
      // Whole milliseconds: the columns are of integers.
      const ms = Math.round(by);
      db.exec(`UPDATE sqs_messages SET delay_until = delay_until - ${ms}, visibility_deadline = visibility_deadline - ${ms}`);
    },
    look(arn) {
      const queue = store.getQueueByArn(arn);
      queue?.processTimers();
      return { ready: queue?.messages.length ?? 0, received: [...(queue?.inflightMessages.keys() ?? [])] };
    },
  };
}

async function loadStores(folder: string): Promise<{ stores: Stores; persistence: Persistence }> {
  mkdirSync(folder, { recursive: true });
  const persistence = new (await part<new (folder: string) => Persistence>('persistence.js', 'PersistenceManager'))(folder);
  // What is written survives the end of this process without a flush to disk for each message, which takes ten times as long.
  persistence.db.exec('PRAGMA synchronous = OFF');
  const stores = {
    sqsStore: new (await part<new () => Stores['sqsStore']>('sqs/sqsStore.js', 'SqsStore'))(),
    snsStore: new (await part<new () => Stores['snsStore']>('sns/snsStore.js', 'SnsStore'))(),
    s3Store: new (await part<new () => Stores['s3Store']>('s3/s3Store.js', 'S3Store'))(),
  };
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
  const queues = [...stores.sqsStore.allQueues()];
  for (const store of [...Object.values(stores), ...queues]) Object.assign(store, { persistence });
  for (const queue of queues) for (const message of queue.inflightMessages.values()) message.visibilityDeadline = 0;
  return { stores, persistence };
}

/** A class of fauxqs that the package does not export. */
async function part<Class>(file: string, name: string): Promise<Class> {
  const module = (await import(new URL(file, import.meta.resolve('fauxqs')).href)) as Record<string, Class>;
  return module[name] as Class;
}
