import { type Condition, is, isGone, unchanged } from '../dynamodb/conditions.ts';
import { jobKey, openShard, remainingKey, statusIndexKey } from '../dynamodb/keys.ts';
import type { FilesQueue } from '../queues/files-queue.ts';
import type { JobContext } from './context.ts';
import { sealJob } from './create-job.ts';
import { SWEEP_AFTER } from './deadlines.ts';
import type { FileProgress, FileSource, JobFile } from './job-file.ts';
import type { JobItem, JobRecord, PreparingJob } from './job-item.ts';
import { getJob, isUnwritten } from './job-table.ts';
import type { Lookup } from './look-up-key.ts';
import { newJob, type SendRequestHead } from './new-job.ts';
import { outboxAfter, republishAt, requestPublication } from './outbox.ts';
import type { Counts } from './states.ts';
import { withEntry } from './timeline.ts';

/** A job whose file one run, and no other, is reading. */
export type TakenJob = PreparingJob & { preparedBy: string };

/** How long a run has the file to itself after each sign of life (milliseconds); the sweep starts another one a little later. */
const PREPARE_LEASE = 60_000;
const SWEEP_LATER = 30_000;
/** After this many runs in a row that wrote no batch the file is given up, which would else be read for ever. */
const MOST_IDLE_RUNS = 30;

const NOTHING: FileProgress = {
  lines: 0,
  bytesRead: 0,
  batches: 0,
  recipients: 0,
  badLines: { count: 0, first: [] },
  removed: { count: 0, places: [] },
};

/**
 * Creates the job of a free key whose recipients come from a file. It is no seal as long as it is `preparing`.
 * @returns the job with `made: true`, or what the key stands for when another request was first
 */
export async function createFileJob(
  context: JobContext,
  request: SendRequestHead,
  source: FileSource,
): Promise<{ made: true; job: PreparingJob } | Lookup> {
  const file: JobFile = { ...source, snapshot: request.snapshot, progress: NOTHING, idleRuns: 0 };
  const job = { ...newJob(context, request, 'preparing'), status: 'preparing' as const, file };
  return sealJob(context, request, job, [isGone(context.now())]);
}

/**
 * Takes a preparing job for one run. A job that was cancelled, or that run after run could not read, is ended here.
 * @returns the job; `undefined` when there is nothing to read any more, or another run is at it
 */
export async function takePreparing(context: JobContext, jobId: string): Promise<TakenJob | undefined> {
  const job = await getJob(context, jobId);
  if (job?.status !== 'preparing') return undefined;
  const { file, preparedUntil } = job;
  const now = context.now();
  if (job.cancelledAt !== undefined) return cancelPreparing(context, job);
  if (preparedUntil !== undefined && preparedUntil > now) return undefined;
  if (file.idleRuns >= MOST_IDLE_RUNS) {
    await refuse(context, job, { ...file, refusal: { code: 'unreadable', detail: `${MOST_IDLE_RUNS} attempts to read the file failed.` } });
    return undefined;
  }
  const preparedBy = context.randomId();
  const set = { preparedBy, ...signOfLife(now), file: { ...file, idleRuns: file.idleRuns + 1 } };
  const free = unchanged('preparedUntil', preparedUntil);
  return writeAs(context, jobId, preparedBy, { set }, [is('status', 'preparing'), free]);
}

/**
 * Notes how far a run has come, and that it lives.
 * @returns the job as it is now; `undefined` when this run must stop: the job was cancelled, or another run has taken it
 */
export async function saveProgress(context: JobContext, job: TakenJob, file: JobFile): Promise<TakenJob | undefined> {
  const conditions = [is('status', 'preparing'), is('preparedBy', job.preparedBy)];
  const saved = await writeAs(context, job.jobId, job.preparedBy, { set: { ...signOfLife(context.now()), file } }, conditions);
  return saved?.cancelledAt === undefined ? saved : cancelPreparing(context, saved);
}

/** Lets go of a job whose file the next run is to read on. The sweep starts one if the message to it is lost. */
export async function releasePreparing(context: JobContext, job: TakenJob): Promise<void> {
  const change = { set: { wakeAt: context.now() + SWEEP_LATER }, remove: ['preparedUntil'] };
  await context.table.update(jobKey(job.jobId), change, [is('status', 'preparing'), is('preparedBy', job.preparedBy)]);
}

/**
 * Seals a job whose file has been read to its end and whose batches are all written: from here on it may be sent, at its time.
 * @returns the sealed job; `undefined` when it was cancelled before
 */
export async function seal(context: JobContext, job: TakenJob, file: JobFile): Promise<JobItem | undefined> {
  const { batches, recipients, removed } = file.progress;
  const { createdAt } = file.snapshot;
  const item = { ...remainingKey(job.jobId), remaining: batches, expiresAt: job.expiresAt, jobCreatedAt: createdAt };
  await context.table.put(item, [isUnwritten(createdAt)]);
  const counts: Counts = { ...job.counts, total: recipients, pending: recipients };
  const set = { batchCount: batches, recipients, counts, file, ...(removed.count > 0 && { removed }), wakeAt: context.now() + SWEEP_AFTER };
  return end(context, job, job.scheduler === 'eventbridge' ? 'scheduled' : 'queued', set);
}

/** Ends a job whose file cannot be sent to. Batches that are written already are no part of it, and expire. */
export async function refuse(context: JobContext, job: JobItem, file: JobFile): Promise<void> {
  await end(context, job, 'refused', { file }, file.refusal?.detail);
}

/**
 * Invokes the function that reads files for a job that is `preparing` and that no run works on; for the sweep. The time of the
 * next look is moved first, so that sweeps side by side send one message.
 */
export async function resumePreparing(context: JobContext, tasks: FilesQueue, job: JobItem): Promise<void> {
  const conditions = [is('status', 'preparing'), unchanged('wakeAt', job.wakeAt)];
  const moved = await context.table.update(jobKey(job.jobId), { set: { wakeAt: context.now() + PREPARE_LEASE } }, conditions);
  if (moved) await tasks.send({ task: 'split', jobId: job.jobId });
}

/** Ends a cancelled job while its file is still being read; the run that reads it finds out at its next write. */
export async function cancelPreparing(context: JobContext, job: JobItem): Promise<undefined> {
  await end(context, job, 'cancelled', {});
  return undefined;
}

/** Leaves `preparing`, once, under the revision that was read; a cancel in between comes first. */
async function end(
  context: JobContext,
  job: JobItem,
  status: 'queued' | 'scheduled' | 'refused' | 'cancelled',
  more: Record<string, unknown>,
  detail?: string,
): Promise<JobItem | undefined> {
  const now = context.now();
  const sealedBy = context.randomId();
  const timeline = withEntry(job.timeline, { at: now, event: status, detail });
  const statusKey = statusIndexKey(job.caller, status);
  const outbox = outboxAfter(context, job, status, job.counts, now);
  const owing = outbox.length > 0 && { outbox, openShard: openShard(job.jobId), wakeAt: republishAt(outbox, now) };
  const set = { ...more, ...owing, status, statusKey, timeline, sealedBy, rev: job.rev + 1, updatedAt: now };
  const change = { set, remove: ['preparedBy', 'preparedUntil'] };
  const written = await context.table.update<JobItem>(jobKey(job.jobId), change, [is('status', 'preparing'), is('rev', job.rev)]);
  if (written) return requestPublication(context, written);
  const found = await getJob(context, job.jobId);
  if (found?.sealedBy === sealedBy) return requestPublication(context, found);
  if (found?.status !== 'preparing') return undefined;
  if (found.cancelledAt !== undefined && status !== 'cancelled') return cancelPreparing(context, found);
  return end(context, found, status, more, detail);
}

/** Writes under the random id of a run; a failed condition may be the run's own write whose answer was lost. */
async function writeAs(
  context: JobContext,
  jobId: string,
  preparedBy: string,
  change: { set: Record<string, unknown> },
  conditions: readonly Condition[],
): Promise<TakenJob | undefined> {
  const written = await context.table.update<JobRecord>(jobKey(jobId), change, conditions);
  const found = written ?? (await getJob(context, jobId));
  return found?.status === 'preparing' && found.preparedBy === preparedBy ? (found as TakenJob) : undefined;
}

function signOfLife(now: number): { preparedUntil: number; wakeAt: number } {
  return { preparedUntil: now + PREPARE_LEASE, wakeAt: now + PREPARE_LEASE + SWEEP_LATER };
}
