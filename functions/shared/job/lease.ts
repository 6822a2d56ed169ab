import { is } from '../dynamodb/conditions.ts';
import type { BatchItem } from './batch-item.ts';
import type { JobContext } from './context.ts';
import { LEASE_GRACE } from './deadlines.ts';
import { updateBatch } from './job-table.ts';
import { withEntry } from './timeline.ts';

/** The code of a batch that became unknown because no answer was recorded. */
export const LEASE_ENDED = 'lease-ended';
const REASON = 'The function that was sending it ended without recording an answer; the provider may have sent.';

/**
 * Calls a batch unknown when its lease has run out: the process that claimed it died, and it is not known whether the provider was
 * reached. Never a retry. @returns whether this call did it
 */
export async function endLease(context: JobContext, batch: BatchItem): Promise<boolean> {
  const at = context.now();
  if (batch.state !== 'sending' || batch.leaseEnd + LEASE_GRACE >= at) return false;
  const timeline = withEntry(batch.timeline, { at, event: 'unknown', detail: REASON });
  const set = { state: 'unknown', code: LEASE_ENDED, reason: REASON, timeline };
  const conditions = [is('state', 'sending'), is('claim', batch.claim), is('leaseEnd', batch.leaseEnd)];
  return (await updateBatch(context, batch, { set }, conditions)) !== undefined;
}
