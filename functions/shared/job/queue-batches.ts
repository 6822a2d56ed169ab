import type { WakeUps } from '../queues/dispatch-queue.ts';
import { SWEEP_AFTER } from './deadlines.ts';
import { is, isAbsent, isPresent } from '../dynamodb/conditions.ts';
import type { BatchItem, JobItem } from './items.ts';
import { jobKey } from '../dynamodb/keys.ts';
import type { Store } from './context.ts';

/**
 * Puts a wake-up for every waiting batch into the queue, and notes on the job that it is done, unless one of them was dropped meanwhile.
 * Doing it twice costs messages only.
 */
export async function queueJob(store: Store, wakeUps: WakeUps, jobId: string, batches: readonly BatchItem[]): Promise<void> {
  const key = jobKey(jobId);
  await store.table.update(key, { remove: ['dropped'] }, [isPresent('dropped')]);
  const waiting = batches.filter((batch) => batch.state === 'waiting');
  await wakeUps.wake(waiting.map((batch) => ({ jobId, batch: batch.batch, try: batch.try })));
  const conditions = [isAbsent('queuedAt'), isAbsent('dropped'), is('sk', 'JOB')];
  await store.table.update(key, { set: { queuedAt: store.now() } }, conditions);
}

/**
 * Notes that wake-ups of a job were dropped, so that the sweep queues its waiting batches again once they may be sent. The queue may be
 * faster than whoever fills it: so the note is made before the job counts as queued too.
 * @param job as it was read for the wake-up
 */
export async function markUnqueued(store: Store, job: Pick<JobItem, 'jobId' | 'queuedAt' | 'dropped'>): Promise<void> {
  if (job.queuedAt === undefined && job.dropped) return;
  const change = { set: { dropped: true, wakeAt: store.now() + SWEEP_AFTER }, remove: ['queuedAt'] };
  await store.table.update(jobKey(job.jobId), change, [isPresent('openShard')]);
}
