import { either, is, isAbsent, isAtMost } from '../dynamodb/conditions.ts';
import { batchKey, jobKey, switchKey } from '../dynamodb/keys.ts';
import { nextAllowed, type QuietHours } from '../quiet-hours/quiet-hours.ts';
import type { JobContext } from './context.ts';
import { LEASE, SEND_BY } from './deadlines.ts';
import type { BatchItem, JobItem } from './items.ts';
import { withEntry } from './timeline.ts';

/** A batch that this process, and nobody else, may call the provider for, once, before `sendBy`. */
export type ClaimedBatch = BatchItem & { state: 'sending'; claim: string; sendBy: number };

/** Why a batch may not be sent now, and what becomes of it. */
export interface Hold {
  becomes: 'waiting' | 'cancelled' | 'expired' | 'rejected';
  event: string;
  detail?: string;
  notBefore?: number;
}

/** A paused batch is looked at again after so many milliseconds. */
const PAUSE_CHECK = 30_000;

/**
 * Takes a waiting batch for one call.
 * @param batch as it was read: had somebody had it since, its timeline would be written over
 * @returns `undefined` when it is not waiting any more, not due, another try, or was claimed since it was read
 */
export async function claimBatch(context: JobContext, batch: BatchItem): Promise<ClaimedBatch | undefined> {
  const claimAt = context.now();
  const claim = context.randomId();
  const set = {
    state: 'sending',
    claim,
    claimAt,
    sendBy: claimAt + SEND_BY,
    leaseEnd: claimAt + LEASE,
    timeline: withEntry(batch.timeline, { at: claimAt, event: 'sending' }),
  };
  const key = batchKey(batch.jobId, batch.batch);
  const due = either(isAbsent('notBefore'), isAtMost('notBefore', claimAt));
  const unchanged = batch.claim === undefined ? isAbsent('claim') : is('claim', batch.claim);
  const claimed = await context.table.update<BatchItem>(key, { set }, [is('state', 'waiting'), is('try', batch.try), due, unchanged]);
  if (claimed) return claimed as ClaimedBatch;
  const found = await context.table.get<BatchItem>(key);
  return found?.claim === claim && found.state === 'sending' ? (found as ClaimedBatch) : undefined;
}

/** Reads whether a job may be sent, consistently: after the claim its answer holds. `undefined`: every gate is open. */
export async function readHold(
  context: JobContext,
  batch: BatchItem,
  caller: string,
  quietHours: readonly QuietHours[],
): Promise<Hold | undefined> {
  const keys = [jobKey(batch.jobId), switchKey('all'), switchKey(`caller#${caller}`)];
  const items = await context.table.getMany<JobItem & { paused?: boolean }>(keys);
  const job = items.find((item) => item.sk === 'JOB');
  const paused = items.some((item) => item.paused === true);
  const now = context.now();
  if (!job) return { becomes: 'waiting', event: 'its job is not there', notBefore: now + PAUSE_CHECK };
  return preconditionHold(job, batch, paused, now) ?? quietHoursHold(job, batch, quietHours, now);
}

function preconditionHold(job: JobItem, batch: BatchItem, paused: boolean, now: number): Hold | undefined {
  if (job.cancelledAt !== undefined) return { becomes: 'cancelled', event: 'cancelled' };
  if (lastMoment(job, batch) < now) return closeOverdue(batch);
  if (paused) return { becomes: 'waiting', event: 'paused', notBefore: now + PAUSE_CHECK };
  return undefined;
}

/** Quiet hours count when the message goes out: now, or when the provider lets go of it. Who cannot wait for their end is not sent. */
function quietHoursHold(job: JobItem, batch: BatchItem, quietHours: readonly QuietHours[], now: number): Hold | undefined {
  const at = job.providerSendTime === undefined ? now : (job.sendTime ?? now);
  const next = nextAllowed(quietHours, job.smsType, at);
  if (next === at) return undefined;
  if (at === now && next <= lastMoment(job, batch)) return { becomes: 'waiting', event: 'quiet hours', notBefore: next };
  const detail = `Quiet hours until ${new Date(next).toISOString()}, when it may not be sent any more.`;
  return closeOverdue(batch, detail);
}

/** The moment after which a batch is not called: its job's, or that of the resend that a person asked for. */
export function lastMoment(job: Pick<JobItem, 'notAfter'>, { notAfter }: Pick<BatchItem, 'notAfter'>): number {
  return notAfter ?? job.notAfter;
}

/** What becomes of a batch whose job's validity has ended: `expired`, or `rejected` with its reason if it was tried and not sent. */
export function closeOverdue(
  { notSent, reason }: Pick<BatchItem, 'notSent' | 'reason'>,
  detail = 'Its validity ended before a call.',
): Hold {
  if (!notSent) return { becomes: 'expired', event: 'expired', detail };
  return { becomes: 'rejected', event: 'rejected', detail: `Not sent until its validity ended: ${reason}` };
}

/** Closes a batch that waits and may never be sent any more. @returns the batch as this call left it, if it did */
export async function closeWaiting(context: JobContext, batch: BatchItem, hold: Hold): Promise<BatchItem | undefined> {
  const { becomes: state, event, detail } = hold;
  const timeline = withEntry(batch.timeline, { at: context.now(), event, detail });
  const reason = state === 'rejected' ? detail : undefined;
  const conditions = [is('state', 'waiting'), is('try', batch.try)];
  return context.table.update(batchKey(batch.jobId, batch.batch), { set: { state, timeline, reason }, remove: ['notBefore'] }, conditions);
}

/** Has a batch that waits wait longer. @returns the batch as this call left it, if nobody has had it since it was read */
export async function postpone(context: JobContext, batch: BatchItem, { event, notBefore }: Hold): Promise<BatchItem | undefined> {
  const timeline = withEntry(batch.timeline, { at: context.now(), event });
  const unchanged = batch.claim === undefined ? isAbsent('claim') : is('claim', batch.claim);
  const conditions = [is('state', 'waiting'), is('try', batch.try), unchanged];
  return context.table.update(batchKey(batch.jobId, batch.batch), { set: { notBefore, timeline } }, conditions);
}
