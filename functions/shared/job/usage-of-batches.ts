import type { BatchItem } from './batch-item.ts';
import type { JobUsage } from './job-item.ts';

/** An answer with this status says that the call was not taken: it is tried again. */
const TRY_LATER = 429;

/** Counts calls and segments by a job's batches. Each earlier try was called once: only an unknown one is followed by another. */
export function usageOf(batches: readonly BatchItem[]): JobUsage {
  return {
    calls: batches.reduce((sum, batch) => sum + batch.try - 1 + (wasCalled(batch) ? 1 : 0), 0),
    segments: batches.reduce((sum, { state, segments = 0 }) => sum + (state === 'accepted' ? segments : 0), 0),
  };
}

function wasCalled({ state, httpStatus, settlement, try: attempt }: BatchItem): boolean {
  if (state === 'accepted' || state === 'unknown' || state === 'sending') return true;
  if (state !== 'rejected') return false;
  return settlement?.try === attempt || (typeof httpStatus === 'number' && httpStatus !== TRY_LATER);
}
