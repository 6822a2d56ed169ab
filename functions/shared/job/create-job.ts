import { type Condition, is, isGone } from '../dynamodb/conditions.ts';
import { callerIndexKey, jobKey, openShard, referenceIndexKey, remainingKey, statusIndexKey } from '../dynamodb/keys.ts';
import { type Message, type Payload, phonesOf, recipientCount } from '../message/message.ts';
import { segmentsOf } from '../message/payload-segments.ts';
import { phoneHint } from '../message/phone-hint.ts';
import { parallel } from '../parallel.ts';
import { isUnwritten, newBatch, parseJobRecord, putNewBatch, toInline } from './batches.ts';
import type { JobContext } from './context.ts';
import {
  CREATING,
  DEFAULT_VALID_FOR,
  expiryOf,
  LEASE,
  LEASE_GRACE,
  NEVER_CREATED_AFTER,
  PROVIDER_LEAD,
  SEND_BY,
  SWEEP_AFTER,
} from './deadlines.ts';
import { jobIdOf } from './id.ts';
import type {
  BatchItem,
  BatchingSnapshot,
  CreatingJob,
  DueJob,
  JobItem,
  JobRecord,
  ScheduledJob,
  SendingBatch,
  SendTime,
  WaitingBatch,
} from './items.ts';
import { inlinePayload, putPayload } from './payload.ts';
import { type DailyLimits, type ReachedLimit, returnToDay, takeFromDay } from './quota.ts';
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

/** What an idempotency key stands for. */
export type Lookup =
  | { kind: 'free'; seen?: CreatingJob | undefined }
  | { kind: 'sealed'; job: JobItem }
  /** The key was used with another body. */
  | { kind: 'conflict' }
  /** Another request is creating the job right now. */
  | { kind: 'creating'; retryAfterSeconds: number }
  /** A limit of the day leaves no room for it. Nothing was created. */
  | { kind: 'over-limit'; limit: ReachedLimit }
  /** Its job was never sealed, long ago. */
  | { kind: 'spent' };

/** A job that this request created. */
export interface Created {
  made: true;
  job: DueJob | ScheduledJob;
}

/** Reads what a caller's key stands for, before every check that depends on time, quota or pause. */
export async function lookUp({ table, now }: JobContext, caller: string, key: string, hash: string): Promise<Lookup> {
  return lookUpIn(await table.get<object>(jobKey(jobIdOf(caller, key))), hash, now());
}

/** What a key stands for, by the item under its job's key. */
export function lookUpIn(item: object | undefined, hash: string, now: number): Lookup {
  const record = item && parseJobRecord(item);
  if (!record || record.expiresAt * 1000 <= now) return { kind: 'free' };
  if (record.hash !== hash) return { kind: 'conflict' };
  if (record.status !== 'creating') return { kind: 'sealed', job: record };
  if (record.snapshot.createdAt + NEVER_CREATED_AFTER <= now) return { kind: 'spent' };
  const left = record.creatingUntil - now;
  return left > 0 ? { kind: 'creating', retryAfterSeconds: Math.ceil(left / 1000) } : { kind: 'free', seen: record };
}

/**
 * Creates the job of a free key. A job of one batch with short recipients is one conditional write; any other writes a `creating` item,
 * payloads, batches, and last the job itself, which is the seal. It may be stopped after any write and taken over by the next request with
 * the same key.
 * @returns the job with `made: true`, or what the key stands for when another request was first
 */
export async function createJob(context: JobContext, request: SendRequest, seen?: CreatingJob): Promise<Created | Lookup> {
  const payload = soleInlinePayload(request);
  if (payload !== undefined) return createSole(context, request, payload, soleBatch(context, request), seen);
  const owned = await ownKey(context, request, seen);
  if (!owned) return lookUp(context, request.caller, request.key, request.hash);
  const limit = await countOnce(context, request, owned);
  if (limit) return { kind: 'over-limit', limit };
  const batches = newBatches(context, request);
  const { jobId, expiresAt } = owned;
  await parallel(request.batches, (one, index) => putPayload(context, jobId, index + 1, one, expiresAt));
  const { createdAt } = request.snapshot;
  if (batches.length > 1) {
    await parallel(batches, (batch) => putNewBatch(context, batch, createdAt));
    const remaining = { ...remainingKey(jobId), remaining: batches.length, expiresAt, jobCreatedAt: createdAt };
    await context.table.put(remaining, [isUnwritten(createdAt)]);
  }
  const only = batches.length === 1 && batches[0] ? { only: toInline(batches[0]) } : {};
  const job = {
    ...newJob(context, request, sealedStatus(request.time)),
    ...sizeOf(batches),
    ...hintOf(request),
    removed: request.removed,
    ...only,
  };
  return sealJob(context, request, job as DueJob | ScheduledJob, [is('status', 'creating'), is('owner', owned.owner)]);
}

/** The batches of a request as they are first written. */
function newBatches({ now }: Pick<JobContext, 'now'>, request: SendRequest): WaitingBatch[] {
  const jobId = jobIdOf(request.caller, request.key);
  const expiresAt = expiryOf(dueOf(request), request.retentionDays);
  return request.batches.map((payload, index) =>
    newBatch(now(), {
      ...{ jobId, batch: index + 1, recipients: recipientCount(payload), expiresAt },
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

/** Creates a job of one batch by one write. @param batch as it is from then on: waiting, or claimed by this request */
export async function createSole(
  context: JobContext,
  request: SendRequest,
  payload: string,
  batch: BatchItem,
  seen?: CreatingJob,
): Promise<Created | Lookup> {
  const limit = seen?.counted ? undefined : await takeFromDay(context, batch.recipients, request.dailyLimits);
  if (limit) return { kind: 'over-limit', limit };
  const status = batch.state === 'sending' ? 'sending' : sealedStatus(request.time);
  const content = { ...sizeOf([batch]), ...hintOf(request), removed: request.removed, payload, only: toInline(batch) };
  const job = { ...newJob(context, request, status), ...content };
  const free = seen
    ? [is('status', 'creating'), is('owner', seen.owner), is('creatingUntil', seen.creatingUntil)]
    : [isGone(context.now())];
  const created = await sealJob(context, request, job as DueJob | ScheduledJob, free);
  if (!('made' in created) && !seen?.counted) await returnToDay(context, batch.recipients, request.dailyLimits);
  return created;
}

/** Puts a job, under these conditions. The answer may get lost: the random id in `sealedBy` says whose it is. */
export async function sealJob<Job extends JobItem>(
  context: JobContext,
  request: SendRequestHead,
  job: Job,
  conditions: readonly Condition[],
): Promise<{ made: true; job: Job } | Lookup> {
  if (await context.table.put(job, conditions)) return { made: true, job };
  const found = await context.table.get<JobRecord>(jobKey(job.jobId));
  if (found && 'sealedBy' in found && found.sealedBy === job.sealedBy) return { made: true, job: found as Job };
  return lookUpIn(found, request.hash, context.now());
}

/** Takes a free key, or takes it over from a request that was cut off. @returns `undefined` when another was faster */
async function ownKey(context: JobContext, request: SendRequestHead, seen: CreatingJob | undefined): Promise<CreatingJob | undefined> {
  const jobId = jobIdOf(request.caller, request.key);
  const owner = context.randomId();
  const creatingUntil = context.now() + CREATING;
  const found = seen
    ? await context.table.update<JobRecord>(jobKey(jobId), { set: { owner, creatingUntil } }, [
        is('status', 'creating'),
        is('creatingUntil', seen.creatingUntil),
        is('owner', seen.owner),
      ])
    : await putCreating(context, request, jobId, owner, creatingUntil);
  const record = found ?? (await context.table.get<JobRecord>(jobKey(jobId)));
  return record?.status === 'creating' && record.owner === owner ? record : undefined;
}

async function putCreating(
  context: JobContext,
  request: SendRequestHead,
  jobId: string,
  owner: string,
  creatingUntil: number,
): Promise<CreatingJob | undefined> {
  const { hash, snapshot } = request;
  const expiresAt = expiryOf(dueOf(request), request.retentionDays);
  const item: CreatingJob = { ...jobKey(jobId), jobId, status: 'creating', hash, snapshot, owner, creatingUntil, expiresAt };
  return (await context.table.put(item, [isGone(context.now())])) ? item : undefined;
}

/** Takes the job's recipients out of the day's limits, once, however often its creation is taken over. @returns one that leaves no room */
async function countOnce(context: JobContext, request: SendRequest, owned: CreatingJob): Promise<ReachedLimit | undefined> {
  if (owned.counted || request.dailyLimits.limits.length === 0) return undefined;
  const recipients = request.batches.reduce((sum, payload) => sum + recipientCount(payload), 0);
  const reached = await takeFromDay(context, recipients, request.dailyLimits);
  const set = reached ? { creatingUntil: context.now() } : { counted: true };
  await context.table.update(jobKey(owned.jobId), { set }, [is('status', 'creating'), is('owner', owned.owner)]);
  return reached;
}

/** A batch that is claimed in the write that creates it. */
export function newClaimedBatch(context: Pick<JobContext, 'now' | 'randomId'>, batch: WaitingBatch): SendingBatch {
  const claimAt = context.now();
  const timeline = [{ at: claimAt, event: 'sending' }];
  const claim = context.randomId();
  return { ...batch, state: 'sending', claim, claimAt, sendBy: claimAt + SEND_BY, leaseEnd: claimAt + LEASE, timeline };
}

/** A job's status once all of it is written: due at once, unless this service holds it until its time. */
function sealedStatus(time: SendTime | undefined): 'queued' | 'scheduled' {
  return time?.scheduler === 'eventbridge' ? 'scheduled' : 'queued';
}

/** When a job is due; how long it is kept counts from there. */
function dueOf({ time, snapshot }: Pick<SendRequestHead, 'time' | 'snapshot'>): number {
  return time?.sendTime ?? snapshot.createdAt;
}

/** The moment after which no batch is called: at once or never for what the provider holds, or its time would become "now". */
function lastMomentOf({ time, validFor = DEFAULT_VALID_FOR }: SendRequestHead, now: number): number {
  return time?.scheduler === 'provider' ? time.sendTime - PROVIDER_LEAD : (time?.sendTime ?? now) + validFor;
}

function sizeOf(batches: readonly BatchItem[]) {
  const recipients = batches.reduce((sum, batch) => sum + batch.recipients, 0);
  return { batchCount: batches.length, recipients, counts: countRecipients(batches) };
}

/** What a search by phone needs of a small job. */
function hintOf({ batches }: Pick<SendRequest, 'batches'>): Pick<JobItem, 'phoneHint'> {
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
