import { either, is, isAbsent, isAtMost, unchanged } from '../dynamodb/conditions.ts';
import { jobKey, type Key, switchKey } from '../dynamodb/keys.ts';
import { nextAllowed, type QuietHours } from '../quiet-hours/quiet-hours.ts';
import type { BatchItem, SendingBatch, WaitingBatch } from './batch-item.ts';
import type { JobContext } from './context.ts';
import { LEASE, SEND_BY } from './deadlines.ts';
import type { JobItem } from './job-item.ts';
import { rereadBatch, sealedJobOf, updateBatch } from './job-table.ts';
import { withEntry } from './timeline.ts';

/** Why a batch may not be sent now, and what it becomes. */
export interface Hold {
  becomes: 'waiting' | 'cancelled' | 'expired' | 'rejected';
  event: string;
  detail?: string;
  notBefore?: number;
}

/** A paused batch is looked at again after this time (milliseconds). */
const PAUSE_CHECK = 30_000;

/**
 * Takes a waiting batch for one call, which this process, and no other, may make once, before `sendBy`.
 * @param batch as it was read: had another process had it since, its timeline would be written over
 * @returns `undefined` when it is not waiting any more, not due, another try, or was claimed since it was read
 */
export async function claimBatch(context: JobContext, batch: WaitingBatch): Promise<SendingBatch | undefined> {
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
  const due = either(isAbsent('notBefore'), isAtMost('notBefore', claimAt));
  const conditions = [is('state', 'waiting'), is('try', batch.try), due, unchanged('claim', batch.claim)];
  const written = (await updateBatch(context, batch, { set }, conditions)) ?? (await rereadBatch(context, batch));
  return written.batch?.state === 'sending' && written.batch.claim === claim ? written.batch : undefined;
}

/** A job as it is after the claim of one of its batches, and why the batch may not be sent, if it may not. */
export interface Preconditions {
  job: JobItem | undefined;
  hold: Hold | undefined;
}

/** The items that decide whether a job's batches may be sent. */
export const preconditionKeys = (jobId: string, caller: string): Key[] => [jobKey(jobId), switchKey('all'), switchKey(`caller#${caller}`)];

/** Reads whether a batch may be sent, consistently: after the claim the answer holds. */
export async function readPreconditions(
  context: JobContext,
  batch: BatchItem,
  caller: string,
  quietHours: readonly QuietHours[],
): Promise<Preconditions> {
  const items = await context.table.getMany<Key & { paused?: boolean }>(preconditionKeys(batch.jobId, caller));
  const now = context.now();
  const job = sealedJobOf(
    items.find(({ sk }) => sk === 'JOB'),
    now,
  );
  if (!job) return { job, hold: { becomes: 'waiting', event: 'its job is not there', notBefore: now + PAUSE_CHECK } };
  return { job, hold: holdOf(job, batch, isPausedIn(items), now) ?? quietHold(job, batch, quietHours, now) };
}

/** Whether one of the switches among these items is set. */
export function isPausedIn(items: readonly { paused?: boolean }[]): boolean {
  return items.some(({ paused }) => paused === true);
}

function holdOf(job: JobItem, batch: BatchItem, paused: boolean, now: number): Hold | undefined {
  if (job.cancelledAt !== undefined) return { becomes: 'cancelled', event: 'cancelled' };
  if (lastMoment(job, batch) < now) return closeOverdue(batch);
  if (paused) return { becomes: 'waiting', event: 'paused', notBefore: now + PAUSE_CHECK };
  return undefined;
}

/** Quiet hours count when the message goes out: now, or at the provider's SendTime. A batch whose validity ends during them expires. */
function quietHold(job: JobItem, batch: BatchItem, quietHours: readonly QuietHours[], now: number): Hold | undefined {
  const at = job.providerSendTime === undefined ? now : (job.sendTime ?? now);
  const next = nextAllowed(quietHours, job.smsType, at);
  if (next === at) return undefined;
  if (at === now && next <= lastMoment(job, batch)) return { becomes: 'waiting', event: 'quiet hours', notBefore: next };
  return closeOverdue(batch, `Quiet hours until ${new Date(next).toISOString()}, when it may not be sent any more.`);
}

/** The moment after which a batch is not called: its job's, or that of the resend that a person asked for. */
export function lastMoment(job: Pick<JobItem, 'notAfter'>, { notAfter }: Pick<BatchItem, 'notAfter'>): number {
  return notAfter ?? job.notAfter;
}

/** What a batch becomes when its job's validity has ended: `expired`, or `rejected` with its reason if it was tried and not sent. */
export function closeOverdue(
  { notSent, reason }: Pick<BatchItem, 'notSent' | 'reason'>,
  detail = 'Its validity ended before a call.',
): Hold {
  if (!notSent) return { becomes: 'expired', event: 'expired', detail };
  return { becomes: 'rejected', event: 'rejected', detail: `Not sent until its validity ended: ${reason}` };
}

/**
 * Closes a batch that waits and may never be sent any more.
 * @param batch as it was read: had a process had it since, its timeline would be written over, and with it why it was not sent
 * @returns the batch as this call left it, if it did
 */
export async function closeWaiting(context: JobContext, batch: BatchItem, hold: Hold): Promise<BatchItem | undefined> {
  const { becomes: state, event, detail } = hold;
  const timeline = withEntry(batch.timeline, { at: context.now(), event, detail });
  const reason = state === 'rejected' ? detail : undefined;
  const conditions = [is('state', 'waiting'), is('try', batch.try), unchanged('claim', batch.claim)];
  return (await updateBatch(context, batch, { set: { state, timeline, reason }, remove: ['notBefore'] }, conditions))?.batch;
}

/** Makes a waiting batch wait longer. @returns the batch as this call left it, if no other process has had it since it was read */
export async function postpone(context: JobContext, batch: BatchItem, { event, notBefore }: Hold): Promise<BatchItem | undefined> {
  const timeline = withEntry(batch.timeline, { at: context.now(), event });
  const conditions = [is('state', 'waiting'), is('try', batch.try), unchanged('claim', batch.claim)];
  return (await updateBatch(context, batch, { set: { notBefore, timeline } }, conditions))?.batch;
}
