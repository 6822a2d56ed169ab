import { is } from './expression.ts';
import type { BatchItem, JobItem } from './items.ts';
import { JOB_AND_BATCHES, jobKey, leftKey, openShard, statusIndexKey } from './keys.ts';
import { countRecipients, isFinal, statusOf } from './states.ts';
import type { Store } from './store.ts';
import { withEntry } from './timeline.ts';

/** The sweep looks again so long after a roll-up (milliseconds): soon while batches move, hourly while a person is waited for. */
const LOOK_AGAIN = { moving: 60_000, attention: 3_600_000 };
/** Somebody else's roll-up wins so often before this one leaves the job to the sweep. */
const ATTEMPTS = 5;

/** A job and all its batches, read consistently. */
export interface JobWithBatches {
  job: JobItem;
  batches: BatchItem[];
}

/** Reads a job with all its batches; `undefined` when it is not there (or not sealed, which is the same). */
export async function readJob(store: Store, jobId: string): Promise<JobWithBatches | undefined> {
  const items = await store.table.range<BatchItem | JobItem>(jobKey(jobId).pk, JOB_AND_BATCHES.from, JOB_AND_BATCHES.to);
  const job = items.find((item): item is JobItem => item.sk === 'JOB');
  if (!job || job.expiresAt * 1000 <= store.now()) return undefined;
  return { job, batches: items.filter((item): item is BatchItem => item.sk !== 'JOB') };
}

/** Counts one batch less to go, and says whether that was the last: a hint that it is time to roll up. */
export async function countDown(store: Store, job: Pick<JobItem, 'jobId' | 'batchCount'>): Promise<boolean> {
  if (job.batchCount === 1) return true;
  const left = await store.table.update<{ left: number }>(leftKey(job.jobId), { add: { left: -1 } }, [is('sk', 'LEFT')]);
  return left === undefined || left.left <= 0;
}

/** Writes onto the job what follows from its batches. Safe to run at any time, by anybody, as often as one likes. */
export async function rollUp(store: Store, jobId: string): Promise<JobWithBatches | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const read = await readJob(store, jobId);
    if (!read) return undefined;
    const { job, batches } = read;
    const counts = countRecipients(batches);
    const status = statusOf(job.status === 'scheduled' ? 'scheduled' : 'queued', batches);
    const now = store.now();
    const open = !isFinal(status);
    const wakeAt = now + (counts.pending > 0 ? LOOK_AGAIN.moving : LOOK_AGAIN.attention);
    const change = {
      set: {
        status,
        counts,
        statusKey: statusIndexKey(job.caller, status),
        rev: job.rev + 1,
        updatedAt: now,
        timeline: status === job.status ? job.timeline : withEntry(job.timeline, { at: now, event: status }),
        ...(open && { openShard: openShard(jobId), wakeAt }),
      },
      remove: open ? [] : ['openShard', 'wakeAt'],
    };
    const written = await store.table.update<JobItem>(jobKey(jobId), change, [is('rev', job.rev)]);
    if (written) return { job: written, batches };
  }
  return readJob(store, jobId);
}
