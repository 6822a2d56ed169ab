import { type Change, is } from '../dynamodb/conditions.ts';
import { jobKey, openShard, remainingKey, statusIndexKey } from '../dynamodb/keys.ts';
import type { BatchItem } from './batch-item.ts';
import type { JobContext } from './context.ts';
import type { JobItem } from './job-item.ts';
import { type JobWithBatches, parseJobRecord, readJob } from './job-table.ts';
import { outboxAfter, republishAt, requestPublication } from './outbox.ts';
import { type Counts, countRecipients, isFinal, type JobStatus, statusOf } from './states.ts';
import { withEntry } from './timeline.ts';
import { usageOf } from './usage-of-batches.ts';

/**
 * The sweep looks again this long after a roll-up (milliseconds): soon while batches move (a look reads them all, so later the more there
 * are), hourly while a person is waited for.
 */
const LOOK_AGAIN = { moving: 60_000, movingPerBatch: 150, attention: 3_600_000 };
/** Other roll-ups may win this often before this one leaves the job to the sweep. */
const ATTEMPTS = 5;
/** A look that is due within this time is left where it is: moving it would cost a write in the index (milliseconds). */
const NEAR_ENOUGH = 150_000;

/** Counts one batch less to go, and says whether that was the last: a hint that it is time to roll up. */
export async function countDown(context: JobContext, job: Pick<JobItem, 'jobId' | 'batchCount'>): Promise<boolean> {
  if (job.batchCount === 1) return true;
  const change = { add: { remaining: -1 } };
  const counted = await context.table.update<{ remaining: number }>(remainingKey(job.jobId), change, [is('sk', 'REMAINING')]);
  return counted === undefined || counted.remaining <= 0;
}

/** Writes onto the job what follows from its batches, and the event that this is worth. Safe to run at any time and as often as one likes. */
export async function rollUp(context: JobContext, jobId: string): Promise<JobWithBatches | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const read = await readJob(context, jobId);
    if (!read || read.job.batchCount === 0) return read;
    const written = await context.table.update<object>(jobKey(jobId), rollUpChange(context, read), [is('rev', read.job.rev)]);
    if (written) return { job: await requestPublication(context, parseJobRecord(written) as JobItem), batches: read.batches };
  }
  return readJob(context, jobId);
}

/**
 * What follows from the batches of a job for the job itself. The revision rises only when something is different: callers settle "what
 * was unknown at this revision".
 */
export function rollUpChange(context: Pick<JobContext, 'now' | 'publishes'>, { job, batches }: JobWithBatches): Change {
  const now = context.now();
  const counts = countRecipients(batches);
  const status = statusOf(job.status === 'scheduled' ? 'scheduled' : 'queued', batches);
  const outbox = outboxAfter(context, job, status, counts, now);
  const open = !isFinal(status) || outbox.length > 0;
  const wakeAt = outbox.length > 0 ? republishAt(outbox, now) : now + lookAgainAfter(job, batches, counts, now);
  const looks = open && !isSoonEnough(job, wakeAt, now) ? { openShard: openShard(job.jobId), wakeAt } : {};
  const closed = open ? [] : ['openShard', 'wakeAt'];
  const isSame = status === job.status && Object.entries(counts).every(([name, count]) => job.counts[name as keyof Counts] === count);
  if (isSame) return { set: { ...looks, status }, remove: closed };
  const timeline = status === job.status ? job.timeline : withEntry(job.timeline, { at: now, event: status });
  const news = {
    status,
    counts,
    usage: usageOf(batches),
    timeline,
    rev: job.rev + 1,
    updatedAt: now,
    ...(outbox.length > 0 && { outbox }),
  };
  const listed = listedAs(job, status);
  return { set: { ...looks, ...news, ...listed.set }, remove: [...closed, ...listed.remove] };
}

/** The entry in the index by status: completed jobs have none, since most are. */
function listedAs({ caller, statusKey }: JobItem, status: JobStatus): { set: { statusKey?: string }; remove: string[] } {
  if (status !== 'completed') return { set: { statusKey: statusIndexKey(caller, status) }, remove: [] };
  return { set: {}, remove: statusKey === undefined ? [] : ['statusKey'] };
}

/** Whether the sweep looks at the job about as soon as it should, without anything being written. */
function isSoonEnough({ wakeAt, openShard: shard }: JobItem, wanted: number, now: number): boolean {
  return (
    shard !== undefined && wakeAt !== undefined && wakeAt > now && Math.abs(wakeAt - wanted) <= NEAR_ENOUGH && wakeAt <= now + NEAR_ENOUGH
  );
}

function lookAgainAfter({ queuedAt }: JobItem, batches: readonly BatchItem[], { pending }: Counts, now: number): number {
  if (pending === 0) return LOOK_AGAIN.attention;
  if (queuedAt === undefined) return LOOK_AGAIN.moving;
  return Math.max(LOOK_AGAIN.moving, LOOK_AGAIN.movingPerBatch * batches.length, heldFor(batches, now));
}

/** How long all that waits is held back, as it is by quiet hours (milliseconds); what is being sent may end at any time. */
function heldFor(batches: readonly BatchItem[], now: number): number {
  if (batches.some(({ state }) => state === 'sending')) return 0;
  return Math.min(...batches.flatMap((batch) => (batch.state === 'waiting' ? [batch.notBefore ?? now] : []))) - now;
}
