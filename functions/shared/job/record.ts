import { splitList } from '../customsend/answer-content.ts';
import type { CustomSendReturn } from '../customsend/call.ts';
import type { Outcome } from '../customsend/outcome.ts';
import type { Change } from '../dynamodb/conditions.ts';
import { is, isAbsent, isOneOf } from '../dynamodb/conditions.ts';
import { answerKey, batchKey } from '../dynamodb/keys.ts';
import { normalisePhone } from '../message/phone.ts';
import { type ClaimedBatch, type Hold, lastMoment } from './claim.ts';
import type { JobContext } from './context.ts';
import type { AnswerItem, BatchItem, JobItem, LateAnswer } from './items.ts';
import { LEASE_ENDED } from './lease.ts';
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

/** The batch item holds so much of Message: it is billed whole at every write. */
const LONGEST_MESSAGE = 300;

/**
 * Records what a call led to, under the claim that made it. `not-sent` puts the batch back to wait, or rejects it once no attempt
 * would fall into the job's validity. An answer that comes after the lease ran out still counts; after a settlement it is kept
 * as evidence.
 * @returns the batch as written, or `undefined` when somebody had settled it before the answer came
 * @param phones the batch's phones, to count those that the provider names in ErrorPhones
 */
export async function recordOutcome(
  context: JobContext,
  claimed: ClaimedBatch,
  job: Pick<JobItem, 'notAfter'>,
  outcome: Outcome,
  phones: readonly string[],
): Promise<BatchItem | undefined> {
  if (outcome.root) await putAnswer(context, claimed, outcome.root);
  const ending = outcome.kind === 'not-sent' ? endNotSent(context, claimed, job, outcome) : endSent(outcome, phones);
  const ended = await endClaim(context, claimed, ending);
  if (!ended && outcome.kind !== 'not-sent') await keepLateAnswer(context, claimed, outcome);
  return ended;
}

/** Gives a claimed batch back before anything was sent. */
export async function releaseBatch(context: JobContext, claimed: ClaimedBatch, hold: Hold): Promise<BatchItem | undefined> {
  const { becomes: state, event, detail, notBefore } = hold;
  const reason = state === 'rejected' ? detail : undefined;
  return endClaim(context, claimed, { state, event, detail, set: { notBefore, reason } });
}

/**
 * Ends a claim if it is still the one that the batch names and nobody has settled it. The sweep may have called the batch
 * unknown meanwhile: that gives way to what is known.
 * @returns the batch as written, or `undefined` when the claim was no longer ours to end
 */
async function endClaim(context: JobContext, claimed: ClaimedBatch, ending: Ending): Promise<BatchItem | undefined> {
  const key = batchKey(claimed.jobId, claimed.batch);
  let seen: BatchItem = claimed;
  while (statesBefore(ending.state).includes(seen.state) || seen.state === ending.state) {
    const timeline = withEntry(seen.timeline, { at: context.now(), event: ending.event, detail: ending.detail });
    const change: Change = {
      set: { ...ending.set, state: ending.state, timeline },
      remove: ['sendBy', 'leaseEnd', ...(ending.remove ?? [])],
    };
    const conditions = [is('state', seen.state), is('claim', claimed.claim), is('try', claimed.try)];
    const written = await context.table.update<BatchItem>(key, change, conditions);
    if (written) return written;
    const found = await context.table.get<BatchItem>(key);
    if (found?.claim !== claimed.claim || found.try !== claimed.try) return undefined;
    if (found.state === seen.state || found.settlement?.try === claimed.try) return undefined;
    if (found.state === ending.state && found.code !== LEASE_ENDED) return found;
    seen = found;
  }
  return undefined;
}

function endSent(outcome: Exclude<Outcome, { kind: 'not-sent' }>, phones: readonly string[]): Ending {
  const { kind: state, code, httpStatus, reason, retCode, message } = outcome;
  const errorPhones = outcome.kind === 'accepted' ? countErrorPhones(outcome.root, phones) : undefined;
  const set = { code, httpStatus, reason, retCode, message: message?.slice(0, LONGEST_MESSAGE) ?? null, errorPhones };
  return { state, event: state, detail: reason, set, remove: ['notBefore'] };
}

function endNotSent(
  { now, random }: Pick<JobContext, 'now' | 'random'>,
  claimed: ClaimedBatch,
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

async function putAnswer(context: JobContext, claimed: ClaimedBatch, answer: CustomSendReturn): Promise<void> {
  const { jobId, batch, claim, expiresAt } = claimed;
  await context.table.put<AnswerItem>({ ...answerKey(jobId, batch, claimed.try), claim, answer, expiresAt });
}

/** Only of a settled try: where merely another claim of this try has followed, the outcome had been recorded before. */
async function keepLateAnswer(context: JobContext, claimed: ClaimedBatch, outcome: Outcome): Promise<void> {
  const found = await context.table.get<BatchItem>(batchKey(claimed.jobId, claimed.batch));
  if (!found || (found.try === claimed.try && found.settlement?.try !== claimed.try)) return;
  const lateAnswer: LateAnswer = { at: context.now(), try: claimed.try, outcome: outcome.kind, code: outcome.code };
  await context.table.update(batchKey(claimed.jobId, claimed.batch), { set: { lateAnswer } }, [
    isOneOf('state', BATCH_STATES),
    isAbsent('lateAnswer'),
  ]);
}
