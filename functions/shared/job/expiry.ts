import { parallel } from '../parallel.ts';
import { expiryOf } from './deadlines.ts';
import { isScheduled } from './due.ts';
import { isPresent } from '../dynamodb/conditions.ts';
import { answerKey, batchKey, idempotencyKey, jobKey, type Key, leftKey, payloadKey, sameKey } from '../dynamodb/keys.ts';
import type { JobWithBatches } from './rollup.ts';
import type { Store } from './context.ts';

/** An open job is renewed when less than this part of its retention is left. */
const RENEW_AT = 1 / 4;
const DAY = 24 * 3_600_000;

/**
 * Keeps a job that is not over from expiring: nothing that waits for a person or for its turn is forgotten, and what waits for its time
 * is kept as long after it as any other. The key comes first, so that no request can make the job anew while parts of it are there,
 * and the job last, so that a renewal that is cut off is done again.
 */
export async function renewExpiry(store: Store, { job, batches }: JobWithBatches): Promise<void> {
  const retention = job.retentionDays * DAY;
  const [due, least] = isScheduled(job) ? [job.sendTime, retention] : [store.now(), retention * RENEW_AT];
  if (job.expiresAt * 1000 - due >= least) return;
  const expiresAt = expiryOf(due, job.retentionDays);
  const renew = async (key: Key) => {
    await store.table.update(key, { set: { expiresAt } }, [isPresent('pk')]);
  };
  if (job.identity !== undefined) await renew(sameKey(job.identity));
  await renew(idempotencyKey(job.caller, job.key));
  await parallel(batches, async ({ jobId, batch, try: attempt }) => {
    await renew(payloadKey(jobId, batch));
    for (let one = 1; one <= attempt; one++) await renew(answerKey(jobId, batch, one));
    await renew(batchKey(jobId, batch));
  });
  await renew(leftKey(job.jobId));
  await renew(jobKey(job.jobId));
}
