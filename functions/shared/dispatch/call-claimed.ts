import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomSendCall } from '../customsend/call.ts';
import type { Outcome } from '../customsend/outcome.ts';
import type { SendingBatch } from '../job/batch-item.ts';
import { readPreconditions } from '../job/claim.ts';
import type { JobContext } from '../job/context.ts';
import type { JobItem } from '../job/job-item.ts';
import { type Recorded, recordOutcome, releaseBatch } from '../job/record-outcome.ts';
import { type Payload, phonesOf } from '../message/message.ts';
import type { Permit } from './rate-limiter.ts';
import type { Sender } from './sender.ts';

/** A table that did not answer is asked again after this time (milliseconds). */
const ASK_AGAIN = 250;

/** What the call of a claimed batch takes. */
export interface ClaimedCall {
  call: CustomSendCall;
  /** What the call was written from: its phones count those that the provider names in ErrorPhones, and it may have a binding of its own. */
  payload: Payload;
  /** Given back when the call has ended, whatever happens. */
  permit: Permit;
  /** Epoch milliseconds: until then a table that does not answer is asked again; after it the sweep takes over. */
  deadline: number;
}

/**
 * Makes the one call of a claimed batch and records its outcome. The preconditions are read again after the claim: a pause or a cancel that
 * came before this read keeps the batch from being called.
 * @returns how the batch was left; `undefined` when a person settled it before the answer came
 */
export async function callClaimed(
  sender: Pick<Sender, 'context' | 'provider' | 'callLimits' | 'counters'>,
  job: JobItem,
  claimed: SendingBatch,
  { call, payload, permit, deadline }: ClaimedCall,
): Promise<Recorded | undefined> {
  const { context } = sender;
  const mayStart = withinSendBy(context, claimed);
  const persist = <Result>(access: () => Promise<Result>) => repeatUntil(deadline, access);
  // A slot that is not given back comes free when its lease ends: no reason to lose sight of how the call went.
  const giveBack = (outcome?: Outcome) => permit.end(outcome).catch(() => undefined);
  try {
    const { job: fresh, hold } = await persist(() => readPreconditions(context, claimed, job.caller, sender.callLimits.quietHours));
    if (hold) {
      const [released] = await Promise.all([persist(() => releaseBatch(context, claimed, fresh, hold)), giveBack()]);
      return released;
    }
    const outcome = await sender.provider.send(call, { beforeFirstByte: mayStart, protocol: payload.protocol ?? job.protocol });
    const record = () => recordOutcome(context, claimed, fresh ?? job, outcome, phonesOf(payload));
    const [left] = await Promise.all([persist(record), giveBack(outcome)]);
    if (!left && outcome.kind !== 'not-sent') sender.counters.lateAnswers(1);
    return left;
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/** Whether the claim is fresh enough for the first byte, by the wall clock and, should that be set back, by the monotonic one. */
function withinSendBy(context: JobContext, claimed: SendingBatch): () => boolean {
  const granted = claimed.sendBy - context.now();
  const started = performance.now();
  return () => context.now() < claimed.sendBy && performance.now() - started < granted;
}

/** Once a batch is claimed, a table that does not answer is asked again until the deadline. */
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
