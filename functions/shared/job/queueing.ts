import type { WakeUps } from '../queue.ts';
import { SWEEP_AFTER } from './deadlines.ts';
import { is, isAbsent, isPresent } from './expression.ts';
import type { BatchItem, JobItem } from './items.ts';
import { jobKey } from './keys.ts';
import type { Store } from './store.ts';

/** Puts a wake-up for every waiting batch into the queue, and notes on the job that it is done. Doing it twice costs messages only. */
export async function queueJob(store: Store, wakeUps: WakeUps, jobId: string, batches: readonly BatchItem[]): Promise<void> {
  const waiting = batches.filter((batch) => batch.state === 'waiting');
  await wakeUps.wake(waiting.map((batch) => ({ jobId, batch: batch.batch, try: batch.try })));
  await store.table.update(jobKey(jobId), { set: { queuedAt: store.now() } }, [isAbsent('queuedAt'), is('sk', 'JOB')]);
}

/** Notes that wake-ups of a job were dropped, so that the sweep queues its waiting batches again once they may be sent. */
export async function markUnqueued(store: Store, job: Pick<JobItem, 'jobId' | 'queuedAt'>): Promise<void> {
  if (job.queuedAt === undefined) return;
  const change = { set: { wakeAt: store.now() + SWEEP_AFTER }, remove: ['queuedAt'] };
  await store.table.update(jobKey(job.jobId), change, [isPresent('queuedAt'), isPresent('openShard')]);
}
