import { is, isAbsent, isPresent } from '../dynamodb/conditions.ts';
import { jobKey } from '../dynamodb/keys.ts';
import type { DispatchQueue } from '../queues/dispatch-queue.ts';
import type { BatchItem } from './batch-item.ts';
import type { JobContext } from './context.ts';
import { SWEEP_AFTER } from './deadlines.ts';
import type { JobItem } from './job-item.ts';

/**
 * Puts a dispatch message for every waiting batch into the queue, and notes on the job that this is done, unless one of them was dropped
 * meanwhile. Doing it twice costs messages only.
 */
export async function queueJob(
  context: JobContext,
  dispatchQueue: DispatchQueue,
  jobId: string,
  batches: readonly Pick<BatchItem, 'batch' | 'try' | 'state'>[],
): Promise<void> {
  const key = jobKey(jobId);
  await context.table.update(key, { remove: ['dropped'] }, [isPresent('dropped')]);
  const waiting = batches.filter((batch) => batch.state === 'waiting');
  await dispatchQueue.send(waiting.map((batch) => ({ jobId, batch: batch.batch, try: batch.try })));
  const conditions = [isAbsent('queuedAt'), isAbsent('dropped'), is('sk', 'JOB')];
  await context.table.update(key, { set: { queuedAt: context.now() } }, conditions);
}

/**
 * Notes that dispatch messages of a job were dropped, so that the sweep queues its waiting batches again once they may be sent. The queue
 * may deliver before the job counts as queued, so the note is made then too.
 * @param job as it was read for the dispatch message
 */
export async function markUnqueued(context: JobContext, job: Pick<JobItem, 'jobId' | 'queuedAt' | 'dropped'>): Promise<void> {
  if (job.queuedAt === undefined && job.dropped) return;
  const change = { set: { dropped: true, wakeAt: context.now() + SWEEP_AFTER }, remove: ['queuedAt'] };
  await context.table.update(jobKey(job.jobId), change, [isPresent('openShard')]);
}
