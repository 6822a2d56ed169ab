import { isPresent } from '../dynamodb/conditions.ts';
import { answerKey, batchKey, dedupKey, jobKey, type Key, payloadKey, remainingKey } from '../dynamodb/keys.ts';
import { parallel } from '../parallel.ts';
import type { JobContext } from './context.ts';
import { expiryOf } from './deadlines.ts';
import { isScheduled } from './due.ts';
import type { JobWithBatches } from './job-table.ts';

/** An open job is renewed when less than this part of its retention is left. */
const RENEW_AT = 1 / 4;
const DAY = 24 * 3_600_000;

/**
 * Keeps a job that is not over from expiring: nothing that waits for a person or to be sent is forgotten, and what waits for its time
 * is kept as long after it as any other. The job comes last, so that a renewal that is cut off is done again.
 */
export async function renewExpiry(context: JobContext, { job, batches }: JobWithBatches): Promise<void> {
  const retention = job.retentionDays * DAY;
  const [due, least] = isScheduled(job) ? [job.sendTime, retention] : [context.now(), retention * RENEW_AT];
  if (job.expiresAt * 1000 - due >= least) return;
  const expiresAt = expiryOf(due, job.retentionDays);
  const renew = async (key: Key) => {
    await context.table.update(key, { set: { expiresAt } }, [isPresent('pk')]);
  };
  if (job.fingerprint !== undefined) await renew(dedupKey(job.fingerprint));
  await parallel(batches, async ({ jobId, batch, stored, try: attempt }) => {
    if (job.payload === undefined) await renew(payloadKey(jobId, batch));
    for (let one = 1; one <= attempt; one++) await renew(answerKey(jobId, batch, one));
    if (stored === 'item') await renew(batchKey(jobId, batch));
  });
  if (!job.only) await renew(remainingKey(job.jobId));
  await renew(jobKey(job.jobId));
}
