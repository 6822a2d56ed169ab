import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { Table } from '../../../functions/shared/dynamodb/table.ts';
import type { JobContext } from '../../../functions/shared/job/context.ts';
import { readJob } from '../../../functions/shared/job/job-table.ts';
import { openDispatchQueue } from '../../../functions/shared/queues/dispatch-queue.ts';
import type { SendRules } from '../../../functions/shared/send-request/check-request.ts';
import type { Dialect, Limits } from '../../../functions/shared/settings.ts';
import { type Sweeper, sweep } from '../../../functions/sweep/sweep.ts';
import { startDynalite } from '../../../infra/local/dynamodb/dynalite-engine.ts';
import { startFauxqs } from '../../../infra/local/sqs-s3/fauxqs-engine.ts';
import { queueUrl } from '../../../infra/local/sqs-s3/queues.ts';
import { sqsClient } from '../../support/aws-clients.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { noEvents } from '../../support/job-context.ts';
import { type LedgerProvider, startLedgerProvider } from '../../support/ledger-provider.ts';
import { isQueueEmpty } from '../../support/queue.ts';
import { newClock, readClock, type SharedClock, setForward } from './clock.ts';
import { readEnd, type SubmittedJob, submitJobs, submitSingles } from './jobs.ts';
import { faultOf } from './mix.ts';
import { judge, type Row } from './verdict.ts';
import { startWorkers, type Workers } from './workers.ts';

/** How large a run is, and what follows from random. */
export interface RunSettings {
  seed: string;
  jobs: number;
  batchesPerJob: number;
  phonesPerCall: number;
  /** Jobs to one phone beside them, sent within the request. */
  singles: number;
  /** How much faster than the wall's the clock runs: leases, breaker and jitter become seconds, and a call of one is far from its lease's end. */
  speed: number;
  /** Workers, and how long one lives about (milliseconds of the wall clock). */
  workers: number;
  lifeMs: number;
  /** Part of the calls that a fault befalls, 0 to 1. */
  share: number;
  /** Milliseconds after which a run that does not come to an end is given up, and what is open counts as lost. */
  longestMs: number;
  show: (line: string) => void;
}

export interface RunResult {
  rows: Row[];
  recipients: number;
  deaths: number;
  calls: number;
  wallMs: number;
  /** Jobs whose own status or counts are not those of their batches. */
  wrongJobs: number;
  sweepFailures: number;
}

/** Dispatch messages that a worker does at the same time. */
const WIDTH = 4;
const PROVIDER_TIMEOUT_MS = 1_000;
/** When a message that was received and not deleted comes again (seconds). */
const VISIBILITY = 4;
const SWEEP_EVERY_MS = 2_000;
/** Set forward when nothing is in the queue: lost dispatch messages are looked for after a quarter of an hour (milliseconds). */
const QUARTER = 16 * 60_000;

const dialect: Dialect = { confirmed: true, recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: true };
function rulesOf(phonesPerCall: number): SendRules {
  const limits: Limits = {
    maxConcurrentCalls: 8,
    callsPerSecond: null,
    quietHours: [],
    phonesPerCall,
    callsPerJob: null,
    charactersPerMessage: 500,
    requestBytes: 4 * 1024 * 1024,
    maxRecipientsPerDay: null,
    allowedPhones: null,
    retentionDays: 30,
  };
  return { dialect, limits, protocol: 'http-post', providerZone: 'Asia/Shanghai' };
}

/** Sends jobs through the queue engine, with every fault at once, until each batch has ended; then holds the reports against the ledger. */
export async function runFaults(settings: RunSettings): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'sms-faults-'));
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    return await run(settings, folder, closers);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function run(settings: RunSettings, folder: string, closers: (() => unknown)[]): Promise<RunResult> {
  const started = Date.now();
  const clock = newClock(settings.speed);
  const now = readClock(clock);
  const [dynamoDb, sqs] = [await startDynalite(), await startFauxqs(folder)];
  closers.push(dynamoDb.stop, sqs.stop);
  const { client, tableName } = await freshTable(dynamoDb.endpoint, 'TABLE_NAME');
  const queue = sqsClient(sqs.endpoint);
  await queue.send(new CreateQueueCommand({ QueueName: 'dispatch messages', Attributes: { VisibilityTimeout: String(VISIBILITY) } }));
  const url = queueUrl(sqs.endpoint, 'dispatch messages');
  const context: JobContext = {
    table: new Table(tableName, client),
    now,
    randomId: randomUUID,
    random: Math.random,
    publishes: true,
    eventsQueue: noEvents,
  };
  const failures: Error[] = [];
  const sweeper: Sweeper = {
    context,
    dispatchQueue: openDispatchQueue(url, queue),
    files: { tasks: { send: async () => undefined } },
    report: (_job, error) => failures.push(error),
  };
  const workers: { current?: Workers } = {};
  const { provider, noted } = await openProvider(settings, workers);
  closers.push(provider.stop);

  const rules = rulesOf(settings.phonesPerCall);
  const many = await submitJobs(settings, rules, sweeper);
  const jobs = [...many, ...(await submitSingles(settings.singles, queue, url))];
  settings.show(
    `${many.length} jobs of ${settings.batchesPerJob} batches and ${settings.singles} of one are in the queue after ${seconds(started)}`,
  );
  const worker = {
    seed: settings.seed,
    dynamoDb: dynamoDb.endpoint,
    tableName,
    sqs: sqs.endpoint,
    queueUrl: url,
    clock,
    rules,
  };
  const calling = { providerUrl: provider.url, providerTimeoutMs: PROVIDER_TIMEOUT_MS, width: WIDTH };
  workers.current = await startWorkers(settings.workers, settings.lifeMs, { ...worker, ...calling });
  closers.push(workers.current.stop);
  await untilEnded(settings, { sweeper, isIdle: () => isQueueEmpty(queue, url), jobs, clock, provider, workers: workers.current, started });
  await workers.current.stop();

  const { ended, wrongJobs } = await readEnd(context, jobs, noted);
  const [deaths, calls] = [workers.current.deaths(), provider.arrivals.length];
  const rows = judge(ended, provider.ledger);
  const recipients = ended.reduce((sum, { phones }) => sum + phones.length, 0);
  return { rows, recipients, deaths, calls, wallMs: Date.now() - started, wrongJobs, sweepFailures: failures.length };
}

async function openProvider({ seed, share }: RunSettings, workers: { current?: Workers }) {
  const noted = new Map<string, string[]>();
  const provider: LedgerProvider = await startLedgerProvider({
    dialect,
    async decide({ phones: [first = ''], token }) {
      const earlier = noted.get(first) ?? [];
      const fault = faultOf(seed, share, first, earlier.length);
      noted.set(first, [...earlier, fault?.name ?? '']);
      if (fault?.kills) await workers.current?.kill(token);
      return fault;
    },
  });
  return { provider, noted };
}

interface Under {
  sweeper: Sweeper;
  /** Whether no message is in the queue. */
  isIdle: () => Promise<boolean>;
  jobs: readonly SubmittedJob[];
  clock: SharedClock;
  provider: LedgerProvider;
  workers: Workers;
  started: number;
}

/** Sweeps, two at once, until nothing is pending; sets the clock forward while the queue is empty, so that no worker is busy. */
async function untilEnded(
  { longestMs, show }: RunSettings,
  { sweeper, isIdle, jobs, clock, provider, workers, started }: Under,
): Promise<void> {
  for (;;) {
    await sleep(SWEEP_EVERY_MS);
    const until = sweeper.context.now() + 60_000;
    await Promise.all([sweep(sweeper, until), sweep(sweeper, until)]);
    const reads = await Promise.all(jobs.map(({ jobId }) => readJob(sweeper.context, jobId)));
    const pending = reads.flatMap((read) => read?.batches ?? []).filter(({ state }) => state === 'waiting' || state === 'sending').length;
    show(`${seconds(started)}: ${pending} batches to go, ${provider.arrivals.length} calls, ${workers.deaths()} workers died`);
    if (pending === 0 && reads.every((read) => read && read.job.counts.pending === 0)) return;
    if (Date.now() - started > longestMs) return show('Given up: what is open now counts as lost.');
    if (await isIdle()) setForward(clock, QUARTER);
  }
}

function seconds(started: number): string {
  return `${((Date.now() - started) / 1000).toFixed(0)} s`;
}
