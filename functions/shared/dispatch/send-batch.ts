import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomSend } from '../customsend/client.ts';
import type { Outcome } from '../customsend/outcome.ts';
import { batchKey, jobKey } from '../dynamodb/keys.ts';
import { type ClaimedBatch, claimBatch, closeWaiting, type Hold, postpone, readHold } from '../job/claim.ts';
import type { JobContext } from '../job/context.ts';
import type { BatchItem, JobItem } from '../job/items.ts';
import { getPayload } from '../job/payload.ts';
import { markUnqueued } from '../job/queue-batches.ts';
import { recordOutcome, releaseBatch } from '../job/record.ts';
import { countDown, rollUp } from '../job/rollup.ts';
import { isSendable } from '../job/states.ts';
import { phonesOf } from '../message/message.ts';
import { writeCall } from '../message/write-call.ts';
import type { Counters } from '../metrics.ts';
import type { Attempt, DispatchQueue } from '../queues/dispatch-queue.ts';
import type { Dialect, Limits } from '../settings.ts';
import { type CallLimits, takePermit } from './rate-limiter.ts';

/** What sending needs: the table, the provider with its token, dialect and limits, and the queue for what must wait. */
export interface Sender {
  context: JobContext;
  provider: Pick<CustomSend, 'send'>;
  token: () => Promise<string>;
  dialect: Dialect;
  callLimits: CallLimits & Pick<Limits, 'quietHours'>;
  dispatchQueue: DispatchQueue;
  counters: Counters;
  /** It is the request that a job came with, so it holds the caller's own token. */
  holdsCallersToken?: true;
}

/** How much time a send may take: for a free slot (milliseconds), and in all (epoch milliseconds, for a record that keeps failing). */
export interface TimeBudget {
  permitWait: number;
  deadline: number;
}

/** A store that did not answer is asked again after so many milliseconds. */
const ASK_AGAIN = 250;

/**
 * Claims a batch, calls the provider once, records the outcome, and rolls up the job when that was the last batch. Whatever races or
 * is redelivered, one try leads to one call at most: everything else finds the claim taken and does nothing. What must wait gets a
 * dispatch message of its own for later, so that no message is kept in flight.
 * @returns the batch as this call left it; `undefined` when it changed nothing
 * @throws what the table, the queue or the token's keeper throws before the claim: then nothing was claimed or sent
 */
export async function sendBatch(sender: Sender, attempt: Attempt, budget: TimeBudget): Promise<BatchItem | undefined> {
  const { context, dispatchQueue } = sender;
  const items = await context.table.getMany<JobItem | BatchItem>([jobKey(attempt.jobId), batchKey(attempt.jobId, attempt.batch)]);
  const job = items.find((item): item is JobItem => item.sk === 'JOB');
  const batch = items.find((item): item is BatchItem => item.sk !== 'JOB');
  if (!job || !isSendable(job.status) || batch?.state !== 'waiting' || batch.try !== attempt.try) return undefined;
  if (job.token === 'caller' && !sender.holdsCallersToken) return undefined;
  const due = batch.notBefore ?? 0;
  if (due > context.now()) {
    await dispatchQueue.send([attempt], due - context.now());
    return undefined;
  }
  const left = await sendIfOpen(sender, job, batch, budget);
  if (left) await finish(sender, job, left);
  return left;
}

/** What follows from how a batch was left: a dispatch message for what waits, a roll-up when it was the last, or one that a person must see. */
async function finish({ context, dispatchQueue, counters }: Sender, job: JobItem, left: BatchItem): Promise<void> {
  if (left.state === 'waiting') {
    const delay = Math.max(0, (left.notBefore ?? 0) - context.now());
    await dispatchQueue.send([{ jobId: left.jobId, batch: left.batch, try: left.try }], delay);
    return;
  }
  if (left.state === 'unknown') counters.unknownBatches(1);
  const last = await countDown(context, job);
  if (last || left.state === 'unknown') await rollUp(context, job.jobId);
}

async function sendIfOpen(sender: Sender, job: JobItem, batch: BatchItem, budget: TimeBudget): Promise<BatchItem | undefined> {
  const { context, dispatchQueue } = sender;
  const readHoldNow = (seen: BatchItem) => readHold(context, seen, job.caller, sender.callLimits.quietHours);
  const hold = await readHoldNow(batch);
  if (hold) return applyHold(context, job, batch, hold);
  const [payload, token] = await Promise.all([getPayload(context, job.jobId, batch.batch), sender.token()]);
  const call = writeCall(sender.dialect, job, payload, token);
  const permit = await takePermit(context, sender.callLimits, budget.permitWait);
  if (!('end' in permit)) {
    await dispatchQueue.send([{ jobId: batch.jobId, batch: batch.batch, try: batch.try }], permit.until - context.now());
    return undefined;
  }
  let outcome: Outcome | undefined;
  try {
    const claimed = await claimBatch(context, batch);
    if (!claimed) return undefined;
    const mayStart = withinSendBy(context, claimed);
    const persist = <Result>(access: () => Promise<Result>) => repeatUntil(budget.deadline, access);
    const holdNow = await persist(() => readHoldNow(claimed));
    if (holdNow) return await persist(() => releaseBatch(context, claimed, holdNow));
    const ended = await sender.provider.send(call, { beforeFirstByte: mayStart, protocol: payload.protocol ?? job.protocol });
    outcome = ended;
    const left = await persist(() => recordOutcome(context, claimed, job, ended, phonesOf(payload)));
    if (!left && ended.kind !== 'not-sent') sender.counters.lateAnswers(1);
    return left;
  } finally {
    // What is not given back comes free when its lease ends: no reason to lose sight of how the call went.
    await permit.end(outcome).catch(() => undefined);
  }
}

/** Whether the claim is fresh enough for the first byte, by the wall clock and, should that be set back, by the monotonic one. */
function withinSendBy(context: JobContext, claimed: ClaimedBatch): () => boolean {
  const granted = claimed.sendBy - context.now();
  const started = performance.now();
  return () => context.now() < claimed.sendBy && performance.now() - started < granted;
}

/** Once a batch is claimed, a table that does not answer is asked again until the deadline; after it the sweep takes over. */
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
async function applyHold(context: JobContext, job: JobItem, batch: BatchItem, hold: Hold): Promise<BatchItem | undefined> {
  if (hold.becomes !== 'waiting') return closeWaiting(context, batch, hold);
  if (hold.event === 'quiet hours') return postpone(context, batch, hold);
  await markUnqueued(context, job);
  return undefined;
}
