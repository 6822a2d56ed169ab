import { PROBLEM_TYPES, type ProblemType } from '../shared/problem/problem.ts';

/** Problems that routes answer alike, by the name that the description gives them. Those of one name share a status. */
const PROBLEM_RESPONSES = {
  BadQuery: ['invalid-request', 'unknown-parameter', 'unexpected-body', 'unexpected-precondition'],
  BadBody: ['invalid-json', 'invalid-request', 'unknown-parameter', 'unexpected-precondition'],
  BadSend: ['invalid-json', 'invalid-request', 'idempotency-key-missing', 'unknown-parameter', 'unexpected-precondition'],
  NotFound: ['not-found'],
  KeyInUse: ['idempotency-key-in-use', 'idempotency-key-spent'],
  NotResendable: ['idempotency-key-in-use', 'idempotency-key-spent', 'nothing-to-resend', 'not-resendable'],
  NotReschedulable: ['not-reschedulable'],
  NotSettleable: ['not-settleable', 'too-early'],
  TooEarly: ['too-early'],
  RevisionChanged: ['revision-changed'],
  NotSendable: ['idempotency-key-reused', 'quiet-hours', 'quiet-now', 'too-many-recipients'],
  QuietHours: ['quiet-hours'],
  TooManyRecipients: ['too-many-recipients'],
  OverLimit: ['daily-limit-reached', 'too-many-requests'],
  /** What any route may answer, or any that takes a body, whatever the status. */
  Other: [
    ...([
      'not-signed',
      'credentials-refused',
      'not-allowed',
      'scope-missing',
      'caller-unknown',
      'method-not-allowed',
      'body-too-large',
    ] as const),
    ...(['unsupported-media-type', 'too-many-requests', 'caller-rate-reached'] as const),
    ...(['internal-error', 'no-answer', 'unavailable', 'answer-too-late'] as const),
  ],
} as const satisfies Record<string, readonly ProblemType[]>;
export type ProblemResponse = keyof typeof PROBLEM_RESPONSES;

/** The problems of a route by their status. @param own those that not every route has */
export function problemResponsesOf(own: readonly ProblemResponse[]): Record<string, object> {
  const responses = own.map((name) => [String(PROBLEM_TYPES[PROBLEM_RESPONSES[name][0]].status), response(name)]);
  return { ...Object.fromEntries(responses), default: response('Other') };
}

/** The components of the description: each response with the codes that it may have. */
export function problemComponents(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(PROBLEM_RESPONSES).map(([name, codes]) => {
      const retry = codes.some((code) => PROBLEM_TYPES[code].retry);
      const status = (code: ProblemType) => (name === 'Other' ? ` (${PROBLEM_TYPES[code].status})` : '');
      return [
        name,
        {
          description: codes.map((code) => `\`${code}\`${status(code)}`).join(', '),
          ...(retry && { headers: { 'Retry-After': header('RetryAfter') } }),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ];
    }),
  );
}

/** A header of an answer, by its name in the description. */
export function header(name: string): object {
  return { $ref: `#/components/headers/${name}` };
}

function response(name: ProblemResponse): object {
  return { $ref: `#/components/responses/${name}` };
}
