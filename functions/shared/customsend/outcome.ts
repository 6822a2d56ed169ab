import type { CustomSendReturn } from './call.ts';
import type { EncodingProblem } from './encodability.ts';
import { type AnswerContent, isXmlMediaType, type RawAnswer, readAnswer, splitList } from './read-answer.ts';

/** Nothing of the request left this machine, or a status promises that nothing was sent. */
export type NotSentCode =
  | 'dns'
  | 'refused'
  | 'tls'
  | 'connect-timeout'
  | 'connection-failed'
  | 'signing-failed'
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

/** What became of one call. Only `not-sent` may be tried again by code; `unknown` is settled by people. */
export type Outcome =
  | Result<'accepted', 'accepted', CustomSendReturn>
  | Result<'rejected', RejectedCode, CustomSendReturn | null>
  | Result<'not-sent', NotSentCode, null>
  | Result<'unknown', UnknownCode, CustomSendReturn | null>;

/** Statuses by which the server says that it did not take the request up. */
const REJECTED_STATUSES: readonly number[] = [400, 401, 403, 404, 405, 413, 414, 415];

/**
 * The only classification of answers: by status, media type, fault code and RetCode, never by a text.
 * @param notSentStatuses what the provider's front guarantees to mean "not sent", beside 429
 * @param lost why the rest of an incomplete answer did not come
 */
export function classifyAnswer(answer: RawAnswer, notSentStatuses: readonly number[], lost: UnknownCode = 'connection-lost'): Outcome {
  const { status } = answer;
  if (status === 429 || notSentStatuses.includes(status)) {
    return {
      ...NO_WORDS,
      kind: 'not-sent',
      code: 'http-status',
      httpStatus: status,
      reason: `HTTP ${status}: the provider did not take the call.`,
    };
  }
  const content = answer.complete ? readContent(answer) : undefined;
  if (REJECTED_STATUSES.includes(status)) {
    const words = wordsOf(content);
    return {
      ...words,
      kind: 'rejected',
      code: 'http-status',
      httpStatus: status,
      reason: `HTTP ${status}: the provider refused the request.`,
    };
  }
  if (!content) return unknown(lost, status);
  if (status === 408 || (status >= 300 && status < 400)) return unknown('http-status', status, content);
  if (content.kind === 'fault') return classifyFault(content, status);
  if (status !== 200) return unknown('http-status', status, content);
  return content.kind === 'root' ? classifyRoot(content) : unknown(content.kind, status);
}

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

const NO_WORDS = { retCode: null, message: null, root: null } as const;

/** A fault counts only in an XML media type: a page that a proxy made may hold anything. */
function readContent(answer: RawAnswer): AnswerContent {
  const content = readAnswer(answer.contentType, answer.body);
  return content.kind === 'fault' && !isXmlMediaType(answer.contentType) ? { kind: 'no-root' } : content;
}

function classifyFault(content: AnswerContent & { kind: 'fault' }, status: number): Outcome {
  switch (content.code) {
    case 'Client':
    case 'Sender':
    case 'VersionMismatch':
    case 'MustUnderstand': {
      const reason = `HTTP ${status}: a ${content.code} fault, the provider could not use the request.`;
      return { ...wordsOf(content), kind: 'rejected', code: 'client-fault', httpStatus: status, reason };
    }
    case 'Server':
    case 'Receiver':
      return unknown('server-fault', status, content);
    default:
      return unknown('unexpected-fault', status, content);
  }
}

function classifyRoot(content: AnswerContent & { kind: 'root' }): Outcome {
  const { root } = content;
  const words = { httpStatus: 200, retCode: root.RetCode, message: root.Message, root };
  if (root.RetCode === 'Sucess') return { ...words, kind: 'accepted', code: 'accepted', reason: 'The provider took the call.' };
  if (root.RetCode !== 'Faild') return unknown('unexpected-ret-code', 200, content);
  const jobIds = [...splitList(root.CommonJobID), ...splitList(root.SpecialJobIDs)];
  if (jobIds.length > 0) return unknown('faild-with-job-id', 200, content);
  return { ...words, kind: 'rejected', code: 'faild', reason: 'The provider refused the call (Faild) and made no job.' };
}

function wordsOf(content: AnswerContent | undefined): Pick<Outcome & { kind: 'unknown' }, 'retCode' | 'message' | 'root'> {
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
  'not-decodable': "the answer's bytes are not of its encoding, so nobody knows whether the provider sent.",
  'not-xml': 'the answer is no well-formed XML, so nobody knows whether the provider sent.',
  'no-root': 'the answer has no ROOT, so nobody knows whether the provider sent.',
  'nil-root': "the answer's ROOT is nil, so nobody knows whether the provider sent.",
  'invalid-root': "the answer's ROOT contradicts itself, so nobody knows whether the provider sent.",
  'unexpected-ret-code': 'RetCode is neither Sucess nor Faild, so nobody knows whether the provider sent.',
  'faild-with-job-id': 'the provider says Faild and yet names a job, so nobody knows whether it sent.',
};
