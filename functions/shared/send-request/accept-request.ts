import type { JobContext } from '../job/context.ts';
import { createJob } from '../job/create-job.ts';
import type { CreatingJob, JobItem } from '../job/job-item.ts';
import { type Lookup, lookUp } from '../job/look-up-key.ts';
import type { SendRequest } from '../job/new-job.ts';
import { describeReached, type ReachedLimit } from '../job/quota.ts';
import { ProblemError } from '../problem/problem.ts';
import { hashOf } from './body-hash.ts';
import { dailyLimitsOf, rulesFor } from './caller-rules.ts';
import type { SendRules } from './check-request.ts';
import { newSnapshot, parseRequest, prepareRequest } from './prepare-request.ts';
import type { SendRequestBody } from './request-schema.ts';

/** A request to send, as it came in. */
export interface IncomingRequest {
  caller: string;
  /** The caller's Idempotency-Key. */
  key: string;
  /** The parsed JSON body. */
  body: unknown;
  /** What the key stands for, where that is not the body: SHA-256, hexadecimal. */
  hash?: string;
  /** The job whose recipients it sends to again. */
  resendOf?: string;
}

/** A job, and whether this very request made it: then it is this one's to send. */
export interface AcceptedRequest {
  job: JobItem;
  made: boolean;
}

const LONGEST_KEY = 255;

/** A request to send whose body has been read: what its key stands for can be looked up. */
export interface ReadRequest {
  caller: string;
  key: string;
  hash: string;
  body: SendRequestBody;
  resendOf?: string | undefined;
}

/** Reads a request, before anything is looked up. @throws ProblemError that names every wrong place */
export function readIncoming(rules: SendRules, { caller, key, body: written, hash, resendOf }: IncomingRequest): ReadRequest {
  checkKey(key);
  const body = parseRequest(rulesFor(rules, caller), written);
  return { caller, key, hash: hash ?? hashOf(body), body, resendOf };
}

/**
 * Checks and batches a request whose key is free. A request that was cut off before is prepared again by the rules of then, so that it
 * gives the same batches. @throws ProblemError that names every wrong place
 */
export function toSendRequest(
  stage: SendRules,
  { caller, key, hash, body, resendOf }: ReadRequest,
  seen: CreatingJob | undefined,
  now: number,
): SendRequest {
  const rules = rulesFor(stage, caller);
  const { retentionDays } = rules.limits;
  const prepared = prepareRequest(rules, seen?.snapshot ?? newSnapshot(rules, now), body, now);
  return { ...prepared, caller, key, hash, resendOf, retentionDays, dailyLimits: dailyLimitsOf(stage, caller) };
}

/**
 * Makes a job of a request: the same key and body always give the same job, looked up before every check that depends on time or settings.
 * @throws ProblemError; then nothing was stored or sent
 */
export async function acceptRequest(context: JobContext, rules: SendRules, request: IncomingRequest): Promise<AcceptedRequest> {
  const read = readIncoming(rules, request);
  const lookup = await lookUp(context, read.caller, read.key, read.hash);
  if (lookup.kind !== 'free') return { job: sealedJob(lookup), made: false };
  const created = await createJob(context, toSendRequest(rules, read, lookup.seen, context.now()), lookup.seen);
  return 'made' in created ? created : { job: sealedJob(created), made: false };
}

/** @throws ProblemError when an idempotency key cannot be used */
export function checkKey(key: string): void {
  if (key.length >= 1 && key.length <= LONGEST_KEY) return;
  throw new ProblemError('idempotency-key-missing', `An idempotency key must hold 1 to ${LONGEST_KEY} characters.`);
}

/** The job that a key stands for. @throws ProblemError when it stands for none that this request may have */
export function sealedJob(lookup: Lookup): JobItem {
  switch (lookup.kind) {
    case 'sealed':
      return lookup.job;
    case 'conflict':
      throw new ProblemError('idempotency-key-reused', 'This Idempotency-Key was used with another body. A new request needs a new key.');
    case 'spent':
      throw new ProblemError('idempotency-key-spent', 'The request of this key was cut off long ago. Nothing was sent; use a new key.');
    case 'over-limit':
      throw dailyLimitReached(lookup.limit);
    case 'creating':
      throw new ProblemError('idempotency-key-in-use', 'A request with this key is being worked on. Ask again with the same key.', {
        retryAfter: lookup.retryAfterSeconds,
      });
    case 'free':
      throw new ProblemError('idempotency-key-in-use', 'Another request with this key was faster. Ask again with the same key.', {
        retryAfter: 1,
      });
  }
}

/** The problem of a request for which a day's limit leaves no room: which, and until when. */
function dailyLimitReached(limit: ReachedLimit): ProblemError {
  const retryAfter = Math.max(1, Math.ceil((limit.until - Date.now()) / 1_000));
  return new ProblemError('daily-limit-reached', describeReached(limit), {
    retryAfter,
    nextAllowedTime: new Date(limit.until).toISOString(),
  });
}
