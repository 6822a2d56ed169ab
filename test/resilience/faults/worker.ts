/**
 * A thread that does with dispatch messages what functions/dispatch does, and sends to one phone as functions/api does, some at the same time,
 * until it is killed.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Api } from '../../../functions/api/api-deps.ts';
import { create } from '../../../functions/api/create-job.ts';
import { createCustomSend } from '../../../functions/shared/customsend/client.ts';
import { sendBatch } from '../../../functions/shared/dispatch/send-batch.ts';
import type { Sender } from '../../../functions/shared/dispatch/sender.ts';
import { Table } from '../../../functions/shared/dynamodb/table.ts';
import { attemptSchema, openDispatchQueue } from '../../../functions/shared/queues/dispatch-queue.ts';
import type { SendRules } from '../../../functions/shared/send-request/check-request.ts';
import { dynamoDbClient, sqsClient } from '../../support/aws-clients.ts';
import { apiRequest } from '../../support/worker-client.ts';
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
  rules: SendRules;
  clock: SharedClock;
  /** Dispatch messages at the same time. */
  width: number;
}

/** A message that stands for a caller: it asks for a send to one phone, and again with the same key until it has an answer. */
export interface SingleMessage {
  key: string;
  body: object;
}

/** How often a delivery goes wrong: twice, again although it was dealt with, or never. */
const TWICE = 0.1;
const AGAIN = 0.05;
const LOST = 0.003;
/** The most time between the first and the second of two (milliseconds). */
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
  dialect: start.rules.dialect,
  callLimits: start.rules.limits,
  // The queue's own time is the wall's.
  dispatchQueue: { ...dispatchQueue, send: (attempts, delay = 0) => dispatchQueue.send(attempts, delay / speed) },
  counters: { unknownBatches: () => undefined, lateAnswers: () => undefined },
};

const api: Api = {
  ...sender,
  rules: start.rules,
  longestWait: 0,
  logger: { info() {}, warn() {}, error() {} },
  files: { presigner: { put: unused, get: unused }, tasks: { send: unused } },
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
  const message = JSON.parse(Body) as SingleMessage | object;
  const [scenario, late] = [random(), random() * LATE];
  const delay = scenario < TWICE / 2 ? 0 : late;
  if ('key' in message) {
    if (scenario < TWICE)
      await queue.send(new SendMessageCommand({ QueueUrl: start.queueUrl, MessageBody: Body, DelaySeconds: Math.round(delay / 1000) }));
    await sendSingle(message);
  } else {
    const attempt = attemptSchema.parse(message);
    if (scenario < TWICE) await dispatchQueue.send([attempt], delay);
    if (scenario < 1 - LOST) await sendBatch(sender, attempt, { permitWait: 5_000, deadline: Date.now() + 30_000 });
  }
  if (scenario >= TWICE && scenario < TWICE + AGAIN) return;
  await queue.send(new DeleteMessageCommand({ QueueUrl: start.queueUrl, ReceiptHandle }));
}

async function sendSingle({ key, body }: SingleMessage): Promise<void> {
  await create(api, { ...apiRequest({ headers: { 'idempotency-key': key } }), deadline: Date.now() + 30_000 }, { body }, false);
}

function unused(): never {
  throw new Error('Nothing of a file is asked for.');
}

for (let index = 0; index < start.width; index++) void work();
parentPort?.postMessage('ready');
