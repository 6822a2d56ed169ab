import { is, isOneOf } from '../dynamodb/conditions.ts';
import { jobKey, openShard } from '../dynamodb/keys.ts';
import { parallel } from '../parallel.ts';
import { closeWaiting } from './claim.ts';
import type { JobContext } from './context.ts';
import { cancelPreparing } from './file-job.ts';
import type { JobItem } from './job-item.ts';
import { getJob, type JobWithBatches, readJob } from './job-table.ts';
import { rollUp } from './rollup.ts';
import { isFinal, type JobStatus } from './states.ts';
import { withEntry } from './timeline.ts';

/** What a cancel found: recipients by what had become of their batches when it was done. */
export interface Cancellation {
  stopped: number;
  /** The provider had answered for them. */
  sent: number;
  beingSent: number;
  unknown: number;
}

const CANCELLABLE: readonly JobStatus[] = ['preparing', 'scheduled', 'queued', 'sending', 'attention'];
/** How often roll-ups of a busy job may win before the cancel gives up and says so. */
const ATTEMPTS = 10;

/**
 * Stops every batch that is not claimed. The mark on the job comes first: a process that claims after it sees it and gives the batch
 * back. May be repeated; a job that is over is left as it is.
 * @param check held against the job as it is, in the write that marks it; throws what is wrong
 */
export async function cancel(
  context: JobContext,
  jobId: string,
  { by, check }: { by: string; check?: (job: JobItem) => void },
): Promise<JobWithBatches | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const job = await getJob(context, jobId);
    if (!job) return undefined;
    const isOver = job.cancelledAt !== undefined || isFinal(job.status);
    if (!isOver) check?.(job);
    if (isOver || (await mark(context, job, by))) return stopWaiting(context, jobId);
  }
  throw new Error(`The cancel of ${jobId} was overtaken ${ATTEMPTS} times.`);
}

/** Cancels the batches of a cancelled job that still wait. */
export async function stopWaiting(context: JobContext, jobId: string): Promise<JobWithBatches | undefined> {
  const read = await readJob(context, jobId);
  if (!read || read.job.cancelledAt === undefined) return read;
  if (read.job.status === 'preparing') {
    await cancelPreparing(context, read.job);
    return readJob(context, jobId);
  }
  const waiting = read.batches.filter((batch) => batch.state === 'waiting');
  await parallel(waiting, (batch) => closeWaiting(context, batch, { becomes: 'cancelled', event: 'cancelled' }));
  return rollUp(context, jobId);
}

/** Counts what a cancel came to. */
export function cancellationOf({ batches }: JobWithBatches): Cancellation {
  const cancellation: Cancellation = { stopped: 0, sent: 0, beingSent: 0, unknown: 0 };
  const columns = { cancelled: 'stopped', expired: 'stopped', waiting: 'stopped', sending: 'beingSent', unknown: 'unknown' } as const;
  for (const { state, recipients } of batches) {
    cancellation[state === 'accepted' || state === 'rejected' ? 'sent' : columns[state]] += recipients;
  }
  return cancellation;
}

async function mark(context: JobContext, job: JobItem, by: string): Promise<boolean> {
  const now = context.now();
  const timeline = withEntry(job.timeline, { at: now, event: 'cancel asked', detail: by });
  const set = { cancelledAt: now, wakeAt: now, openShard: openShard(job.jobId), rev: job.rev + 1, updatedAt: now, timeline };
  const marked = await context.table.update<JobItem>(jobKey(job.jobId), { set }, [isOneOf('status', CANCELLABLE), is('rev', job.rev)]);
  return marked !== undefined;
}
