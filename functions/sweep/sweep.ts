import { is } from '../shared/dynamodb/conditions.ts';
import { jobKey, OPEN_SHARDS, openShardKey } from '../shared/dynamodb/keys.ts';
import type { BatchItem, WaitingBatch } from '../shared/job/batch-item.ts';
import { stopWaiting } from '../shared/job/cancel.ts';
import { closeOverdue, closeWaiting, lastMoment } from '../shared/job/claim.ts';
import type { JobContext } from '../shared/job/context.ts';
import { isScheduled, repeatDue } from '../shared/job/due.ts';
import { resumePreparing } from '../shared/job/file-job.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import { type JobWithBatches, readJob } from '../shared/job/job-table.ts';
import { endLease } from '../shared/job/lease.ts';
import { republish } from '../shared/job/outbox.ts';
import { queueJob } from '../shared/job/queue-batches.ts';
import { renewExpiry } from '../shared/job/renew-expiry.ts';
import { rollUp } from '../shared/job/rollup.ts';
import { isFinal, isSendable } from '../shared/job/states.ts';
import { readSwitch } from '../shared/job/switches.ts';
import { parallel } from '../shared/parallel.ts';
import type { DispatchQueue } from '../shared/queues/dispatch-queue.ts';
import type { FilesQueue } from '../shared/queues/files-queue.ts';

/** What a sweep needs. `report` is told of each job that failed; the others go on. */
export interface Sweeper {
  context: JobContext;
  dispatchQueue: DispatchQueue;
  files: { tasks: FilesQueue };
  report: (jobId: string, error: Error) => void;
}

/** What one sweep did. */
export interface Swept {
  jobs: number;
  failed: number;
  /** Batches that became unknown. */
  unknown: number;
  queued: number;
}

const PAGE = 100;
const WIDTH = 4;
/** A job that could not be swept is looked at again after this time (milliseconds). */
const AFTER_ERROR = 120_000;
/** How long a batch waits until its dispatch message counts as lost, if the queue is empty (milliseconds). */
const LOST_AFTER = 900_000;

/**
 * Finds work that stopped half-way, and takes it up or says so. Idempotent, and safe to run twice at once: it decides on consistent
 * reads, and each of its writes repeats the state that it leaves.
 * @param until epoch milliseconds; what is not reached by then is the next run's
 */
export async function sweep(sweeper: Sweeper, until: number): Promise<Swept> {
  const swept: Swept = { jobs: 0, failed: 0, unknown: 0, queued: 0 };
  for (let shard = 0; shard < OPEN_SHARDS; shard++) {
    let from: Record<string, unknown> | undefined;
    do {
      const page = await sweeper.context.table.keys({
        index: 'open',
        partition: openShardKey(shard),
        upTo: sweeper.context.now(),
        limit: PAGE,
        from,
      });
      await parallel(page.keys, ({ pk }) => sweepAlone(sweeper, pk.slice('JOB#'.length), swept), WIDTH);
      from = page.next;
    } while (from && sweeper.context.now() < until);
  }
  return swept;
}

async function sweepAlone(sweeper: Sweeper, jobId: string, swept: Swept): Promise<void> {
  try {
    swept.jobs += 1;
    await sweepJob(sweeper, jobId, swept);
  } catch (error) {
    swept.failed += 1;
    sweeper.report(jobId, error as Error);
    const { table, now } = sweeper.context;
    await table.update(jobKey(jobId), { set: { wakeAt: now() + AFTER_ERROR } }, [is('sk', 'JOB')]).catch(() => undefined);
  }
}

async function sweepJob(sweeper: Sweeper, jobId: string, swept: Swept): Promise<void> {
  const { context } = sweeper;
  const read = await readJob(context, jobId);
  if (!read) return;
  const { outbox } = read.job;
  if (outbox && isFinal(read.job.status)) return republish(context, { ...read.job, outbox });
  if (read.job.status === 'preparing') return resumePreparing(context, sweeper.files.tasks, read.job);
  if (read.job.cancelledAt === undefined && isScheduled(read.job)) return repeatDue(context, read.job);
  const ended = await parallel(read.batches, (batch) => endLease(context, batch));
  swept.unknown += ended.filter(Boolean).length;
  if (read.job.cancelledAt !== undefined) {
    await stopWaiting(context, jobId);
  } else {
    swept.queued += await queueIfLost(sweeper, read);
    const rolledUp = await rollUp(context, jobId);
    if (rolledUp && !isFinal(rolledUp.job.status)) await renewExpiry(context, rolledUp);
  }
}

/** Queues the batches whose dispatch messages are lost; closes those whose validity has ended. */
async function queueIfLost({ context, dispatchQueue }: Sweeper, { job, batches }: JobWithBatches): Promise<number> {
  if (!isSendable(job.status)) return 0;
  const now = context.now();
  const [overdue, waiting] = partition(batches, (batch) => lastMoment(job, batch) < now);
  await parallel(overdue, (batch) => closeWaiting(context, batch, closeOverdue(batch)));
  if (waiting.length === 0) return 0;
  if (job.queuedAt !== undefined && !(await areLost(context, dispatchQueue, waiting))) return 0;
  if (await isPaused(context, job)) return 0;
  await queueJob(context, dispatchQueue, job.jobId, waiting);
  return waiting.length;
}

/** The batches that wait: first those to close, then those to send. */
function partition(batches: readonly BatchItem[], isOverdue: (batch: BatchItem) => boolean): [WaitingBatch[], WaitingBatch[]] {
  const waiting = batches.filter((batch) => batch.state === 'waiting');
  return [waiting.filter(isOverdue), waiting.filter((batch) => !isOverdue(batch))];
}

async function areLost(context: JobContext, dispatchQueue: DispatchQueue, waiting: readonly WaitingBatch[]): Promise<boolean> {
  const since = Math.min(...waiting.map((batch) => Math.max(batch.notBefore ?? 0, batch.timeline.at(-1)?.at ?? 0)));
  return context.now() - since > LOST_AFTER && dispatchQueue.isEmpty();
}

async function isPaused(context: JobContext, { caller }: JobItem): Promise<boolean> {
  const [all, own] = await Promise.all([readSwitch(context, 'all'), readSwitch(context, `caller#${caller}`)]);
  return all.paused || own.paused;
}
