import type { BatchItem, WaitingBatch } from '../job/batch-item.ts';
import { claimBatch, closeWaiting, type Hold, postpone, readPreconditions } from '../job/claim.ts';
import type { JobContext } from '../job/context.ts';
import type { JobItem } from '../job/job-item.ts';
import { readJobAndBatch } from '../job/job-table.ts';
import { requestPublication } from '../job/outbox.ts';
import { getPayload } from '../job/payload.ts';
import { markUnqueued } from '../job/queue-batches.ts';
import type { Recorded } from '../job/record-outcome.ts';
import { countDown, rollUp } from '../job/rollup.ts';
import { isSendable } from '../job/states.ts';
import { writeCall } from '../message/write-call.ts';
import type { Attempt } from '../queues/dispatch-message.ts';
import { callClaimed } from './call-claimed.ts';
import { takePermit } from './rate-limiter.ts';
import type { Sender, TimeBudget } from './sender.ts';

/**
 * Claims a batch, calls the provider once, records the outcome, and rolls up the job when that was the last batch. Whatever races or
 * is redelivered, one try leads to one call at most: everything else finds the claim taken and does nothing. What must wait gets a
 * dispatch message of its own for later, so that no message is kept in flight.
 * @returns the batch as this call left it; `undefined` when it changed nothing
 * @throws what the table, the queue or the token's keeper throws before the claim: then nothing was claimed or sent
 */
export async function sendBatch(sender: Sender, attempt: Attempt, budget: TimeBudget): Promise<BatchItem | undefined> {
  const { context, dispatchQueue } = sender;
  const { job, batch } = await readJobAndBatch(context, attempt.jobId, attempt.batch);
  if (!job || !isSendable(job.status) || batch?.state !== 'waiting' || batch.try !== attempt.try) return undefined;
  if (job.token === 'caller' && !sender.holdsCallersToken) return undefined;
  const due = batch.notBefore ?? 0;
  if (due > context.now()) {
    await dispatchQueue.send([attempt], due - context.now());
    return undefined;
  }
  const left = await sendUnlessHeld(sender, job, batch, budget);
  if (left) await finish(sender, job, left);
  return left?.batch;
}

/**
 * What follows from how a batch was left: a dispatch message for one that waits; a roll-up after the last one, after an unknown one, and
 * after one that was unknown, so that its job does not ask for attention until the last one.
 */
export async function finish(
  { context, dispatchQueue, counters }: Sender,
  job: JobItem,
  { batch, job: rolledUp }: Recorded,
): Promise<void> {
  if (batch.state === 'unknown') counters.unknownBatches(1);
  if (rolledUp) await requestPublication(context, rolledUp);
  if (batch.state === 'waiting') {
    const delay = Math.max(0, (batch.notBefore ?? 0) - context.now());
    await dispatchQueue.send([{ jobId: batch.jobId, batch: batch.batch, try: batch.try }], delay);
  }
  if (rolledUp) return;
  const wasUnknown = batch.timeline.at(-2)?.event === 'unknown';
  const isLast = batch.state !== 'waiting' && (await countDown(context, job));
  if (isLast || batch.state === 'unknown' || wasUnknown) await rollUp(context, job.jobId);
}

async function sendUnlessHeld(sender: Sender, job: JobItem, batch: WaitingBatch, budget: TimeBudget): Promise<Recorded | undefined> {
  const { context, dispatchQueue } = sender;
  const { hold } = await readPreconditions(context, batch, job.caller, sender.callLimits.quietHours);
  if (hold) return applyHold(context, job, batch, hold);
  const [payload, token] = await Promise.all([getPayload(context, job, batch.batch), sender.token()]);
  if (token === undefined) return void (await markUnqueued(context, job));
  const call = writeCall(sender.dialect, job, payload, token);
  const permit = await takePermit(context, sender.callLimits, budget.permitWait);
  if (!('end' in permit)) {
    await dispatchQueue.send([{ jobId: batch.jobId, batch: batch.batch, try: batch.try }], permit.until - context.now());
    return undefined;
  }
  const claimed = await claimBatch(context, batch).catch(async (error: unknown) => {
    await permit.end().catch(() => undefined);
    throw error;
  });
  if (claimed) return callClaimed(sender, job, claimed, { call, payload, permit, deadline: budget.deadline });
  await permit.end().catch(() => undefined);
  return undefined;
}

/**
 * A batch that may never be sent is closed, and one that waits for the end of quiet hours says so. One that is paused stays as it is, and
 * the sweep queues its job again once it may be sent.
 */
async function applyHold(context: JobContext, job: JobItem, batch: BatchItem, hold: Hold): Promise<Recorded | undefined> {
  if (hold.becomes === 'waiting' && hold.event !== 'quiet hours') {
    await markUnqueued(context, job);
    return undefined;
  }
  const left = await (hold.becomes === 'waiting' ? postpone : closeWaiting)(context, batch, hold);
  return left && { batch: left };
}
