/** A thread that does with dispatch messages what functions/dispatch does, some at the same time, until it is killed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createCustomSend } from '../../../functions/shared/customsend/client.ts';
import { sendBatch } from '../../../functions/shared/dispatch/send-batch.ts';
import type { Sender } from '../../../functions/shared/dispatch/sender.ts';
import { Table } from '../../../functions/shared/dynamodb/table.ts';
import { attemptSchema, openDispatchQueue } from '../../../functions/shared/queues/dispatch-queue.ts';
import type { Dialect } from '../../../functions/shared/settings.ts';
import { dynamoDbClient, sqsClient } from '../../support/aws-clients.ts';
import { readClock, type SharedClock } from './clock.ts';
import { randoms } from './rng.ts';

/** What a thread is given when it starts. */
export interface WorkerStart {
  /** Goes to the provider as the token, so that it can say who called. */
  name: string;
  seed: string;
  dynamoDb: string;
  tableName: string;
  sqs: string;
  queueUrl: string;
  providerUrl: string;
  providerTimeoutMs: number;
  dialect: Dialect;
  callLimits: Sender['callLimits'];
  clock: SharedClock;
  /** Dispatch messages at the same time. */
  width: number;
}

/** How often a delivery goes wrong: twice, again although it was dealt with, or never. */
const TWICE = 0.1;
const AGAIN = 0.05;
const LOST = 0.003;
/** The second of two comes at once, or up to so much later (milliseconds). */
const LATE = 3_000;
/** After a failure that is no message's (milliseconds). */
const REST = 200;

const start = workerData as WorkerStart;
const random = randoms(start.seed, start.name);
const queue = sqsClient(start.sqs);
const dispatchQueue = openDispatchQueue(start.queueUrl, queue);
const { speed } = start.clock;
const now = readClock(start.clock);
const sender: Sender = {
  context: {
    table: new Table(start.tableName, dynamoDbClient(start.dynamoDb)),
    now,
    randomId: randomUUID,
    random: Math.random,
    publishes: true,
    eventsQueue: { due: async () => undefined, publish: async () => undefined },
  },
  provider: createCustomSend({
    url: start.providerUrl,
    protocol: 'http-post',
    connectTimeoutMs: 1_000,
    timeoutMs: start.providerTimeoutMs,
    notSentStatuses: [],
  }),
  token: async () => start.name,
  dialect: start.dialect,
  callLimits: start.callLimits,
  // The queue's own time is the wall's.
  dispatchQueue: { ...dispatchQueue, send: (attempts, delay = 0) => dispatchQueue.send(attempts, delay / speed) },
  counters: { unknownBatches: () => undefined, lateAnswers: () => undefined },
};

async function work(): Promise<void> {
  const receive = new ReceiveMessageCommand({ QueueUrl: start.queueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 1 });
  for (;;) {
    try {
      const { Messages = [] } = await queue.send(receive);
      for (const message of Messages) await dispatch(message);
    } catch {
      await sleep(REST);
    }
  }
}

/** A message that throws is not deleted, and comes again. */
async function dispatch({ Body = '', ReceiptHandle }: Message): Promise<void> {
  const attempt = attemptSchema.parse(JSON.parse(Body));
  const [scenario, late] = [random(), random() * LATE];
  if (scenario < TWICE) await dispatchQueue.send([attempt], scenario < TWICE / 2 ? 0 : late);
  if (scenario < 1 - LOST) await sendBatch(sender, attempt, { permitWait: 5_000, deadline: Date.now() + 30_000 });
  if (scenario >= TWICE && scenario < TWICE + AGAIN) return;
  await queue.send(new DeleteMessageCommand({ QueueUrl: start.queueUrl, ReceiptHandle }));
}

for (let index = 0; index < start.width; index++) void work();
parentPort?.postMessage('ready');
