import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomSendCall } from './customsend/call.ts';
import type { CustomSend } from './customsend/client.ts';
import type { Dialect } from './env.ts';
import { type ClaimedBatch, claimBatch, closeWaiting, readGates, type Shut } from './job/claim.ts';
import type { BatchItem, JobItem, Payload } from './job/items.ts';
import { batchKey, jobKey } from './job/keys.ts';
import { getPayload, phonesOf } from './job/payload.ts';
import { recordOutcome, releaseBatch } from './job/record.ts';
import { countDown, rollUp } from './job/rollup.ts';
import type { Store } from './job/store.ts';
import { writeEntries, writeLetter } from './message/letter.ts';

/** What sending needs: the store, the provider, its token and the dialect in which it is written to. */
export interface Sender {
  store: Store;
  provider: Pick<CustomSend, 'send'>;
  token: () => Promise<string>;
  dialect: Dialect;
}

/** One try of one batch. */
export interface Attempt {
  jobId: string;
  batch: number;
  try: number;
}

/** A failed write of an outcome is tried again after so many milliseconds. */
const RECORD_AGAIN = 250;

/**
 * Claims a batch, calls the provider once, records the outcome, and rolls up the job when it was the last batch. Whatever races or
 * is redelivered, one try leads to one call at most: everything else finds the claim taken and does nothing.
 * @param deadline epoch milliseconds until which a failing record is repeated; after it the sweep finds the lease run out
 * @returns the batch as this call left it; `undefined` when there was nothing for it to do
 * @throws what the store or the token's keeper throws before the claim: then nothing was claimed or sent
 */
export async function sendBatch(sender: Sender, attempt: Attempt, deadline: number): Promise<BatchItem | undefined> {
  const { store } = sender;
  const { jobId } = attempt;
  const items = await store.table.getMany<JobItem | BatchItem>([jobKey(jobId), batchKey(jobId, attempt.batch)]);
  const job = items.find((item): item is JobItem => item.sk === 'JOB');
  const batch = items.find((item): item is BatchItem => item.sk !== 'JOB');
  if (!job || batch?.state !== 'waiting' || batch.try !== attempt.try) return undefined;
  const left = await sendIfOpen(sender, job, batch, deadline);
  if (left && left.state !== 'waiting' && (await countDown(store, job))) await rollUp(store, jobId);
  return left;
}

async function sendIfOpen(sender: Sender, job: JobItem, batch: BatchItem, deadline: number): Promise<BatchItem | undefined> {
  const { store } = sender;
  const { shut } = await readGates(store, job.jobId, job.caller);
  if (shut) return closeOrLeave(store, batch, shut);
  const [payload, token] = await Promise.all([getPayload(store, job.jobId, batch.batch), sender.token()]);
  const call = writeCall(sender.dialect, job, payload, token);
  const claimed = await claimBatch(store, batch);
  return claimed && callProvider(sender, job, claimed, { call, phones: phonesOf(payload) }, deadline);
}

async function callProvider(
  { store, provider }: Sender,
  job: JobItem,
  claimed: ClaimedBatch,
  { call, phones }: { call: CustomSendCall; phones: readonly string[] },
  deadline: number,
): Promise<BatchItem | undefined> {
  const mayStart = withinSendBy(store, claimed);
  const { shut } = await readGates(store, job.jobId, job.caller);
  if (shut) return releaseBatch(store, claimed, shut);
  const outcome = await provider.send(call, { beforeFirstByte: mayStart });
  return recordUntil(deadline, () => recordOutcome(store, claimed, job, outcome, phones));
}

/** Whether the claim is fresh enough for the first byte, by the wall clock and, should that be set back, by the monotonic one. */
function withinSendBy(store: Store, claimed: ClaimedBatch): () => boolean {
  const granted = claimed.sendBy - store.now();
  const started = performance.now();
  return () => store.now() < claimed.sendBy && performance.now() - started < granted;
}

async function recordUntil<Result>(deadline: number, record: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await record();
    } catch (error) {
      if (Date.now() + RECORD_AGAIN >= deadline) throw error;
      await sleep(RECORD_AGAIN);
    }
  }
}

async function closeOrLeave(store: Store, batch: BatchItem, shut: Shut): Promise<BatchItem | undefined> {
  if (shut.becomes === 'waiting') return undefined;
  const closed = await closeWaiting(store, batch, { ...shut, becomes: shut.becomes });
  return closed ? { ...batch, state: shut.becomes } : undefined;
}

/** Writes a batch as the eight parameters of CustomSend. */
export function writeCall(
  dialect: Dialect,
  job: Pick<JobItem, 'message' | 'smsType' | 'postFixNumber'>,
  payload: Payload,
  token: string,
): CustomSendCall {
  const { message, smsType, postFixNumber } = job;
  const rest = { Token: token, SmsType: smsType, PostFixNumber: postFixNumber, SendTime: '' };
  if (message.form === 'structured' && payload.form === 'structured') {
    const { pattern, defaultDetail } = message;
    return { ...rest, ...writeLetter(dialect, { pattern, defaultDetail, recipients: payload.recipients }) };
  }
  if (message.form === 'strings' && payload.form === 'strings') {
    const { trailingSeparator } = message;
    const phones = writeEntries({ ...dialect, trailingSeparator }, payload.phones);
    return { ...rest, Pattern: message.pattern, DefaultDetail: message.defaultDetail, Details: payload.details, Phones: phones };
  }
  throw new Error('A job and its batches are in different forms.');
}
