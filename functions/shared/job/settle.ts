import { is } from '../dynamodb/conditions.ts';
import { batchKey, jobKey, openShard } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import { DEFAULT_VALID_FOR, SETTLE_AFTER, SWEEP_AFTER } from './deadlines.ts';
import type { BatchItem, JobItem, Settlement } from './items.ts';
import { withEntry } from './timeline.ts';

/** A person's decision on one try of one batch. */
export interface Decision {
  jobId: string;
  batch: number;
  try: number;
  as: Settlement['as'];
  by: string;
  why: string;
}

/** How a decision went. `same`: it had been made before, by whomever. */
export type Settled =
  | { kind: 'settled'; batch: BatchItem }
  | { kind: 'same'; batch: BatchItem }
  /** A function may still be at it: ask again at this time (epoch milliseconds). */
  | { kind: 'too-early'; until: number }
  /** Somebody decided otherwise. */
  | { kind: 'decided'; settlement: Settlement }
  /** The try is not unknown; with resend also: its job was cancelled, or came with a token that is not kept. */
  | { kind: 'not-unknown'; state: string }
  /** Its SendTime is too near or past: another call would be sent at once, or be refused. */
  | { kind: 'too-late'; sendTime: number }
  | { kind: 'absent' };

/**
 * Settles one unknown try. `resend` raises the try, so that it may be called exactly once more, for an hour from now whatever the job's
 * own validity is; with SendTime, as long as that is not near. Repeating a settlement changes nothing, and an answer that comes after
 * it is only kept as evidence.
 */
export async function settle(context: JobContext, job: JobItem, decision: Decision): Promise<Settled> {
  const key = batchKey(decision.jobId, decision.batch);
  const batch = await context.table.get<BatchItem>(key);
  if (!batch) return { kind: 'absent' };
  const earlier = earlierDecision(batch, decision);
  if (earlier) return earlier;
  if (decision.as === 'resend' && job.cancelledAt !== undefined) return { kind: 'not-unknown', state: 'cancelled' };
  if (decision.as === 'resend' && job.token === 'caller')
    return { kind: 'not-unknown', state: "the caller's to send again, with its token" };
  const until = (batch.claimAt ?? 0) + SETTLE_AFTER;
  if (context.now() <= until) return { kind: 'too-early', until };
  const at = context.now();
  if (decision.as === 'resend' && job.providerSendTime !== undefined && job.notAfter < at)
    return { kind: 'too-late', sendTime: job.sendTime ?? 0 };
  const notAfter = job.providerSendTime === undefined ? at + DEFAULT_VALID_FOR : job.notAfter;
  const { as, by, why } = decision;
  const settlement: Settlement = { try: decision.try, as, by, why, at };
  const timeline = withEntry(batch.timeline, { at, event: `settled: ${as}`, detail: `${by}: ${why}` });
  const resend = as === 'resend';
  const change = {
    set: { settlement, timeline, state: resend ? 'waiting' : as, ...(resend && { try: batch.try + 1, notAfter }) },
    remove: resend
      ? ['claim', 'claimAt', 'sendBy', 'leaseEnd', 'notBefore', 'notSent', 'code', 'httpStatus', 'reason', 'retCode', 'message']
      : [],
  };
  const conditions = [is('state', 'unknown'), is('try', decision.try), is('claim', batch.claim ?? '')];
  const written = await context.table.update<BatchItem>(key, change, conditions);
  if (written) return { kind: 'settled', batch: written };
  const found = await context.table.get<BatchItem>(key);
  if (!found) return { kind: 'absent' };
  return earlierDecision(found, decision) ?? { kind: 'too-early', until: context.now() };
}

/** Has the sweep look at a job soon, and not only hourly: before its batches wait again, so that a crash in between costs a minute. */
export async function expectResend(context: JobContext, jobId: string): Promise<void> {
  const set = { openShard: openShard(jobId), wakeAt: context.now() + SWEEP_AFTER };
  await context.table.update(jobKey(jobId), { set }, [is('sk', 'JOB')]);
}

function earlierDecision(batch: BatchItem, { as, try: attempt }: Decision): Settled | undefined {
  const { settlement } = batch;
  if (settlement?.try === attempt) return settlement.as === as ? { kind: 'same', batch } : { kind: 'decided', settlement };
  if (batch.state !== 'unknown' || batch.try !== attempt) return { kind: 'not-unknown', state: batch.state };
  return undefined;
}
