import { splitList } from '../customsend/answer-content.ts';
import type { CustomSendReturn } from '../customsend/call.ts';
import type { Outcome } from '../customsend/outcome.ts';
import { type Change, is, isAbsent, isOneOf } from '../dynamodb/conditions.ts';
import { answerKey } from '../dynamodb/keys.ts';
import { normalisePhone } from '../message/phone.ts';
import type { AnswerItem, BatchItem, LateAnswer, SendingBatch } from './batch-item.ts';
import { type Hold, lastMoment } from './claim.ts';
import type { JobContext } from './context.ts';
import type { JobItem } from './job-item.ts';
import { rereadBatch, updateBatch } from './job-table.ts';
import { LEASE_ENDED } from './lease.ts';
import { rollUpChange } from './rollup.ts';
import { BATCH_STATES, type BatchState, statesBefore } from './states.ts';
import { withEntry } from './timeline.ts';

/** Waiting times before the next attempt of a batch that was not sent: full jitter up to a doubling bound (milliseconds). */
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 60_000;

/** What a write that ends a claim makes of the batch. */
interface Ending {
  state: BatchState;
  event: string;
  detail?: string | undefined;
  set?: Record<string, unknown>;
  remove?: readonly string[];
}

/** How a claim was left: the batch, and its job where the same write rolled it up. */
export interface Recorded {
  batch: BatchItem;
  job?: JobItem | undefined;
}

/** The batch item holds this much of Message: it is billed whole at every write. */
const LONGEST_MESSAGE = 300;
/** An answer up to this size stands in the batch that is stored inside its job (bytes of JSON). */
const INLINE_ANSWER = 300;

/**
 * Records what a call led to, under the claim that made it. `not-sent` puts the batch back to wait, or rejects it once no attempt
 * would come before the end of its validity. A batch that is stored inside its job rolls the job up in the same write.
 * @param job as it was read after the claim
 * @param phones the batch's phones, to count those that the provider names in ErrorPhones
 * @returns the batch as it is now; `undefined` when a person settled it before the answer came
 */
export async function recordOutcome(
  context: JobContext,
  claimed: SendingBatch,
  job: JobItem,
  outcome: Outcome,
  phones: readonly string[],
): Promise<Recorded | undefined> {
  const { root } = outcome;
  const answer = root && isInlineAnswer(claimed, outcome.kind, root) ? root : undefined;
  if (root && !answer) await putAnswer(context, claimed, root);
  const ending = outcome.kind === 'not-sent' ? endNotSent(context, claimed, job, outcome) : endSent(outcome, phones, answer);
  const ended = await endClaim(context, claimed, job, ending);
  if (!ended && outcome.kind !== 'not-sent') {
    if (answer) await putAnswer(context, claimed, answer);
    await keepLateAnswer(context, claimed, outcome);
  }
  return ended;
}

/** Gives a claimed batch back before anything was sent. */
export async function releaseBatch(
  context: JobContext,
  claimed: SendingBatch,
  job: JobItem | undefined,
  hold: Hold,
): Promise<Recorded | undefined> {
  const { becomes: state, event, detail, notBefore } = hold;
  const reason = state === 'rejected' ? detail : undefined;
  return endClaim(context, claimed, job, { state, event, detail, set: { notBefore, reason } });
}

/**
 * Ends a claim if it is still the one that the batch names and no person has settled it. The sweep may have called the batch
 * unknown meanwhile: that gives way to what is known.
 * @returns the batch as written, or `undefined` when the claim was no longer ours to end
 */
async function endClaim(
  context: JobContext,
  claimed: SendingBatch,
  job: JobItem | undefined,
  ending: Ending,
): Promise<Recorded | undefined> {
  let seen: BatchItem = claimed;
  let seenJob = job;
  while (statesBefore(ending.state).includes(seen.state) || seen.state === ending.state) {
    const timeline = withEntry(seen.timeline, { at: context.now(), event: ending.event, detail: ending.detail });
    const change: Change = {
      set: { ...ending.set, state: ending.state, timeline },
      remove: ['sendBy', 'leaseEnd', ...(ending.remove ?? [])],
    };
    const conditions = [is('state', seen.state), is('claim', claimed.claim), is('try', claimed.try)];
    const written = await updateBatch(context, seen, change, conditions, rolledUp(context, seen, seenJob, change));
    if (written) return written;
    const { batch: found, job: foundJob } = await rereadBatch(context, claimed);
    if (found?.claim !== claimed.claim || found.try !== claimed.try) return undefined;
    if (found.settlement?.try === claimed.try) return undefined;
    const jobChanged = foundJob !== undefined && foundJob.rev !== seenJob?.rev;
    if (found.state === seen.state && !jobChanged) return undefined;
    if (found.state === ending.state && found.code !== LEASE_ENDED && found.state !== seen.state) return { batch: found, job: foundJob };
    [seen, seenJob] = [found, foundJob ?? seenJob];
  }
  return undefined;
}

/** The roll-up of the job that follows from its only batch, for the same write. */
function rolledUp(context: JobContext, seen: BatchItem, job: JobItem | undefined, { set }: Change) {
  if (seen.stored !== 'job' || !job) return undefined;
  const batch = { ...seen, ...set } as BatchItem;
  return { change: rollUpChange(context, { job, batches: [batch] }), conditions: [is('rev', job.rev)] };
}

function endSent(outcome: Exclude<Outcome, { kind: 'not-sent' }>, phones: readonly string[], answer: CustomSendReturn | undefined): Ending {
  const { kind: state, code, httpStatus, reason, retCode, message } = outcome;
  const errorPhones = outcome.kind === 'accepted' ? countErrorPhones(outcome.root, phones) || undefined : undefined;
  const words = { code, httpStatus, reason, retCode, message: message?.slice(0, LONGEST_MESSAGE) ?? null };
  return { state, event: state, detail: reason, set: { ...words, errorPhones, answer }, remove: ['notBefore'] };
}

function endNotSent(
  { now, random }: Pick<JobContext, 'now' | 'random'>,
  claimed: SendingBatch,
  job: Pick<JobItem, 'notAfter'>,
  outcome: Outcome & { kind: 'not-sent' },
): Ending {
  const { code, httpStatus, reason, retCode, message } = outcome;
  const notSent = (claimed.notSent ?? 0) + 1;
  const set = { code, httpStatus, reason, retCode, message, notSent };
  const notBefore = now() + Math.ceil(random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** notSent));
  if (notBefore <= lastMoment(job, claimed)) return { state: 'waiting', event: 'not sent', detail: reason, set: { ...set, notBefore } };
  const detail = `Not sent until its validity ended: ${reason}`;
  return { state: 'rejected', event: 'rejected', detail, set: { ...set, reason: detail }, remove: ['notBefore'] };
}

/** How many phones of the batch the provider refused; it may write them in another form, or name some that were not asked for. */
function countErrorPhones(root: CustomSendReturn, phones: readonly string[]): number {
  const refused = new Set(splitList(root.ErrorPhones).map((phone) => normalisePhone(phone) ?? phone));
  return phones.filter((phone) => refused.has(normalisePhone(phone) ?? phone)).length;
}

/** Whether an answer stands in the batch itself: a short one that decides the batch for good, so that no later try can follow it. */
function isInlineAnswer({ stored }: SendingBatch, kind: Outcome['kind'], answer: CustomSendReturn): boolean {
  return stored === 'job' && (kind === 'accepted' || kind === 'rejected') && Buffer.byteLength(JSON.stringify(answer)) <= INLINE_ANSWER;
}

async function putAnswer(context: JobContext, claimed: SendingBatch, answer: CustomSendReturn): Promise<void> {
  const { jobId, batch, claim, expiresAt } = claimed;
  await context.table.put<AnswerItem>({ ...answerKey(jobId, batch, claimed.try), claim, answer, expiresAt });
}

/** Only of a settled try: where merely another claim of this try has followed, the outcome had been recorded before. */
async function keepLateAnswer(context: JobContext, claimed: SendingBatch, outcome: Outcome): Promise<void> {
  const { batch: found } = await rereadBatch(context, claimed);
  if (!found || (found.try === claimed.try && found.settlement?.try !== claimed.try)) return;
  const lateAnswer: LateAnswer = { at: context.now(), try: claimed.try, outcome: outcome.kind, code: outcome.code };
  await updateBatch(context, found, { set: { lateAnswer } }, [isOneOf('state', BATCH_STATES), isAbsent('lateAnswer')]);
}
