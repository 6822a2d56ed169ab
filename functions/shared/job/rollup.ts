import { type Change, is } from '../dynamodb/conditions.ts';
import { JOB_AND_BATCHES, jobKey, openShard, remainingKey, statusIndexKey } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import type { BatchItem, JobItem } from './items.ts';
import { outboxAfter, republishAt, requestPublication } from './outbox.ts';
import { type Counts, countRecipients, isFinal, type JobStatus, statusOf } from './states.ts';
import { withEntry } from './timeline.ts';

/**
 * The sweep looks again so long after a roll-up (milliseconds): soon while batches move (a look reads them all, so later the more there
 * are), hourly while a person is waited for.
 */
const LOOK_AGAIN = { moving: 60_000, movingPerBatch: 150, attention: 3_600_000 };
/** Somebody else's roll-up wins so often before this one leaves the job to the sweep. */
const ATTEMPTS = 5;

/** A job and all its batches, read consistently. */
export interface JobWithBatches {
  job: JobItem;
  batches: BatchItem[];
}

/**
 * Reads a job with all its batches; `undefined` when it is not there (or not sealed, which is the same). What has been written of a job
 * whose file is still being read, or was refused, is no batch of it: such a job has none.
 */
export async function readJob(context: JobContext, jobId: string): Promise<JobWithBatches | undefined> {
  const items = await context.table.range<BatchItem | JobItem>(jobKey(jobId).pk, JOB_AND_BATCHES.from, JOB_AND_BATCHES.to);
  const job = items.find((item): item is JobItem => item.sk === 'JOB');
  if (!job || job.expiresAt * 1000 <= context.now()) return undefined;
  const batches = items.filter((item): item is BatchItem => item.sk !== 'JOB');
  return { job, batches: batches.slice(0, job.batchCount) };
}

/** Counts one batch less to go, and says whether that was the last: a hint that it is time to roll up. */
export async function countDown(context: JobContext, job: Pick<JobItem, 'jobId' | 'batchCount'>): Promise<boolean> {
  if (job.batchCount === 1) return true;
  const left = await context.table.update<{ remaining: number }>(remainingKey(job.jobId), { add: { remaining: -1 } }, [
    is('sk', 'REMAINING'),
  ]);
  return left === undefined || left.remaining <= 0;
}

/**
 * Writes onto the job what follows from its batches, and the event that this is worth. Safe to run at any time, by anybody, as often as
 * one likes.
 */
export async function rollUp(context: JobContext, jobId: string): Promise<JobWithBatches | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const read = await readJob(context, jobId);
    if (!read) return undefined;
    const { job, batches } = read;
    if (job.batchCount === 0) return read;
    const counts = countRecipients(batches);
    const status = statusOf(job.status === 'scheduled' ? 'scheduled' : 'queued', batches);
    const written = await context.table.update<JobItem>(jobKey(jobId), changeOf(read, status, counts, context.now()), [is('rev', job.rev)]);
    if (written) return { job: await requestPublication(context, written), batches };
  }
  return readJob(context, jobId);
}

/** The revision rises only when something is different: callers settle "what was unknown at this revision". */
function changeOf({ job, batches }: JobWithBatches, status: JobStatus, counts: Counts, now: number): Change {
  const outbox = outboxAfter(job, status, counts, now);
  const open = !isFinal(status) || outbox.length > 0;
  const wakeAt = outbox.length > 0 ? republishAt(outbox, now) : now + lookAgainAfter(job, batches, counts, now);
  const looks = open ? { openShard: openShard(job.jobId), wakeAt } : {};
  const remove = open ? [] : ['openShard', 'wakeAt'];
  const same = status === job.status && Object.entries(counts).every(([name, count]) => job.counts[name as keyof Counts] === count);
  if (same) return { set: { ...looks, status }, remove };
  const timeline = status === job.status ? job.timeline : withEntry(job.timeline, { at: now, event: status });
  const statusKey = statusIndexKey(job.caller, status);
  const news = { status, statusKey, counts, timeline, rev: job.rev + 1, updatedAt: now, ...(outbox.length > 0 && { outbox }) };
  return { set: { ...looks, ...news }, remove };
}

function lookAgainAfter({ queuedAt }: JobItem, batches: readonly BatchItem[], { pending }: Counts, now: number): number {
  if (pending === 0) return LOOK_AGAIN.attention;
  if (queuedAt === undefined) return LOOK_AGAIN.moving;
  return Math.max(LOOK_AGAIN.moving, LOOK_AGAIN.movingPerBatch * batches.length, heldFor(batches, now));
}

/** How long all that waits is held back, as it is by quiet hours (milliseconds); what is being sent may end at any time. */
function heldFor(batches: readonly BatchItem[], now: number): number {
  if (batches.some(({ state }) => state === 'sending')) return 0;
  return Math.min(...batches.filter(({ state }) => state === 'waiting').map(({ notBefore = now }) => notBefore)) - now;
}
