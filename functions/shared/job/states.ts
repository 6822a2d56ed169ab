/** States of a batch. `unknown` is left only by a person's settlement or by the late answer of the very same call. */
export const BATCH_STATES = ['waiting', 'sending', 'accepted', 'rejected', 'unknown', 'cancelled', 'expired'] as const;
export type BatchState = (typeof BATCH_STATES)[number];

/** Every legal transition of a batch. From `unknown` back to `waiting` lead only the settlement `resend` and the late news that the very call was not sent. */
export const BATCH_TRANSITIONS: Record<BatchState, readonly BatchState[]> = {
  waiting: ['sending', 'rejected', 'cancelled', 'expired'],
  sending: ['accepted', 'rejected', 'unknown', 'waiting', 'cancelled', 'expired'],
  unknown: ['accepted', 'rejected', 'waiting'],
  accepted: [],
  rejected: [],
  cancelled: [],
  expired: [],
};

/** The states from which a batch may come to `target`: what a write to that state repeats as its condition. */
export function statesBefore(target: BatchState): BatchState[] {
  return BATCH_STATES.filter((state) => BATCH_TRANSITIONS[state].includes(target));
}

/** States of a job. `attention`: some batch is unknown, whatever the others do. */
export const JOB_STATUSES = [
  'preparing',
  'scheduled',
  'queued',
  'sending',
  'completed',
  'attention',
  'refused',
  'cancelled',
  'expired',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** How a completed job ended: all recipients accepted, some, or none. */
export type JobOutcome = 'accepted' | 'partial' | 'rejected';

/** Recipients by outcome. `total` is the sum of the others. */
export interface Counts {
  total: number;
  pending: number;
  accepted: number;
  rejected: number;
  unknown: number;
  cancelled: number;
  expired: number;
}

/** What is needed of a batch to count it: its recipients and, once accepted, how many the provider named in ErrorPhones. */
export interface CountedBatch {
  state: BatchState;
  recipients: number;
  errorPhones?: number;
}

/** Counts a job's recipients by its batches; a phone in ErrorPhones of an accepted batch counts as rejected. */
export function countRecipients(batches: readonly CountedBatch[]): Counts {
  const counts: Counts = { total: 0, pending: 0, accepted: 0, rejected: 0, unknown: 0, cancelled: 0, expired: 0 };
  for (const { state, recipients, errorPhones = 0 } of batches) {
    counts.total += recipients;
    if (state === 'waiting' || state === 'sending') counts.pending += recipients;
    else if (state === 'accepted') {
      counts.accepted += recipients - errorPhones;
      counts.rejected += errorPhones;
    } else counts[state] += recipients;
  }
  return counts;
}

/**
 * A job's status as it follows from its batches. `idle` is what the job is while nothing has been taken up: `queued`, or
 * `scheduled` before it is due.
 */
export function statusOf(idle: 'scheduled' | 'queued', batches: readonly CountedBatch[]): JobStatus {
  const has = (...states: BatchState[]) => batches.some((batch) => states.includes(batch.state));
  if (has('unknown')) return 'attention';
  if (has('sending')) return 'sending';
  if (has('waiting')) return has('accepted', 'rejected') ? 'sending' : idle;
  if (has('accepted', 'rejected')) return 'completed';
  return has('cancelled') ? 'cancelled' : 'expired';
}

export type FinalStatus = 'completed' | 'cancelled' | 'expired' | 'refused';

/** The job will not change any more, and waits for no person. */
export function isFinal(status: JobStatus): status is FinalStatus {
  return status === 'completed' || status === 'cancelled' || status === 'expired' || status === 'refused';
}

/** Whether a job's batches may be sent: it is sealed, due, and not over. */
export function isSendable(status: JobStatus): boolean {
  return status === 'queued' || status === 'sending' || status === 'attention';
}

/** How a job ended, by its counts; `undefined` until it is completed. */
export function outcomeOf(status: JobStatus, counts: Counts): JobOutcome | undefined {
  if (status !== 'completed') return undefined;
  if (counts.accepted === counts.total) return 'accepted';
  return counts.accepted > 0 ? 'partial' : 'rejected';
}
