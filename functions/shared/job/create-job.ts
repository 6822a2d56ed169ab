import { is, isAbsent, isGone } from '../dynamodb/conditions.ts';
import { batchKey, callerIndexKey, idempotencyKey, jobKey, openShard, remainingKey, statusIndexKey } from '../dynamodb/keys.ts';
import type { Message, Payload } from '../message/message.ts';
import { recipientCount } from '../message/message.ts';
import { parallel } from '../parallel.ts';
import type { JobContext } from './context.ts';
import { DEFAULT_VALID_FOR, expiryOf, MAKING, NEVER_MADE_AFTER, PROVIDER_LEAD, SWEEP_AFTER } from './deadlines.ts';
import type { BatchItem, BatchingSnapshot, JobItem, KeyItem, SendTime } from './items.ts';
import { putPayload } from './payload.ts';
import { takeFromDay } from './quota.ts';
import { countRecipients } from './states.ts';

/** What an order has, wherever its recipients come from. */
export interface SendRequestHead {
  caller: string;
  /** The caller's Idempotency-Key. */
  key: string;
  /** SHA-256 of the canonical body, hexadecimal. */
  hash: string;
  message: Message;
  smsType: number;
  postFixNumber: string;
  /** When it is to be sent; at once without it. */
  time?: SendTime | undefined;
  /** What only some orders have; stands on the job as it is here. */
  more?: Pick<JobItem, 'providerSendTime' | 'protocol' | 'token' | 'fingerprint'>;
  /** How late it may go out, in milliseconds from when it is due. */
  validFor?: number | undefined;
  /** The same as a moment (epoch milliseconds), for an order that nobody waits for after it. */
  notAfter?: number;
  retentionDays: number;
  /** The rules in force now; a key that was seen before brings its own. */
  batching: BatchingSnapshot;
}

/** A request to send that has been checked and may become a job. */
export interface SendRequest extends SendRequestHead {
  removed?: JobItem['removed'];
  /** Recipients that may be accepted in a day, over all callers. */
  dailyLimit: number | null;
  /** The payloads of its calls, made by the rules of `batching`. */
  batches: readonly Payload[];
}

/** What an idempotency key stands for. */
export type Lookup =
  | { kind: 'free'; seen?: KeyItem }
  | { kind: 'sealed'; job: JobItem }
  /** The key was used with another body. */
  | { kind: 'conflict' }
  /** Somebody is making the job right now. */
  | { kind: 'making'; retryAfterSeconds: number }
  /** The day's limit leaves no room for it. Nothing was made. */
  | { kind: 'over-limit' }
  /** Its job was never sealed, long ago, or has expired before the key. */
  | { kind: 'spent' };

/** Reads what a caller's key stands for, before every check that depends on time, quota or pause. */
export async function lookUp(context: JobContext, caller: string, key: string, hash: string): Promise<Lookup> {
  const seen = await context.table.get<KeyItem>(idempotencyKey(caller, key));
  const now = context.now();
  if (!seen || seen.expiresAt * 1000 <= now) return { kind: 'free' };
  if (seen.hash !== hash) return { kind: 'conflict' };
  const job = await context.table.get<JobItem>(jobKey(seen.jobId));
  if (job) return { kind: 'sealed', job };
  if (seen.batching.createdAt + NEVER_MADE_AFTER <= now) return { kind: 'spent' };
  if (seen.makingUntil > now) return { kind: 'making', retryAfterSeconds: Math.ceil((seen.makingUntil - now) / 1000) };
  return { kind: 'free', seen };
}

/**
 * Makes the job of a free key: key, payloads, batches, and last the job itself, which is the seal. May be stopped after any
 * write and taken over by the next request with the same key.
 * @returns the sealed job with `made: true`, or what the key stands for when somebody else was first.
 */
export async function make(context: JobContext, order: SendRequest, seen?: KeyItem): Promise<({ made: true } & { job: JobItem }) | Lookup> {
  const owned = await ownKey(context, order, seen);
  if (!owned) return lookUp(context, order.caller, order.key, order.hash);
  const payloads = order.batches;
  if (!(await countOnce(context, order, owned, payloads))) return { kind: 'over-limit' };
  const expiresAt = expiryOf(dueOf(order, owned.batching), order.retentionDays);
  const { jobId } = owned;
  const batches = payloads.map((payload, index) => newBatch(context, jobId, index + 1, recipientCount(payload), expiresAt));
  await parallel(payloads, (payload, index) => putPayload(context, jobId, index + 1, payload, expiresAt));
  await parallel(batches, (batch) => context.table.put(batch, [isAbsent('pk')]));
  await context.table.put({ ...remainingKey(jobId), remaining: batches.length, expiresAt }, [isAbsent('pk')]);
  const head = newJob(context, order, owned.batching, sealedStatus(order.time ?? {}));
  const recipients = batches.reduce((sum, batch) => sum + batch.recipients, 0);
  const counts = countRecipients(batches);
  return putJob(context, order, { ...head, removed: order.removed, batchCount: batches.length, recipients, counts });
}

/** Puts the job of an owned key. Its answer may get lost: the random id in `sealedBy` says whose it is. */
export async function putJob(
  context: JobContext,
  order: SendRequestHead,
  job: JobItem,
): Promise<({ made: true } & { job: JobItem }) | Lookup> {
  if (await context.table.put(job, [isAbsent('pk')])) return { made: true, job };
  const sealed = await context.table.get<JobItem>(jobKey(job.jobId));
  if (sealed?.sealedBy === job.sealedBy) return { made: true, job: sealed };
  return lookUp(context, order.caller, order.key, order.hash);
}

/** Takes a free key, or takes it over from whoever left it. @returns `undefined` when somebody else was faster */
export function ownKey(context: JobContext, order: SendRequestHead, seen: KeyItem | undefined): Promise<KeyItem | undefined> {
  return seen ? takeOver(context, order, seen) : takeKey(context, order);
}

async function takeKey(context: JobContext, order: SendRequestHead): Promise<KeyItem | undefined> {
  const item: KeyItem = {
    ...idempotencyKey(order.caller, order.key),
    jobId: order.batching.jobId,
    hash: order.hash,
    batching: order.batching,
    owner: context.randomId(),
    makingUntil: context.now() + MAKING,
    expiresAt: expiryOf(dueOf(order, order.batching), order.retentionDays),
  };
  if (await context.table.put(item, [isGone(context.now())])) return item;
  const found = await context.table.get<KeyItem>(idempotencyKey(order.caller, order.key));
  return found?.owner === item.owner ? found : undefined;
}

async function takeOver(context: JobContext, order: SendRequestHead, seen: KeyItem): Promise<KeyItem | undefined> {
  const key = idempotencyKey(order.caller, order.key);
  const owner = context.randomId();
  const set = { owner, makingUntil: context.now() + MAKING };
  const taken = await context.table.update<KeyItem>(key, { set }, [is('makingUntil', seen.makingUntil), is('owner', seen.owner)]);
  if (taken) return taken;
  const found = await context.table.get<KeyItem>(key);
  return found?.owner === owner ? found : undefined;
}

/** Takes the job's recipients out of the day's limit, once, however often its making is taken over. */
async function countOnce(context: JobContext, order: SendRequest, owned: KeyItem, payloads: readonly Payload[]): Promise<boolean> {
  if (owned.counted) return true;
  const key = idempotencyKey(order.caller, order.key);
  const recipients = payloads.reduce((sum, payload) => sum + recipientCount(payload), 0);
  const taken = await takeFromDay(context, recipients, order.dailyLimit);
  const set = taken ? { counted: true } : { makingUntil: context.now() };
  await context.table.update(key, { set }, [is('owner', owned.owner)]);
  return taken;
}

/** A batch as it is first written: waiting for its first try. */
export function newBatch(context: JobContext, jobId: string, batch: number, recipients: number, expiresAt: number): BatchItem {
  const timeline = [{ at: context.now(), event: 'waiting' }];
  return { ...batchKey(jobId, batch), jobId, batch, try: 1, state: 'waiting', recipients, timeline, expiresAt };
}

/** What a job becomes once all of it is written: due at once, unless we hold it until its time. */
export function sealedStatus({ scheduler }: Partial<SendTime>): 'queued' | 'scheduled' {
  return scheduler === 'eventbridge' ? 'scheduled' : 'queued';
}

/** When a job is due; how long it is kept counts from there. */
function dueOf({ time }: SendRequestHead, { createdAt }: BatchingSnapshot): number {
  return time?.sendTime ?? createdAt;
}

/** The moment after which no batch is called: at once or never for what the provider holds, lest its time turn into "now". */
function lastMomentOf({ time, validFor = DEFAULT_VALID_FOR }: SendRequestHead, now: number): number {
  return time?.scheduler === 'provider' ? time.sendTime - PROVIDER_LEAD : (time?.sendTime ?? now) + validFor;
}

/** A job as it is first written, still without recipients. */
export function newJob(
  context: JobContext,
  order: SendRequestHead,
  batching: BatchingSnapshot,
  status: 'queued' | 'scheduled' | 'preparing',
): JobItem {
  const { jobId } = batching;
  const { time } = order;
  const now = context.now();
  return {
    ...jobKey(jobId),
    jobId,
    caller: order.caller,
    key: order.key,
    retentionDays: order.retentionDays,
    callerKey: callerIndexKey(order.caller),
    statusKey: statusIndexKey(order.caller, status),
    createdAt: new Date(now).toISOString(),
    updatedAt: now,
    status,
    rev: 1,
    sealedBy: context.randomId(),
    message: order.message,
    smsType: order.smsType,
    postFixNumber: order.postFixNumber,
    ...order.more,
    batchCount: 0,
    recipients: 0,
    counts: countRecipients([]),
    notAfter: order.notAfter ?? lastMomentOf(order, now),
    ...time,
    ...(time?.scheduler === 'eventbridge' && { gen: 1 }),
    timeline: [{ at: now, event: status }],
    openShard: openShard(jobId),
    wakeAt: now + SWEEP_AFTER,
    expiresAt: expiryOf(dueOf(order, batching), order.retentionDays),
  };
}
