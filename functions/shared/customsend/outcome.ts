import type { AnswerContent } from './answer-content.ts';
import type { CustomSendReturn } from './call.ts';
import type { EncodingProblem } from './encodability.ts';

/** Nothing of the request left this machine, or a status promises that nothing was sent. */
export type NotSentCode =
  | 'dns'
  | 'refused'
  | 'tls'
  | 'connect-timeout'
  | 'connection-failed'
  | 'signing-failed'
  | 'reader-not-loaded'
  | 'too-late'
  | 'http-status';
type RejectedCode = 'faild' | 'client-fault' | 'http-status' | 'cannot-be-encoded';
export type UnknownCode =
  | 'timeout'
  | 'connection-lost'
  | 'answer-too-large'
  | 'http-status'
  | 'server-fault'
  | AnswerProblem
  | 'unexpected-fault'
  | 'unexpected-ret-code'
  | 'faild-with-job-id';
type AnswerProblem = Exclude<AnswerContent['kind'], 'root' | 'fault'>;

interface Result<Kind, Code, Root> {
  kind: Kind;
  /** Stable; what code and metrics branch on. */
  code: Code;
  /** `null`: no status line came. */
  httpStatus: number | null;
  /** RetCode and Message as they came; of a fault its text as `message`. Provider's words: never logged, they may repeat the request's. */
  retCode: string | null;
  message: string | null;
  root: Root;
  /** One sentence for people, free of phones, text and secrets. */
  reason: string;
}

/** How one call ended. Only `not-sent` may be tried again by code; `unknown` is settled by people. */
export type Outcome =
  | Result<'accepted', 'accepted', CustomSendReturn>
  | Result<'rejected', RejectedCode, CustomSendReturn | null>
  | Result<'not-sent', NotSentCode, null>
  | Result<'unknown', UnknownCode, CustomSendReturn | null>;

/** The request did not leave, for a reason on this side or on the way. */
export function notSent(code: NotSentCode): Outcome {
  return { ...NO_WORDS, kind: 'not-sent', code, httpStatus: null, reason: NOT_SENT_REASONS[code] };
}

/** No status line came after the first byte had left, or an answer that says nothing. */
export function unknown(code: UnknownCode, httpStatus: number | null = null, content?: AnswerContent): Outcome {
  const status = httpStatus === null ? '' : `HTTP ${httpStatus}: `;
  return { ...wordsOf(content), kind: 'unknown', code, httpStatus, reason: `${status}${UNKNOWN_REASONS[code]}` };
}

/** The binding cannot carry the call, so that it never would be accepted: final, though nothing left. */
export function cannotBeEncoded(problems: readonly EncodingProblem[]): Outcome {
  const reason = problems.map((problem) => problem.detail).join(' ');
  return { ...NO_WORDS, kind: 'rejected', code: 'cannot-be-encoded', httpStatus: null, reason };
}

/** No answer, or one that says nothing. */
export const NO_WORDS = { retCode: null, message: null, root: null } as const;

/** What the provider said, of an answer that was read. */
export function wordsOf(content: AnswerContent | undefined): Pick<Outcome & { kind: 'unknown' }, 'retCode' | 'message' | 'root'> {
  if (content?.kind === 'root') return { retCode: content.root.RetCode, message: content.root.Message, root: content.root };
  return content?.kind === 'fault' ? { ...NO_WORDS, message: content.text } : NO_WORDS;
}

const NOT_SENT_REASONS: Record<NotSentCode, string> = {
  dns: "The provider's name could not be resolved; nothing was sent.",
  refused: 'The provider refused the connection; nothing was sent.',
  tls: 'No TLS connection to the provider could be made; nothing was sent.',
  'connect-timeout': 'No connection to the provider in time; nothing was sent.',
  'connection-failed': 'The connection to the provider failed before anything was sent.',
  'signing-failed': 'The request could not be signed; nothing was sent.',
  'reader-not-loaded': 'What reads answers could not be loaded; nothing was sent.',
  'too-late': 'The time for this call was over before its first byte; nothing was sent.',
  'http-status': 'The provider did not take the call.',
};

const UNKNOWN_REASONS: Record<UnknownCode, string> = {
  timeout: 'no complete answer in time; the provider may have sent.',
  'connection-lost': 'the connection was lost after the request had left; the provider may have sent.',
  'answer-too-large': 'the answer is too large to be one; the provider may have sent.',
  'http-status': 'this status does not say whether the provider sent.',
  'server-fault': 'the provider failed while it worked on the call; it may have sent before.',
  'unexpected-fault': 'the fault has no code that says whether the provider sent.',
  'not-decodable': "the answer's bytes are not of its encoding, so it is not known whether the provider sent.",
  'not-xml': 'the answer is no well-formed XML, so it is not known whether the provider sent.',
  'readers-disagree': 'two readers of XML see different answers in it, so it is not known whether the provider sent.',
  'no-root': 'the answer has no ROOT, so it is not known whether the provider sent.',
  'nil-root': "the answer's ROOT is nil, so it is not known whether the provider sent.",
  'invalid-root': "the answer's ROOT contradicts itself, so it is not known whether the provider sent.",
  'unexpected-ret-code': 'RetCode is neither Sucess nor Faild, so it is not known whether the provider sent.',
  'faild-with-job-id': 'the provider says Faild and yet names a job, so it is not known whether it sent.',
};
