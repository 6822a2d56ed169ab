import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomSendCall } from '../customsend/call.ts';
import type { CustomSend } from '../customsend/client.ts';
import type { Outcome } from '../customsend/outcome.ts';
import type { Dialect, Limits } from '../env/env.ts';
import { type ClaimedBatch, claimBatch, closeWaiting, postpone, readGates, type Shut } from '../job/claim.ts';
import type { BatchItem, JobItem, Payload } from '../job/items.ts';
import { batchKey, jobKey } from '../dynamodb/keys.ts';
import { getPayload, phonesOf } from '../job/payload.ts';
import { markUnqueued } from '../job/queue-batches.ts';
import { recordOutcome, releaseBatch } from '../job/record.ts';
import { countDown, rollUp } from '../job/rollup.ts';
import { isSendable } from '../job/states.ts';
import type { Store } from '../job/context.ts';
import { type CallLimits, takePermit } from './rate-limiter.ts';
import { writeEntries, writeLetter } from '../message/encoded-content.ts';
import type { Counters } from '../metrics.ts';
import type { Attempt, WakeUps } from '../queues/dispatch-queue.ts';

/** What sending needs: the store, the provider with its token, dialect and limits, and the queue for what must wait. */
export interface Sender {
  store: Store;
  provider: Pick<CustomSend, 'send'>;
  token: () => Promise<string>;
  dialect: Dialect;
  callLimits: CallLimits & Pick<Limits, 'quietHours'>;
  wakeUps: WakeUps;
  counters: Counters;
  /** It is the request that a job came with, so it holds the caller's own token. */
  holdsCallersToken?: true;
}

/** How much time a send may take: for a free slot (milliseconds), and in all (epoch milliseconds, for a record that keeps failing). */
export interface Patience {
  forPermit: number;
  deadline: number;
}

/** A store that did not answer is asked again after so many milliseconds. */
const ASK_AGAIN = 250;

/**
 * Claims a batch, calls the provider once, records the outcome, and rolls up the job when that was the last batch. Whatever races or
 * is redelivered, one try leads to one call at most: everything else finds the claim taken and does nothing. What must wait gets a
 * wake-up of its own for later, so that no message is kept in flight.
 * @returns the batch as this call left it; `undefined` when it changed nothing
 * @throws what the store, the queue or the token's keeper throws before the claim: then nothing was claimed or sent
 */
export async function sendBatch(sender: Sender, attempt: Attempt, patience: Patience): Promise<BatchItem | undefined> {
  const { store, wakeUps } = sender;
  const items = await store.table.getMany<JobItem | BatchItem>([jobKey(attempt.jobId), batchKey(attempt.jobId, attempt.batch)]);
  const job = items.find((item): item is JobItem => item.sk === 'JOB');
  const batch = items.find((item): item is BatchItem => item.sk !== 'JOB');
  if (!job || !isSendable(job.status) || batch?.state !== 'waiting' || batch.try !== attempt.try) return undefined;
  if (job.token === 'caller' && !sender.holdsCallersToken) return undefined;
  const due = batch.notBefore ?? 0;
  if (due > store.now()) {
    await wakeUps.wake([attempt], due - store.now());
    return undefined;
  }
  const left = await sendIfOpen(sender, job, batch, patience);
  if (left) await finish(sender, job, left);
  return left;
}

/** What follows from how a batch was left: a wake-up for what waits, a roll-up when it was the last, or one that a person must see. */
async function finish({ store, wakeUps, counters }: Sender, job: JobItem, left: BatchItem): Promise<void> {
  if (left.state === 'waiting') {
    const delay = Math.max(0, (left.notBefore ?? 0) - store.now());
    await wakeUps.wake([{ jobId: left.jobId, batch: left.batch, try: left.try }], delay);
    return;
  }
  if (left.state === 'unknown') counters.unknownBatches(1);
  const last = await countDown(store, job);
  if (last || left.state === 'unknown') await rollUp(store, job.jobId);
}

async function sendIfOpen(sender: Sender, job: JobItem, batch: BatchItem, patience: Patience): Promise<BatchItem | undefined> {
  const { store, wakeUps } = sender;
  const gates = (seen: BatchItem) => readGates(store, seen, job.caller, sender.callLimits.quietHours);
  const shut = await gates(batch);
  if (shut) return closeOrPark(store, job, batch, shut);
  const [payload, token] = await Promise.all([getPayload(store, job.jobId, batch.batch), sender.token()]);
  const call = writeCall(sender.dialect, job, payload, token);
  const permit = await takePermit(store, sender.callLimits, patience.forPermit);
  if (!('end' in permit)) {
    await wakeUps.wake([{ jobId: batch.jobId, batch: batch.batch, try: batch.try }], permit.until - store.now());
    return undefined;
  }
  let outcome: Outcome | undefined;
  try {
    const claimed = await claimBatch(store, batch);
    if (!claimed) return undefined;
    const mayStart = withinSendBy(store, claimed);
    const persist = <Result>(access: () => Promise<Result>) => repeatUntil(patience.deadline, access);
    const shutNow = await persist(() => gates(claimed));
    if (shutNow) return await persist(() => releaseBatch(store, claimed, shutNow));
    const ended = await sender.provider.send(call, { beforeFirstByte: mayStart, protocol: job.protocol });
    outcome = ended;
    const left = await persist(() => recordOutcome(store, claimed, job, ended, phonesOf(payload)));
    if (!left && ended.kind !== 'not-sent') sender.counters.lateAnswers(1);
    return left;
  } finally {
    // What is not given back comes free when its lease ends: no reason to lose sight of how the call went.
    await permit.end(outcome).catch(() => undefined);
  }
}

/** Whether the claim is fresh enough for the first byte, by the wall clock and, should that be set back, by the monotonic one. */
function withinSendBy(store: Store, claimed: ClaimedBatch): () => boolean {
  const granted = claimed.sendBy - store.now();
  const started = performance.now();
  return () => store.now() < claimed.sendBy && performance.now() - started < granted;
}

/** Once a batch is claimed, a store that does not answer is asked again until the deadline; after it the sweep takes over. */
async function repeatUntil<Result>(deadline: number, access: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await access();
    } catch (error) {
      if (Date.now() + ASK_AGAIN >= deadline) throw error;
      await sleep(ASK_AGAIN);
    }
  }
}

/**
 * A batch that may never be sent is closed, and one that waits for the end of quiet hours says so. One that is paused stays as it is, and
 * its job is queued anew by the sweep once it may.
 */
async function closeOrPark(store: Store, job: JobItem, batch: BatchItem, shut: Shut): Promise<BatchItem | undefined> {
  if (shut.becomes !== 'waiting') return closeWaiting(store, batch, shut);
  if (shut.event === 'quiet hours') return postpone(store, batch, shut);
  await markUnqueued(store, job);
  return undefined;
}

/** Writes a batch as the eight parameters of CustomSend. */
export function writeCall(
  dialect: Dialect,
  job: Pick<JobItem, 'message' | 'smsType' | 'postFixNumber' | 'providerSendTime'>,
  payload: Payload,
  token: string,
): CustomSendCall {
  const { message, smsType, postFixNumber, providerSendTime = '' } = job;
  const rest = { Token: token, SmsType: smsType, PostFixNumber: postFixNumber, SendTime: providerSendTime };
  if (message.form === 'structured' && payload.form === 'structured') {
    const { pattern, defaultDetail } = message;
    return { ...rest, ...writeLetter(dialect, { pattern, defaultDetail, recipients: payload.recipients }) };
  }
  if (message.form === 'strings' && payload.form === 'strings') {
    const { trailingSeparator } = message;
    const phones = payload.text ?? writeEntries({ ...dialect, trailingSeparator }, payload.phones);
    return { ...rest, Pattern: message.pattern, DefaultDetail: message.defaultDetail, Details: payload.details, Phones: phones };
  }
  throw new Error('A job and its batches are in different forms.');
}
