import type { JobContext } from '../job/context.ts';
import { type Lookup, lookUp, make, type SendRequest } from '../job/create-job.ts';
import { newJobId } from '../job/id.ts';
import type { BatchingSnapshot, JobItem } from '../job/items.ts';
import type { Payload } from '../message/message.ts';
import { phonesOf, recipientCount } from '../message/message.ts';
import { normalisePhone } from '../message/phone.ts';
import { addFieldErrors, type FieldErrors, type Problem } from '../problem/field-error.ts';
import { invalidRequest, ProblemError } from '../problem/problem.ts';
import { type BatchingRules, splitIntoBatches, TooLargeError } from './batching.ts';
import { hashOf } from './body-hash.ts';
import { type CheckedRequest, checkRequest, type SendRules } from './check-request.ts';
import { durationMilliseconds } from './duration.ts';
import { isStrings, MOST_RECIPIENTS, parseBody, type SendRequestBody } from './request-schema.ts';
import { quietAt, quietProblem, timeProblems } from './send-time.ts';

/** A request to send, as it came in. */
export interface IncomingRequest {
  caller: string;
  /** The caller's Idempotency-Key. */
  key: string;
  /** The parsed JSON body. */
  body: unknown;
}

/** A job, and whether this very request made it: then it is this one's to send. */
export interface AcceptedRequest {
  job: JobItem;
  made: boolean;
}

const LONGEST_KEY = 255;
/** So many of the removed recipients are listed with their places; all are counted. */
const LISTED_REMOVED = 100;

/**
 * Steps a request into a job: the same key and body always give the same job, looked up before every check that depends on time
 * or settings. @throws ProblemError; then nothing was stored or sent
 */
export async function acceptRequest(context: JobContext, rules: SendRules, request: IncomingRequest): Promise<AcceptedRequest> {
  const { caller, key } = request;
  checkKey(key);
  const body = parseRequest(rules, request.body);
  const hash = hashOf(body);
  const lookup = await lookUp(context, caller, key, hash);
  if (lookup.kind !== 'free') return { job: sealedJob(lookup), made: false };

  const checked = checkAgainst(rules, body, context.now());
  const fresh = newSnapshot(context, rules);
  const batches = batchRequest(fresh, body, checked);
  const order: SendRequest = {
    ...{ caller, key, hash, batching: fresh, message: checked.message, smsType: body.smsType, postFixNumber: body.postFixNumber },
    time: checked.time,
    removed: listRemoved(checked.removed),
    validFor: body.validFor === undefined ? undefined : durationMilliseconds(body.validFor),
    retentionDays: rules.limits.retentionDays,
    dailyLimit: rules.limits.maxRecipientsPerDay,
    cut: (batching) => (batching === fresh ? batches : batchRequest(batching, body, checked)),
  };
  const made = await make(context, order, lookup.seen);
  return 'made' in made ? made : { job: sealedJob(made), made: false };
}

/** @throws ProblemError when an idempotency key cannot be used */
export function checkKey(key: string): void {
  if (key.length >= 1 && key.length <= LONGEST_KEY) return;
  throw new ProblemError('idempotency-key-missing', `An idempotency key must hold 1 to ${LONGEST_KEY} characters.`);
}

/**
 * Reads a body, and checks its shape.
 * @throws ProblemError that names every wrong place: a wrong field beside the message does not hide what is wrong with the message
 */
export function parseRequest(rules: SendRules, body: unknown): SendRequestBody {
  const recipients = (body as { recipients?: unknown } | null)?.recipients;
  if (Array.isArray(recipients) && recipients.length > MOST_RECIPIENTS) {
    throw tooMany(recipients.length);
  }
  const parsed = parseBody(body);
  if ('order' in parsed) return parsed.order;
  const rest = parseBody(withoutFields(body, parsed.problems));
  const list: FieldErrors = { ...parsed };
  if ('order' in rest) addFieldErrors(list, checkRequest(rules, rest.order).problems);
  throw invalidRequest(list.problems, list.furtherProblems);
}

/** A body without its wrong fields. The message's own are left: without them it would be another message; those of its time go together. */
function withoutFields(body: unknown, problems: readonly Problem[]): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const wrong = new Set(problems.map(({ place }) => place.split(/[.[]/)[0]));
  if (TIME_FIELDS.some((name) => wrong.has(name))) for (const name of TIME_FIELDS) wrong.add(name);
  return Object.fromEntries(Object.entries(body).filter(([name]) => !wrong.has(name) || MESSAGE_FIELDS.has(name)));
}

const TIME_FIELDS = ['sendTime', 'timeZone', 'scheduler', 'validFor'];
const MESSAGE_FIELDS = new Set(['pattern', 'defaultDetail', 'recipients', 'phones', 'details']);

/** Checks a request that is accepted now. @throws ProblemError that names every wrong place */
function checkAgainst(rules: SendRules, body: SendRequestBody, now: number): CheckedRequest {
  const checked = checkRequest(rules, body);
  expectTime(rules, body.smsType, checked, now);
  return checked;
}

/** Holds the time of a request against what was wrong before, the time now and the quiet hours. @throws ProblemError */
export function expectTime(
  { limits }: Pick<SendRules, 'limits'>,
  smsType: number,
  { time, problems, furtherProblems }: Pick<CheckedRequest, 'time' | 'problems' | 'furtherProblems'>,
  now: number,
): void {
  const list: FieldErrors = { problems: [...problems], furtherProblems };
  if (time) addFieldErrors(list, timeProblems(time, now));
  if (list.problems.length > 0) throw invalidRequest(list.problems, list.furtherProblems);
  const quiet = quietAt(limits.quietHours, smsType, time, now);
  if (quiet) throw quietProblem(quiet, now);
}

/** The rules in force now, as a job keeps them. */
export function newSnapshot(context: JobContext, { limits, dialect, protocol }: SendRules): BatchingSnapshot {
  const createdAt = context.now();
  const { phonesPerCall, requestBytes } = limits;
  return { jobId: newJobId(createdAt), createdAt, phonesPerCall, requestBytes, protocol, dialect };
}

/** Cuts a checked request into batches. @throws ProblemError when something fits into no call */
export function batchRequest(rules: BatchingRules, body: SendRequestBody, { message, payload }: CheckedRequest): Payload[] {
  const { smsType, postFixNumber } = body;
  const count = recipientCount(payload);
  if (count > MOST_RECIPIENTS) throw tooMany(count);
  try {
    return splitIntoBatches(rules, { message, smsType, postFixNumber }, payload);
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    if (payload.form === 'strings') {
      throw new ProblemError('too-many-recipients', 'These strings do not fit into one call, and cannot be taken apart.');
    }
    const detail = `This recipient does not fit into one call by ${rules.protocol}.`;
    throw invalidRequest([{ place: placeOf(body, phonesOf(payload)[error.index]), code: 'does-not-fit', detail }]);
  }
}

/** The place in the request of a recipient with this phone: the first, since the others were removed. */
function placeOf(body: SendRequestBody, phone: string | undefined): string {
  if (isStrings(body)) return 'phones';
  return `recipients[${body.recipients.findIndex((written) => normalisePhone(typeof written === 'string' ? written : written.phone) === phone)}]`;
}

function tooMany(count: number): ProblemError {
  return new ProblemError('too-many-recipients', `One request takes ${MOST_RECIPIENTS} recipients; this one has ${count}.`);
}

/** Recipients that were left out, as a job keeps them. */
export function listRemoved(removed: CheckedRequest['removed']): JobItem['removed'] {
  if (removed.length === 0) return undefined;
  return { count: removed.length, places: removed.slice(0, LISTED_REMOVED).map(({ place, firstPlace }) => ({ place, firstPlace })) };
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
      throw new ProblemError('daily-limit-reached', "The day's limit of recipients leaves no room for this request. Nothing was sent.");
    case 'making':
      throw new ProblemError('idempotency-key-in-use', 'A request with this key is being worked on. Ask again with the same key.', {
        retryAfter: lookup.retryAfterSeconds,
      });
    case 'free':
      throw new ProblemError('idempotency-key-in-use', 'Another request with this key was faster. Ask again with the same key.', {
        retryAfter: 1,
      });
  }
}
