import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchItem } from '../shared/job/batch-item.ts';
import { closeOverdue, closeWaiting, lastMoment } from '../shared/job/claim.ts';
import { type JobWithBatches, readJob } from '../shared/job/job-table.ts';
import { rollUp } from '../shared/job/rollup.ts';
import type { DedupRecord } from './dedup-record.ts';
import type { CallRequest, EndpointDeps } from './endpoint-deps.ts';

/** Between two looks at a job that another request sends: the first wait, doubled each time up to the longest (milliseconds). */
export const LOOK_AGAIN = { first: 100, longest: 1_000 };

/**
 * Waits until every batch of a job is answered, or the deadline. Batches whose validity has ended are closed on the way.
 * @returns `undefined` when the job is gone
 */
export async function waitForJob(
  { context }: Pick<EndpointDeps, 'context'>,
  jobId: string,
  deadline: number,
): Promise<JobWithBatches | undefined> {
  for (let look = LOOK_AGAIN.first; ; look = Math.min(LOOK_AGAIN.longest, look * 2)) {
    const read = await readJob(context, jobId);
    if (!read) return undefined;
    const waiting = read.batches.filter(({ state }) => state === 'waiting');
    if (waiting.length === 0 && read.batches.every(({ state }) => state !== 'sending')) return read;
    const overdue = waiting.filter((batch) => lastMoment(read.job, batch) < context.now());
    if (overdue.length > 0) {
      await Promise.all(overdue.map((batch) => closeWaiting(context, batch, closeOverdue(batch))));
      await rollUp(context, jobId);
    } else if (context.now() + look > deadline) return read;
    else await sleep(look);
  }
}

/**
 * Whether the same request means another send. It does once the caller can have known how the job ended: after its answer was given (and
 * `repeatWindow` later), or after a job ended of which nothing was sent.
 */
export function mayBeSentAgain(
  { repeatWindow }: Pick<EndpointDeps, 'repeatWindow'>,
  { arrivedAt }: Pick<CallRequest, 'arrivedAt'>,
  read: JobWithBatches,
  { answeredAt }: DedupRecord,
): boolean {
  if (!isOver(read)) return false;
  if (wasAnswered(read)) return answeredAt !== undefined && arrivedAt >= answeredAt + repeatWindow;
  // An expired batch ended with its validity, however late it was closed.
  const endOf = ({ state, timeline }: BatchItem) => (state === 'expired' ? read.job.notAfter : (timeline.at(-1)?.at ?? 0));
  return arrivedAt >= Math.max(...read.batches.map(endOf));
}

/** Whether every batch has reached its end; an unknown one waits for a person. */
export function isOver({ batches }: JobWithBatches): boolean {
  return batches.every(({ state }) => state !== 'waiting' && state !== 'sending' && state !== 'unknown');
}

/** Whether the provider, or a person who settled, has said how a batch ended. */
export function wasAnswered({ batches }: JobWithBatches): boolean {
  return batches.some(({ state }) => state === 'accepted' || state === 'rejected');
}
