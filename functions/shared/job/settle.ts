import { type Change, is, merge } from '../dynamodb/conditions.ts';
import { jobKey, openShard } from '../dynamodb/keys.ts';
import type { BatchItem, Settlement } from './batch-item.ts';
import type { JobContext } from './context.ts';
import { DEFAULT_VALID_FOR, SETTLE_AFTER, SWEEP_AFTER } from './deadlines.ts';
import type { JobItem } from './job-item.ts';
import { readJobAndBatch, rereadBatch, updateBatch } from './job-table.ts';
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
  /** Another decision was made before. */
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
  const { batch } = await readJobAndBatch(context, decision.jobId, decision.batch);
  if (!batch) return { kind: 'absent' };
  const now = context.now();
  const refused = earlierDecision(batch, decision) ?? obstacleOf(job, batch, decision, now);
  if (refused || batch.state !== 'unknown') return refused ?? { kind: 'not-unknown', state: batch.state };
  const { as, by, why } = decision;
  const settlement: Settlement = { try: decision.try, as, by, why, at: now };
  const timeline = withEntry(batch.timeline, { at: now, event: `settled: ${as}`, detail: `${by}: ${why}` });
  const change = as === 'resend' ? resendOf(job, batch, now) : { set: { state: as } };
  const conditions = [is('state', 'unknown'), is('try', decision.try), is('claim', batch.claim)];
  const written = await updateBatch(context, batch, merge({ set: { settlement, timeline } }, change), conditions);
  if (written) return { kind: 'settled', batch: written.batch };
  const { batch: found } = await rereadBatch(context, batch);
  if (!found) return { kind: 'absent' };
  return earlierDecision(found, decision) ?? { kind: 'too-early', until: context.now() };
}

/** What an unknown batch becomes that is to be sent again. */
function resendOf(job: JobItem, batch: BatchItem, now: number): Change {
  const notAfter = job.providerSendTime === undefined ? now + DEFAULT_VALID_FOR : job.notAfter;
  const past = ['claim', 'claimAt', 'sendBy', 'leaseEnd', 'notBefore', 'notSent', 'code', 'httpStatus', 'reason', 'retCode', 'message'];
  return { set: { state: 'waiting', try: batch.try + 1, notAfter }, remove: past };
}

/** Why an unknown batch cannot be settled so, or not yet. */
function obstacleOf(job: JobItem, batch: BatchItem, { as }: Decision, now: number): Settled | undefined {
  if (as === 'resend' && job.cancelledAt !== undefined) return { kind: 'not-unknown', state: 'cancelled' };
  if (as === 'resend' && job.token === 'caller') return { kind: 'not-unknown', state: "the caller's to send again, with its token" };
  const until = (batch.claimAt ?? 0) + SETTLE_AFTER;
  if (now <= until) return { kind: 'too-early', until };
  const isTooLate = as === 'resend' && job.providerSendTime !== undefined && job.notAfter < now;
  return isTooLate ? { kind: 'too-late', sendTime: job.sendTime ?? 0 } : undefined;
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
