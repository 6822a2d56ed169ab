import { callerIndexKey, jobKey, openShard, referenceIndexKey, statusIndexKey } from '../dynamodb/keys.ts';
import { type Message, type Payload, phonesOf, recipientCount } from '../message/message.ts';
import { phoneHint } from '../message/phone-hint.ts';
import { segmentsOf } from '../message/segments.ts';
import type { BatchItem, BatchingSnapshot, SendingBatch, WaitingBatch } from './batch-item.ts';
import type { JobContext } from './context.ts';
import { DEFAULT_VALID_FOR, expiryOf, LEASE, LEASE_GRACE, PROVIDER_LEAD, SEND_BY, SWEEP_AFTER } from './deadlines.ts';
import { jobIdOf } from './job-id.ts';
import type { JobItem, SendTime } from './job-item.ts';
import { newBatch } from './job-table.ts';
import { inlinePayload } from './payload.ts';
import type { DailyLimits } from './quota.ts';
import { countRecipients } from './states.ts';

/** What a request to send has, wherever its recipients come from. */
export interface SendRequestHead {
  caller: string;
  /** The caller's Idempotency-Key. */
  key: string;
  /** SHA-256 of the canonical body, hexadecimal. */
  hash: string;
  message: Message;
  smsType: number;
  postFixNumber: string;
  /** The caller's own name for it. */
  reference?: string | undefined;
  /** The job whose recipients it sends to again. */
  resendOf?: string | undefined;
  /** When it is to be sent; at once without it. */
  time?: SendTime | undefined;
  /** What only some requests have; stands on the job as it is here. */
  more?: Pick<JobItem, 'providerSendTime' | 'protocol' | 'token' | 'fingerprint'>;
  /** How late it may go out, in milliseconds from when it is due. */
  validFor?: number | undefined;
  /** The same as a moment (epoch milliseconds), for a request that ends then. */
  notAfter?: number;
  retentionDays: number;
  /** The rules by which it was batched: those that an earlier request with this key fixed, if there was one. */
  snapshot: BatchingSnapshot;
}

/** A request to send that has been checked and may become a job. */
export interface SendRequest extends SendRequestHead {
  removed?: JobItem['removed'];
  dailyLimits: DailyLimits;
  batches: readonly Payload[];
}

/** The batches of a request as they are first written. */
export function newBatches({ now }: Pick<JobContext, 'now'>, request: SendRequest): WaitingBatch[] {
  const jobId = jobIdOf(request.caller, request.key);
  const expiresAt = expiryOf(dueOf(request), request.retentionDays);
  return request.batches.map((payload, index) =>
    newBatch(now(), {
      jobId,
      batch: index + 1,
      recipients: recipientCount(payload),
      expiresAt,
      segments: segmentsOf(request.message, payload),
    }),
  );
}

/** The only batch of a request of one batch, as it is stored inside its job. */
export function soleBatch(context: Pick<JobContext, 'now'>, request: SendRequest): WaitingBatch {
  const [batch] = newBatches(context, request);
  if (!batch) throw new Error('A request to send has at least one batch.');
  return { ...batch, stored: 'job' };
}

/** The recipients of a request of one batch, if they are short enough to stand in the job's item. */
export function soleInlinePayload({ batches }: Pick<SendRequest, 'batches'>): string | undefined {
  return batches.length === 1 && batches[0] ? inlinePayload(batches[0]) : undefined;
}

/** A batch that is claimed in the write that creates it. */
export function newClaimedBatch(context: Pick<JobContext, 'now' | 'randomId'>, batch: WaitingBatch): SendingBatch {
  const claimAt = context.now();
  const timeline = [{ at: claimAt, event: 'sending' }];
  const claim = context.randomId();
  return { ...batch, state: 'sending', claim, claimAt, sendBy: claimAt + SEND_BY, leaseEnd: claimAt + LEASE, timeline };
}

/** A job's status once all of it is written: due at once, unless this service holds it until its time. */
export function sealedStatus(time: SendTime | undefined): 'queued' | 'scheduled' {
  return time?.scheduler === 'eventbridge' ? 'scheduled' : 'queued';
}

/** When a job is due; how long it is kept counts from there. */
export function dueOf({ time, snapshot }: Pick<SendRequestHead, 'time' | 'snapshot'>): number {
  return time?.sendTime ?? snapshot.createdAt;
}

/** The moment after which no batch is called: at once or never for what the provider holds, or its time would become "now". */
function lastMomentOf({ time, validFor = DEFAULT_VALID_FOR }: SendRequestHead, now: number): number {
  return time?.scheduler === 'provider' ? time.sendTime - PROVIDER_LEAD : (time?.sendTime ?? now) + validFor;
}

export function sizeOf(batches: readonly BatchItem[]) {
  const recipients = batches.reduce((sum, batch) => sum + batch.recipients, 0);
  return { batchCount: batches.length, recipients, counts: countRecipients(batches) };
}

/** What a search by phone needs of a small job. */
export function hintOf({ batches }: Pick<SendRequest, 'batches'>): Pick<JobItem, 'phoneHint'> {
  if (batches.length > 1) return {};
  const hint = phoneHint(batches.flatMap(phonesOf));
  return hint === undefined ? {} : { phoneHint: hint };
}

/** The sweep leaves a new job alone this long: the request that created it is at work, and one that claimed its batch holds a lease. */
const SWEEP_CLAIMED_AFTER = LEASE + LEASE_GRACE + 5_000;

/** A job as it is first written, still without recipients. */
export function newJob(context: JobContext, request: SendRequestHead, status: 'queued' | 'scheduled' | 'preparing' | 'sending') {
  const { time, caller } = request;
  const jobId = jobIdOf(caller, request.key);
  const now = context.now();
  return {
    ...jobKey(jobId),
    jobId,
    caller,
    key: request.key,
    hash: request.hash,
    retentionDays: request.retentionDays,
    callerKey: callerIndexKey(caller),
    ...(request.reference !== undefined && { reference: request.reference, referenceKey: referenceIndexKey(caller, request.reference) }),
    ...(request.resendOf !== undefined && { resendOf: request.resendOf }),
    // What is being sent is over in a moment: an entry in the index by status would be written and deleted for nothing.
    ...(status !== 'sending' && { statusKey: statusIndexKey(caller, status) }),
    createdAt: new Date(now).toISOString(),
    updatedAt: now,
    status,
    rev: 1,
    sealedBy: context.randomId(),
    message: request.message,
    smsType: request.smsType,
    postFixNumber: request.postFixNumber,
    ...request.more,
    batchCount: 0,
    recipients: 0,
    counts: countRecipients([]),
    notAfter: request.notAfter ?? lastMomentOf(request, now),
    ...time,
    ...(time?.scheduler === 'eventbridge' && { gen: 1 }),
    timeline: [{ at: now, event: status }],
    openShard: openShard(jobId),
    wakeAt: now + (status === 'sending' ? SWEEP_CLAIMED_AFTER : SWEEP_AFTER),
    expiresAt: expiryOf(dueOf(request), request.retentionDays),
  };
}
