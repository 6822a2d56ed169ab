import { limiterKey } from '../dynamodb/keys.ts';
import type { SendingBatch } from '../job/batch-item.ts';
import { isPausedIn, preconditionKeys } from '../job/claim.ts';
import { type Created, createSole } from '../job/create-job.ts';
import { jobIdOf } from '../job/job-id.ts';
import type { CreatingJob, DueJob, JobItem } from '../job/job-item.ts';
import type { JobWithBatches } from '../job/job-table.ts';
import { type Lookup, lookUpIn } from '../job/look-up-key.ts';
import { newClaimedBatch, type SendRequest, soleBatch } from '../job/new-job.ts';
import { releaseBatch } from '../job/record-outcome.ts';
import type { Payload } from '../message/message.ts';
import { writeCall } from '../message/write-call.ts';
import { callClaimed } from './call-claimed.ts';
import { type LimiterItem, type Permit, type Refusal, takePermit } from './rate-limiter.ts';
import { finish } from './send-batch.ts';
import type { Sender, TimeBudget } from './sender.ts';

/** What one look at the table says before a request to send becomes a job: its key, whether it may be sent now, and the limiter. */
export interface Look {
  lookup: Lookup;
  paused: boolean;
  limiter: LimiterItem | undefined;
}

/** Reads all that a request to send depends on, in one request. */
export async function lookBeforeSending(
  { context }: Pick<Sender, 'context'>,
  { caller, key, hash }: Pick<SendRequest, 'caller' | 'key' | 'hash'>,
): Promise<Look> {
  const keys = [...preconditionKeys(jobIdOf(caller, key), caller), limiterKey];
  const items = await context.table.getMany<{ pk: string; sk: string; paused?: boolean }>(keys);
  const bySort = (sk: string) => items.find((item) => item.sk === sk);
  const lookup = lookUpIn(bySort('JOB'), hash, context.now());
  return { lookup, paused: isPausedIn(items), limiter: bySort(limiterKey.sk) as LimiterItem | undefined };
}

/** A job that this request created and tried to send. What went wrong is not the caller's to repeat: the sweep takes it up. */
export interface Sent extends JobWithBatches {
  made: true;
  failure?: Error;
}

/**
 * Sends a request of one batch whose recipients are short, now: one write creates the job with its batch already claimed, beside the one that
 * takes the slot; one write records the outcome and ends the job. A crash between them leaves a claimed batch whose lease runs out, as
 * everywhere.
 * @returns the job as this request left it, with what went wrong after it was created; what its key stands for, when another request was
 * first; `undefined` when it cannot be called now: then nothing was written, and the job is to be created waiting
 * @throws Error when it is not known whether the job was created
 */
export async function sendNow(
  sender: Sender,
  request: SendRequest,
  payload: string,
  look: Look & { seen: CreatingJob | undefined },
  budget: TimeBudget,
): Promise<Sent | Lookup | undefined> {
  const { context } = sender;
  const [recipients] = request.batches;
  if (!recipients || look.paused) return undefined;
  const token = await sender.token();
  // Nothing is sent before the provider's token is set.
  if (token === undefined) return undefined;
  const early = isFree(look.limiter, sender, context.now()) ? undefined : await takePermit(context, sender.callLimits, budget.permitWait);
  if (early && !('end' in early)) return undefined;
  const claimed = newClaimedBatch(context, soleBatch(context, request));
  const [permit, created] = await Promise.all([
    early ?? takePermit(context, sender.callLimits, budget.permitWait, { limiter: look.limiter }).catch(() => REFUSED),
    createSole(context, request, payload, claimed, look.seen).catch((error: unknown) => error),
  ]);
  if (!isCreated(created)) {
    await giveBack(permit);
    if (isLookup(created)) return created;
    throw created;
  }
  const job = created.job as DueJob;
  const lost = (failure: Error): Sent => ({ made: true, job, batches: [claimed], failure });
  return callCreated(sender, job, claimed, { recipients, permit, token, deadline: budget.deadline }).catch(lost);
}

const REFUSED: Refusal = { until: 0, reason: 'slots' };

interface CreatedCall {
  recipients: Payload;
  permit: Permit | Refusal;
  token: string;
  deadline: number;
}

async function callCreated(
  sender: Sender,
  job: JobItem,
  claimed: SendingBatch,
  { recipients, permit, token, deadline }: CreatedCall,
): Promise<Sent> {
  const { context } = sender;
  const granted = 'end' in permit;
  const left = granted
    ? await callClaimed(sender, job, claimed, {
        call: writeCall(sender.dialect, job, recipients, token),
        payload: recipients,
        permit,
        deadline,
      })
    : await releaseBatch(context, claimed, job, {
        becomes: 'waiting',
        event: 'no free slot',
        notBefore: Math.max(permit.until, context.now()),
      });
  if (left) await finish(sender, job, left);
  return { made: true, job: left?.job ?? job, batches: [left?.batch ?? claimed] };
}

/** Whether a slot looks free and the breaker closed: then slot and job are written side by side. */
function isFree(limiter: LimiterItem | undefined, { callLimits }: Sender, now: number): boolean {
  if (!limiter) return true;
  if ((limiter.failures ?? 0) > 0 && limiter.openUntil !== undefined) return false;
  return Array.from({ length: callLimits.maxConcurrentCalls }, (_, index) => limiter[`slot${index}`] ?? 0).some((until) => until <= now);
}

async function giveBack(permit: Permit | Refusal): Promise<void> {
  if ('end' in permit) await permit.end().catch(() => undefined);
}

function isCreated(created: unknown): created is Created {
  return typeof created === 'object' && created !== null && 'made' in created;
}

function isLookup(created: unknown): created is Lookup {
  return typeof created === 'object' && created !== null && 'kind' in created;
}
