import { randomUUID } from 'node:crypto';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import type { Message } from '@aws-sdk/client-sqs';
import type { Api } from '../../../functions/api/api-deps.ts';
import { type CheckDueDeps, checkDue } from '../../../functions/events/check-due.ts';
import { createCustomSend } from '../../../functions/shared/customsend/client.ts';
import { Table } from '../../../functions/shared/dynamodb/table.ts';
import type { Bus } from '../../../functions/shared/event/bus.ts';
import { openDispatchQueue } from '../../../functions/shared/queues/dispatch-queue.ts';
import { dueSchema } from '../../../functions/shared/queues/events-messages.ts';
import { openEventsQueue } from '../../../functions/shared/queues/events-queue.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { earliest } from '../../../infra/local/event-bridge/event-engines.ts';
import { queueUrl } from '../../../infra/local/sqs-s3/queues.ts';
import { sqsClient } from '../../support/aws-clients.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { freshQueue, type TestQueue } from '../../support/queue.ts';
import { attemptOf, dispatch, publishAll, rules } from '../../support/worker-client.ts';
import { type Clock, Delays, type Engines, Events } from './engines.ts';
import type { Steps } from './steps.ts';

/** A message that a function received and did not delete: the queue still has it. */
export interface Delivered {
  message: Message;
  from: TestQueue;
  carryOut(): Promise<unknown>;
}

type Functions = Api & CheckDueDeps & { bus: Bus };

/** Everything that a scheduled job meets, on real engines over sockets; its clock stands still unless the test moves it. */
export interface Harness {
  clock: Clock;
  /** What the functions work with. Each request of theirs waits until its step goes. */
  functions: Functions;
  /** When each call of the provider's ledger came. */
  calledAt: number[];
  /** Every message that can be had now. */
  receive(): Promise<Delivered[]>;
  sweep(): Promise<unknown>;
  /** When something is to happen by itself: a schedule, a delivery, the end of a delay. */
  next(): number | undefined;
  /** Moves the clock on, and lets happen what is due. */
  moveTo(at: number): Promise<void>;
  /** The event engines end, and begin again on the same data. */
  restart(): Promise<void>;
  /** Schedules that could not be sent. */
  deadLetters(): Promise<Message[]>;
  stop(): Promise<void>;
}

const START = Date.parse('2027-03-01T00:00:00Z');
const silent = { info() {}, warn() {}, error() {} };

/** @param targetThere whether schedules find the queue that they send to */
export async function startHarness(engines: Engines, steps: Steps, targetThere: boolean): Promise<Harness> {
  const { queues, provider } = engines;
  const clock: Clock = { now: START };
  const [own, eventsQueueOf, dispatchQueueOf, deadQueue] = await Promise.all([
    freshTable(engines.dynamoDb.endpoint, 'TABLE_NAME'),
    freshQueue(queues),
    freshQueue(queues),
    freshQueue(queues),
  ]);
  const sqs = sqsClient(queues.endpoint);
  const control = own.client;
  const events = new Events(engines, steps, clock, { target: targetThere ? eventsQueueOf.name : 'too-large', dead: deadQueue.name });
  await events.start();
  steps.join(control);
  steps.join(sqs);

  const eventsQueue = openEventsQueue(queueUrl(queues.endpoint, eventsQueueOf.name), sqs);
  const dispatchQueue = openDispatchQueue(queueUrl(queues.endpoint, dispatchQueueOf.name), sqs);
  const delays = new Delays(clock, steps);
  const call = providerOf(engines, steps, clock);
  const functions: Functions = {
    context: {
      table: new Table(own.tableName, control),
      now: () => clock.now,
      randomId: randomUUID,
      random: () => 0,
      publishes: true,
      eventsQueue: { publish: eventsQueue.publish, due: (jobId, gen, delay = 0) => delays.after(delay, () => eventsQueue.due(jobId, gen)) },
    },
    dispatchQueue: {
      send: (attempts, delay = 0) => delays.after(delay, () => dispatchQueue.send(attempts)),
    },
    schedules: { create: (due, at) => events.opened.schedules.create(due, at), remove: (due) => events.opened.schedules.remove(due) },
    bus: { put: (event) => events.opened.bus.put(event) },
    provider: call.provider,
    token: async () => 'try 1',
    dialect: rules.dialect,
    callLimits: rules.limits,
    counters: { unknownBatches() {}, lateAnswers() {} },
    rules,
    longestWait: 20,
    logger: silent,
    files: {} as Api['files'],
  };
  const received = (from: TestQueue, carryOut: (message: Message) => Promise<unknown>) => async (): Promise<Delivered[]> =>
    (await from.receive()).map((message) => ({ message, from, carryOut: () => carryOut(message) }));
  const receivers = [
    received(eventsQueueOf, (message) => handleEventsMessage(functions, message)),
    received(dispatchQueueOf, ({ Body }) => dispatch(functions, attemptOf(Body))),
  ];
  return {
    ...{ clock, functions, calledAt: call.calledAt },
    receive: async () => (await Promise.all(receivers.map((receive) => receive()))).flat(),
    sweep: () => sweep({ ...functions, files: functions.files, report: () => undefined }, Number.POSITIVE_INFINITY),
    next: () => earliest([events.next(), delays.next()]),
    async moveTo(at) {
      clock.now = Math.max(clock.now, at);
      await Promise.all([events.run(), delays.run()]);
    },
    async restart() {
      await events.stop();
      await events.start();
    },
    deadLetters: () => deadQueue.receive(),
    async stop() {
      call.close();
      await events.stop();
      await control.send(new DeleteTableCommand({ TableName: own.tableName }));
      control.destroy();
      sqs.destroy();
      provider.calls.length = 0;
      provider.scenarios.length = 0;
      provider.ledger.length = 0;
    },
  };
}

/** What the events function does with an events-queue message. */
function handleEventsMessage(functions: Functions, { Body = '' }: Message): Promise<void> {
  const message = JSON.parse(Body);
  const due = dueSchema.safeParse(message);
  return due.success ? checkDue(functions, due.data) : publishAll(functions, [message.jobId]);
}

/** The provider's client, which notes when a call came into the ledger: no other request is under way then. */
function providerOf({ provider: { url, ledger } }: Engines, steps: Steps, clock: Clock) {
  const client = createCustomSend({ url, protocol: 'http-post', connectTimeoutMs: 5_000, timeoutMs: 20_000, notSentStatuses: [] });
  const calledAt: number[] = [];
  const provider: Api['provider'] = {
    send: (call, options) =>
      steps.take(async () => {
        const outcome = await client.send(call, options);
        while (calledAt.length < ledger.length) calledAt.push(clock.now);
        return outcome;
      }),
  };
  return { provider, calledAt, close: () => client.close() };
}
