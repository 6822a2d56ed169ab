import {
  type Change,
  type Condition,
  conditionInside,
  either,
  inside,
  isAbsent,
  isBelow,
  isPresent,
  merge,
} from '../dynamodb/conditions.ts';
import { batchKey, JOB_AND_BATCHES, jobKey } from '../dynamodb/keys.ts';
import type { BatchItem, InlineBatch, WaitingBatch } from './batch-item.ts';
import type { JobContext } from './context.ts';
import type { JobItem, JobRecord } from './job-item.ts';
import { BATCH_STATES, type BatchState, JOB_STATUSES } from './states.ts';

/** A job and all its batches, read consistently. */
export interface JobWithBatches {
  job: JobItem;
  batches: BatchItem[];
}

/** Name of the attribute in which a job's item holds its only batch. */
const ONLY = 'only';

/** What a batch must have in each state, beside what all have. */
const REQUIRED: Partial<Record<BatchState, readonly string[]>> = {
  sending: ['claim', 'claimAt', 'sendBy', 'leaseEnd'],
  unknown: ['claim', 'claimAt'],
};

/** What a job must have in each status, beside what all have. */
const REQUIRED_OF_JOB: Record<string, readonly string[]> = {
  creating: ['hash', 'snapshot', 'owner', 'creatingUntil'],
  preparing: ['file'],
  scheduled: ['sendTime', 'scheduler', 'gen'],
};

/** Reads a batch's own item. @throws Error that names the item and the attribute, when it is damaged */
export function parseBatch(item: object): BatchItem {
  const batch = { ...(item as Record<string, unknown>), stored: 'item' } as unknown as BatchItem;
  requireState(batch.state, BATCH_STATES, batch.jobId);
  requireAttributes(batch, REQUIRED[batch.state], `Batch ${batch.batch} of ${batch.jobId}`);
  return batch;
}

/** Reads the item under a job's key. @throws Error that names the item and the attribute, when it is damaged */
export function parseJobRecord(item: object): JobRecord {
  const record = item as JobRecord;
  requireState(record.status, [...JOB_STATUSES, 'creating'], record.jobId);
  requireAttributes(record, REQUIRED_OF_JOB[record.status], record.jobId);
  return record;
}

/** The batch that is stored inside its job's item, if the job has one. */
export function inlineBatchOf(job: JobItem): BatchItem | undefined {
  if (!job.only) return undefined;
  const { jobId, recipients, expiresAt } = job;
  const batch = { ...job.only, jobId, batch: 1, recipients, expiresAt, stored: 'job' } as unknown as BatchItem;
  requireState(batch.state, BATCH_STATES, jobId);
  requireAttributes(batch, REQUIRED[batch.state], `The batch of ${jobId}`);
  return batch;
}

/** A batch as its job's item holds it. */
export function toInline({
  jobId: _job,
  batch: _number,
  recipients: _recipients,
  expiresAt: _expires,
  stored: _stored,
  ...rest
}: BatchItem): InlineBatch {
  return rest as unknown as InlineBatch;
}

/** A batch as it is first written: waiting for its first try. */
export function newBatch(
  now: number,
  { jobId, batch, recipients, segments, expiresAt }: Pick<BatchItem, 'jobId' | 'batch' | 'recipients' | 'segments' | 'expiresAt'>,
): WaitingBatch {
  const timeline = [{ at: now, event: 'waiting' }];
  return { jobId, batch, stored: 'item', try: 1, state: 'waiting', recipients, segments, timeline, expiresAt };
}

/**
 * The item is not there, or is left over from an earlier job with the same key that has expired: nothing that this creation of the job
 * wrote is written over. @param jobCreatedAt when this job was created (epoch milliseconds); the item must hold it
 */
export const isUnwritten = (jobCreatedAt: number): Condition => either(isAbsent('pk'), isBelow('jobCreatedAt', jobCreatedAt));

/** Writes a new batch as an item of its own, once. */
export async function putNewBatch({ table }: JobContext, { stored: _stored, ...batch }: WaitingBatch, jobCreatedAt: number): Promise<void> {
  await table.put({ ...batchKey(batch.jobId, batch.batch), ...batch, jobCreatedAt }, [isUnwritten(jobCreatedAt)]);
}

/** Takes a job out of the item under its key; `undefined` when it is not there, not sealed, or has expired. */
export function sealedJobOf(item: object | undefined, now: number): JobItem | undefined {
  const record = item && parseJobRecord(item);
  return record && record.status !== 'creating' && record.expiresAt * 1000 > now ? record : undefined;
}

/** Reads a job without its batches, consistently; `undefined` when it is not there, not sealed, or has expired. */
export async function getJob(context: JobContext, jobId: string): Promise<JobItem | undefined> {
  return sealedJobOf(await context.table.get<object>(jobKey(jobId)), context.now());
}

/**
 * Reads a job with all its batches; `undefined` when it is not there (or not sealed, which is the same). What has been written of a job
 * whose file is still being read, or was refused, is no batch of it: such a job has none.
 */
export async function readJob(context: JobContext, jobId: string): Promise<JobWithBatches | undefined> {
  const items = await context.table.range<{ sk: string }>(jobKey(jobId).pk, JOB_AND_BATCHES.from, JOB_AND_BATCHES.to);
  const job = sealedJobOf(
    items.find(({ sk }) => sk === 'JOB'),
    context.now(),
  );
  if (!job) return undefined;
  const inline = inlineBatchOf(job);
  if (inline) return { job, batches: [inline] };
  const batches = items.filter(({ sk }) => sk !== 'JOB').slice(0, job.batchCount);
  return { job, batches: batches.map(parseBatch) };
}

/** Reads sealed jobs without the batches of larger ones, consistently, in no order; absent ones are left out. */
export async function readJobHeads(context: JobContext, jobIds: readonly string[]): Promise<JobItem[]> {
  const items = await context.table.getMany<object>(jobIds.map(jobKey));
  return items.map((item) => sealedJobOf(item, context.now())).filter((job) => job !== undefined);
}

/** Reads a job and one of its batches, in one request. */
export async function readJobAndBatch(
  context: JobContext,
  jobId: string,
  number: number,
): Promise<{ job?: JobItem | undefined; batch?: BatchItem | undefined }> {
  const items = await context.table.getMany<{ sk: string }>([jobKey(jobId), batchKey(jobId, number)]);
  const job = sealedJobOf(
    items.find(({ sk }) => sk === 'JOB'),
    context.now(),
  );
  const own = items.find(({ sk }) => sk !== 'JOB');
  if (job?.only) return { job, batch: number === 1 ? inlineBatchOf(job) : undefined };
  return { job, batch: own && parseBatch(own) };
}

/** Reads a batch again, wherever it is stored. */
export async function rereadBatch(context: JobContext, { jobId, batch, stored }: Pick<BatchItem, 'jobId' | 'batch' | 'stored'>) {
  if (stored === 'item') {
    const item = await context.table.get<object>(batchKey(jobId, batch));
    return { batch: item && parseBatch(item) };
  }
  const job = await getJob(context, jobId);
  return { job, batch: job && inlineBatchOf(job) };
}

/**
 * Changes a batch if every condition holds, wherever it is stored.
 * @param ofJob what changes of the job in the same write, for a batch that is stored inside its item
 * @returns the batch as written, and its job if that was written too; `undefined` when a condition does not hold
 */
export async function updateBatch(
  context: JobContext,
  { jobId, batch, stored }: Pick<BatchItem, 'jobId' | 'batch' | 'stored'>,
  change: Change,
  conditions: readonly Condition[],
  ofJob?: { change: Change; conditions: readonly Condition[] },
): Promise<{ batch: BatchItem; job?: JobItem } | undefined> {
  if (stored === 'item') {
    const item = await context.table.update<object>(batchKey(jobId, batch), change, conditions);
    return item && { batch: parseBatch(item) };
  }
  const all = [...conditions.map((condition) => conditionInside(ONLY, condition)), ...(ofJob?.conditions ?? [isPresent(ONLY)])];
  const item = await context.table.update<object>(jobKey(jobId), merge(inside(ONLY, change), ofJob?.change ?? {}), all);
  if (!item) return undefined;
  const job = parseJobRecord(item) as JobItem;
  return { batch: inlineBatchOf(job) as BatchItem, job };
}

function requireState(state: string | undefined, known: readonly string[], jobId: string): void {
  if (state === undefined || !known.includes(state)) throw new Error(`An item of ${jobId} is damaged: its state is ${state}.`);
}

function requireAttributes(item: object, names: readonly string[] | undefined, about: string): void {
  const missing = names?.find((name) => (item as Record<string, unknown>)[name] === undefined);
  if (missing) throw new Error(`${about} is damaged: ${missing} is missing.`);
}
