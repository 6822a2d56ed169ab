import { is } from '../dynamodb/conditions.ts';
import { batchKey } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import { LEASE_GRACE } from './deadlines.ts';
import type { BatchItem } from './items.ts';
import { withEntry } from './timeline.ts';

/** The code of a batch that became unknown because nobody recorded an answer. */
export const LEASE_ENDED = 'lease-ended';
const REASON = 'The function that was sending it ended without recording an answer; the provider may have sent.';

/**
 * Calls a batch unknown when its lease has run out: whoever claimed it died, and nobody knows whether the provider was reached. Never
 * a retry. @returns whether this call did it
 */
export async function endLease(context: JobContext, batch: BatchItem): Promise<boolean> {
  const { claim, leaseEnd } = batch;
  const at = context.now();
  if (batch.state !== 'sending' || claim === undefined || leaseEnd === undefined || leaseEnd + LEASE_GRACE >= at) return false;
  const timeline = withEntry(batch.timeline, { at, event: 'unknown', detail: REASON });
  const set = { state: 'unknown', code: LEASE_ENDED, reason: REASON, timeline };
  const conditions = [is('state', 'sending'), is('claim', claim), is('leaseEnd', leaseEnd)];
  return (await context.table.update(batchKey(batch.jobId, batch.batch), { set }, conditions)) !== undefined;
}
