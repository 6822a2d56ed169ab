import type { Protocol } from '../customsend/call.ts';
import type { BatchingSnapshot } from '../job/batch-item.ts';
import type { JobItem, SendTime } from '../job/job-item.ts';
import type { Message, Payload } from '../message/message.ts';
import { normalisePhone } from '../message/phone.ts';
import { addFieldErrors, type FieldErrors } from '../problem/field-error.ts';
import { invalidRequest, ProblemError } from '../problem/problem.ts';
import { splitAudience } from './batcher.ts';
import { type BatchingRules, TooLargeError } from './batching.ts';
import { type Audience, type CheckedRequest, checkRequest, type SendRules } from './check-request.ts';
import { durationMilliseconds } from './duration.ts';
import { parseBody } from './parse-body.ts';
import { isStrings, MOST_RECIPIENTS, type SendRequestBody } from './request-schema.ts';
import { quietAt, quietProblem, timeProblems } from './send-time.ts';

/**
 * A request that has been parsed, checked and batched: all that its job will be, as values. Nothing of it is read, checked or
 * encoded again until a batch is sent.
 */
export interface PreparedRequest {
  message: Message;
  smsType: number;
  postFixNumber: string;
  /** The caller's own name for it. */
  reference?: string | undefined;
  /** When it is to be sent; at once without it. */
  time?: SendTime | undefined;
  /** How late it may go out, in milliseconds from when it is due. */
  validFor?: number | undefined;
  /** Recipients that were left out because they stand in the request before, with the same text. */
  removed?: JobItem['removed'];
  /** The payloads of the calls, in order; each is one batch. */
  batches: readonly Payload[];
  /** The rules by which the batches were made. The same rules and request always give the same batches. */
  snapshot: BatchingSnapshot;
  /** The binding of this job's calls, where the stage's own cannot carry them. */
  protocol?: Protocol | undefined;
}

/** How many of the removed recipients are listed with their places; all are counted. */
const LISTED_REMOVED = 100;

/**
 * Reads a body, and checks its shape.
 * @throws ProblemError that names every wrong place, those of a message that can be read in spite of them too
 */
export function parseRequest(rules: SendRules, body: unknown): SendRequestBody {
  const recipients = (body as { recipients?: unknown } | null)?.recipients;
  if (Array.isArray(recipients) && recipients.length > MOST_RECIPIENTS) throw tooMany(recipients.length);
  const { body: parsed, errors, isMessageless } = parseBody(body);
  if (parsed && errors.problems.length === 0) return parsed;
  if (parsed) {
    const { problems, furtherProblems } = checkRequest(rules, parsed);
    addFieldErrors(errors, isMessageless ? problems.filter(({ place }) => place !== 'pattern') : problems);
    errors.furtherProblems += furtherProblems;
  }
  throw invalidRequest(errors.problems, errors.furtherProblems);
}

/**
 * Checks a parsed request and divides it into batches, each once. Pure: nothing is stored or sent.
 * @param snapshot the rules in force when its key was first seen; they decide how it is encoded and batched
 * @param now epoch milliseconds
 * @throws ProblemError that names every wrong place
 */
export function prepareRequest(rules: SendRules, snapshot: BatchingSnapshot, body: SendRequestBody, now: number): PreparedRequest {
  return prepareChecked(rules, snapshot, body, checkRequest(underSnapshot(rules, snapshot), body), now);
}

/** The rest of `prepareRequest`, for a request that has been checked. @throws ProblemError */
export function prepareChecked(
  rules: SendRules,
  snapshot: BatchingSnapshot,
  body: SendRequestBody,
  checked: CheckedRequest,
  now: number,
): PreparedRequest {
  expectTime(rules, body.smsType, checked, now);
  const { smsType, postFixNumber } = body;
  const { message, time, removed } = checked;
  const validFor = body.validFor === undefined ? undefined : durationMilliseconds(body.validFor);
  const batches = batchRequest(snapshot, body, checked);
  expectCalls(rules.limits, batches.length, isStrings(body) ? 'phones' : 'recipients');
  return { message, smsType, postFixNumber, reference: body.reference, time, validFor, removed: listRemoved(removed), batches, snapshot };
}

/** The rules as they were when a key was first seen: what decides how a job is encoded and batched does not change under it. */
function underSnapshot(rules: SendRules, { dialect, protocol }: BatchingSnapshot): SendRules {
  return { ...rules, dialect, protocol };
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

/** The rules in force now (epoch milliseconds), as a job keeps them. */
export function newSnapshot({ limits, dialect, protocol }: SendRules, now: number): BatchingSnapshot {
  const { phonesPerCall, requestBytes } = limits;
  return { createdAt: now, phonesPerCall, requestBytes, protocol, dialect };
}

/** Divides a checked request into batches. @throws ProblemError when something fits into no call */
function batchRequest(rules: BatchingRules, body: SendRequestBody, { message, audience }: CheckedRequest): Payload[] {
  const { smsType, postFixNumber } = body;
  const count = countOf(audience);
  if (count > MOST_RECIPIENTS) throw tooMany(count);
  try {
    return splitAudience(rules, { message, smsType, postFixNumber }, audience);
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    if (audience.form === 'strings') {
      throw new ProblemError('too-many-recipients', 'These strings do not fit into one call, and cannot be taken apart.');
    }
    const detail = `This recipient does not fit into one call by ${rules.protocol}.`;
    const place = placeOf(body, audience.recipients[error.index]?.recipient.phone);
    throw invalidRequest([{ place, code: 'does-not-fit', detail }]);
  }
}

/** How many recipients a request has, without those that were left out. */
export function countOf(audience: Audience): number {
  return audience.form === 'strings' ? audience.phones.length : audience.recipients.length;
}

/** Each text of its own takes a call of its own, where the provider does not fill it in: a stage may bound how many. @throws ProblemError */
function expectCalls({ callsPerJob }: SendRules['limits'], calls: number, place: string): void {
  if (callsPerJob === null || calls <= callsPerJob) return;
  throw invalidRequest([{ place, code: 'too-many-calls', detail: tooManyCalls(calls, callsPerJob) }]);
}

/** Why a job is refused that takes more calls than its stage makes for one. */
export function tooManyCalls(calls: number, most: number): string {
  return `This takes ${calls} calls of the provider, and this stage makes ${most} at most for one job.`;
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
