import type { Problem } from './field-error.ts';

/** Every type of problem that callers can meet: its HTTP status, its title, and whether the same request may succeed later. */
export const PROBLEM_TYPES = {
  'invalid-json': { status: 400, title: 'The body is not JSON.', retry: false },
  'invalid-request': { status: 400, title: 'The request has fields that cannot be used.', retry: false },
  'unknown-parameter': { status: 400, title: 'A query parameter is unknown or repeated.', retry: false },
  'unexpected-body': { status: 400, title: 'This operation takes no body.', retry: false },
  'unexpected-precondition': { status: 400, title: 'This operation takes no such precondition.', retry: false },
  'idempotency-key-missing': { status: 400, title: 'The idempotency key is missing or malformed.', retry: false },
  'not-signed': { status: 401, title: 'The request is not signed.', retry: false },
  'not-allowed': { status: 403, title: 'The caller may not do this.', retry: false },
  'credentials-refused': { status: 401, title: 'The key or token is not valid.', retry: false },
  'scope-missing': { status: 403, title: 'The caller lacks a scope.', retry: false },
  'caller-unknown': { status: 403, title: 'The request does not name its caller.', retry: false },
  'source-not-allowed': { status: 403, title: 'No requests are taken from this source of events.', retry: false },
  'not-found': { status: 404, title: 'There is no such thing.', retry: false },
  'method-not-allowed': { status: 405, title: 'This address does not take the method.', retry: false },
  'not-settleable': { status: 409, title: 'These batches are not unknown, or were settled otherwise.', retry: false },
  'too-early': { status: 409, title: 'A function may still be at work on it.', retry: true },
  'not-reschedulable': { status: 409, title: 'The time of this job can no longer be changed.', retry: false },
  'idempotency-key-in-use': { status: 409, title: 'A request with this key is being worked on.', retry: true },
  'idempotency-key-spent': { status: 409, title: 'The job of this key was never finished, and never will be.', retry: false },
  'revision-changed': { status: 412, title: 'The job has changed since this revision.', retry: false },
  'body-too-large': { status: 413, title: 'The body is too large.', retry: false },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json.', retry: false },
  'not-resendable': { status: 409, title: 'The recipients of this job cannot be sent to again one by one.', retry: false },
  'nothing-to-resend': { status: 409, title: 'No recipient of the job has one of these outcomes.', retry: false },
  'idempotency-key-reused': { status: 422, title: 'This key was used with another body.', retry: false },
  'file-refused': { status: 422, title: 'The file of recipients cannot be sent to.', retry: false },
  'quiet-hours': { status: 422, title: 'The time falls into quiet hours.', retry: false },
  'quiet-now': { status: 422, title: 'These are quiet hours.', retry: true },
  'too-many-recipients': { status: 422, title: 'The recipients do not fit.', retry: false },
  'daily-limit-reached': { status: 429, title: 'No more recipients today.', retry: true },
  'caller-rate-reached': { status: 429, title: 'The caller makes too many requests.', retry: true },
  'too-many-requests': { status: 429, title: 'More requests come than this stage takes.', retry: true },
  'internal-error': { status: 500, title: 'Something went wrong on our side.', retry: true },
  'no-answer': { status: 502, title: 'The service failed to answer.', retry: true },
  unavailable: { status: 503, title: 'The service cannot store anything at the moment.', retry: true },
  'answer-too-late': { status: 504, title: 'The service did not answer in time.', retry: true },
} as const;
export type ProblemType = keyof typeof PROBLEM_TYPES;

/** Where the documentation explains the problems, below the address of the API. */
export const PROBLEM_PAGE = '/docs/problems';

/** An RFC 9457 problem document. `retry` says whether the same request, with the same key, may succeed later. */
export interface ProblemDocument {
  /** The section of the documentation that explains it, relative to the address of the API. Over HTTP the whole address stands here. */
  type: string;
  code: ProblemType;
  title: string;
  status: number;
  detail: string;
  retry: boolean;
  /** Every wrong place at once; at most 100, `furtherErrors` counts the rest. */
  errors?: readonly Problem[];
  furtherErrors?: number;
  /** RFC 3339: the first moment outside of the quiet hours. */
  nextAllowedTime?: string;
}

/** What a problem document may say beside its type and detail. */
type More = Pick<ProblemDocument, 'errors' | 'furtherErrors' | 'nextAllowedTime'>;

/** A problem that the caller is told about. Nothing was sent or stored for the request. */
export class ProblemError extends Error {
  readonly document: ProblemDocument;
  /** Seconds after which to try again, where that is known. */
  readonly retryAfter: number | undefined;
  /** Headers that HTTP asks for beside the document, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemType, detail: string, more: More & { retryAfter?: number; headers?: Record<string, string> } = {}) {
    super(`${code}: ${detail}`);
    this.name = 'ProblemError';
    const { errors, furtherErrors, nextAllowedTime, retryAfter, headers = {} } = more;
    this.document = {
      type: `${PROBLEM_PAGE}#${code}`,
      code,
      ...PROBLEM_TYPES[code],
      detail,
      ...(errors && { errors }),
      ...(furtherErrors && { furtherErrors }),
      ...(nextAllowedTime && { nextAllowedTime }),
    };
    this.retryAfter = retryAfter;
    this.headers = headers;
  }
}

/** The problem of a request with wrong fields. */
export function invalidRequest(errors: readonly Problem[], furtherErrors = 0): ProblemError {
  const count = errors.length + furtherErrors;
  const detail = count === 1 ? `${errors[0]?.place}: ${errors[0]?.detail}` : `${count} places are wrong; nothing was sent.`;
  return new ProblemError('invalid-request', detail, { errors, furtherErrors });
}
