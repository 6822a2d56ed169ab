import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { create } from '../../../functions/api/create-job.ts';
import { createCustomSend } from '../../../functions/shared/customsend/client.ts';
import { sendBatch } from '../../../functions/shared/dispatch/send-batch.ts';
import type { Sender } from '../../../functions/shared/dispatch/sender.ts';
import { Table } from '../../../functions/shared/dynamodb/table.ts';
import type { JobContext } from '../../../functions/shared/job/context.ts';
import type { JobItem } from '../../../functions/shared/job/job-item.ts';
import { type JobWithBatches, readJob } from '../../../functions/shared/job/job-table.ts';
import { queueJob } from '../../../functions/shared/job/queue-batches.ts';
import type { Attempt, DispatchQueue } from '../../../functions/shared/queues/dispatch-queue.ts';
import { acceptRequest } from '../../../functions/shared/send-request/accept-request.ts';
import type { SendRules } from '../../../functions/shared/send-request/check-request.ts';
import type { Dialect, Limits } from '../../../functions/shared/settings.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { engines, freshTable } from '../../support/dynamodb.ts';
import { noEvents } from '../../support/job-context.ts';
import { type LedgerProvider, type ProviderOptions, startLedgerProvider } from '../../support/ledger-provider.ts';
import { apiRequest } from '../../support/worker-client.ts';
import { OutagePlan } from './outage-plan.ts';

const dialect: Dialect = { confirmed: true, recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: true };
const limits: Limits = {
  phonesPerCall: 1,
  callsPerJob: null,
  charactersPerMessage: 500,
  requestBytes: 4 * 1024 * 1024,
  maxConcurrentCalls: 2,
  callsPerSecond: null,
  maxRecipientsPerDay: null,
  allowedPhones: null,
  retentionDays: 30,
  quietHours: [],
};

/** More than may call at the same time, so that they compete for the slots. */
const WORKERS = 6;
/** How long the provider may stay silent. */
const PROVIDER_TIMEOUT_MS = 250;
/** When a message that failed comes again, as in the queue (milliseconds). */
const VISIBILITY_MS = 30_000;

export const MINUTE = 60_000;

export interface WorkersSettings extends Partial<Pick<Limits, 'maxConcurrentCalls' | 'callsPerSecond'>> {
  decide?: ProviderOptions['decide'];
  /** A random number generator, from 0 up to 1; `Math.random` by default. */
  random?: () => number;
}

/** Workers, a queue and a sweep by the outagePlan's clock, the table on a real engine and the provider on a socket. */
export interface Workers {
  outagePlan: OutagePlan;
  context: JobContext;
  provider: LedgerProvider;
  /** Senders as of functions that know nothing of each other. */
  senders: readonly Sender[];
  /** The largest number of dispatch messages that were in the queue at the same time. */
  mostQueued(): number;
  /** Makes a job of this number of batches, one phone each. */
  createJob(batches: number, other?: { caller?: string; validFor?: string }): Promise<JobItem>;
  /** The same, and queues it as the API does. */
  queue(batches: number, other?: { caller?: string; validFor?: string }): Promise<JobItem>;
  /** Asks for a job to one phone, which is sent within the request as functions/api does. */
  single(): Promise<JobItem>;
  sweep(): Promise<void>;
  read(job: Pick<JobItem, 'jobId'>): Promise<JobWithBatches>;
}

/** A suite for every engine; each test starts a workers of its own on a table of its own, as limiter and breaker are the table's. */
export function onEveryEngine(title: string, suite: (startWorkers: (settings?: WorkersSettings) => Promise<Workers>) => void): void {
  describe.each(engines())(`${title} ($name)`, { timeout: 120_000 }, ({ start }) => {
    let endpoint = '';
    let stop = async (): Promise<void> => undefined;
    const crews: { provider: LedgerProvider }[] = [];
    beforeAll(async () => ({ endpoint, stop } = await start()));
    afterEach(async () => {
      for (const { provider } of crews.splice(0)) await provider.stop();
    });
    afterAll(() => stop());
    suite(async (settings = {}) => {
      const workers = await createWorkers(endpoint, settings);
      crews.push(workers);
      return workers;
    });
  });
}

async function createWorkers(endpoint: string, { decide, random = Math.random, ...callLimits }: WorkersSettings): Promise<Workers> {
  const { client, tableName } = await freshTable(endpoint, 'TABLE_NAME');
  const outagePlan = new OutagePlan(WORKERS);
  const { now } = outagePlan;
  const context: JobContext = {
    table: new Table(tableName, client),
    now,
    randomId: randomUUID,
    random,
    eventsQueue: noEvents,
    publishes: true,
  };
  const provider = await startLedgerProvider({ dialect, now, ...(decide && { decide }) });
  const { dispatchQueue, mostQueued } = createQueue(outagePlan, (attempt, index) => dispatch(senders[index % WORKERS] as Sender, attempt));
  const senders = Array.from({ length: WORKERS }, () => openSender(context, provider.url, dispatchQueue, { ...limits, ...callLimits }));
  const doSweep = async () => {
    const failures: Error[] = [];
    await sweep(
      { context, dispatchQueue, files: { tasks: { send: async () => undefined } }, report: (_jobId, error) => failures.push(error) },
      now() + MINUTE,
    );
    if (failures[0]) throw failures[0];
  };
  outagePlan.add({ at: now() + MINUTE, everyMs: MINUTE, run: doSweep });
  const rules: SendRules = { dialect, limits, protocol: 'http-post', providerZone: 'Asia/Shanghai' };
  const createJob: Workers['createJob'] = async (batches, { caller = 'caller', validFor } = {}) => {
    const recipients = phonesFor(batches);
    const body = { pattern: '【签名】您好', recipients, smsType: 1, postFixNumber: '', ...(validFor && { validFor }) };
    return (await acceptRequest(context, rules, { caller, key: randomUUID(), body })).job;
  };
  const read: Workers['read'] = async ({ jobId }) => (await readJob(context, jobId)) as JobWithBatches;
  const queue: Workers['queue'] = async (batches, other) => {
    const job = await createJob(batches, other);
    await queueJob(context, dispatchQueue, job.jobId, (await read(job)).batches);
    return job;
  };
  let singles = 0;
  const single: Workers['single'] = async () => {
    const request = { ...apiRequest({ headers: { 'idempotency-key': randomUUID() } }), deadline: Date.now() + 10_000 };
    const body = { pattern: '【签名】您好', recipients: phonesFor(1), smsType: 1, postFixNumber: '' };
    const sender = senders[singles++ % WORKERS] as Sender;
    return (await create({ ...sender, rules, longestWait: 0, logger: noLogger, files: noFiles }, request, { body }, false)).job;
  };
  return { outagePlan, context, provider, senders, mostQueued, createJob, queue, single, sweep: doSweep, read };
}

/** The queue of dispatch messages by the outagePlan's clock. @param deliver given a number that tells the workers apart */
function createQueue(outagePlan: OutagePlan, deliver: (attempt: Attempt, index: number) => Promise<void>) {
  let [queued, mostQueued, delivered] = [0, 0, 0];
  const put = (attempt: Attempt, at: number): void => {
    mostQueued = Math.max(mostQueued, ++queued);
    const run = () =>
      deliver(attempt, delivered++)
        .catch(() => put(attempt, outagePlan.now() + VISIBILITY_MS))
        .finally(() => queued--);
    outagePlan.add({ at, run });
  };
  const dispatchQueue: DispatchQueue = {
    send: async (attempts, delay = 0) => attempts.forEach((attempt) => void put(attempt, outagePlan.now() + delay)),
    isEmpty: async () => queued === 0,
  };
  return { dispatchQueue, mostQueued: () => mostQueued };
}

function openSender(context: JobContext, url: string, dispatchQueue: DispatchQueue, callLimits: Limits): Sender {
  const timeouts = { connectTimeoutMs: 1_000, timeoutMs: PROVIDER_TIMEOUT_MS };
  const provider = createCustomSend({ url, protocol: 'http-post', notSentStatuses: [], ...timeouts });
  return {
    context,
    provider,
    token: async () => 'token',
    dialect,
    callLimits,
    dispatchQueue,
    counters: { unknownBatches() {}, lateAnswers() {} },
  };
}

/** What functions/dispatch does with a dispatch message. */
async function dispatch(sender: Sender, attempt: Attempt): Promise<void> {
  await sendBatch(sender, attempt, { permitWait: 5_000, deadline: Date.now() + 10_000 });
}

const noLogger = { info() {}, warn() {}, error() {} };
const unused = () => Promise.reject(new Error('Nothing of a file is asked for.'));
const noFiles = { presigner: { put: unused, get: unused }, tasks: { send: unused } };

let given = 0;

/** Phones that no other job of this process has. */
function phonesFor(count: number): string[] {
  given += count;
  return Array.from({ length: count }, (_, index) => String(13_000_000_000 + given - count + index));
}
