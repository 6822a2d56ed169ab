import { type AnswerContent, type RawAnswer, splitList } from './answer-content.ts';
import { NO_WORDS, type Outcome, type UnknownCode, unknown, wordsOf } from './outcome.ts';
import { readAnswer } from './read-answer.ts';

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
  if (content.kind === 'readers-disagree') return unknown(content.kind, status);
  if (content.kind === 'fault') return classifyFault(content, status);
  if (status !== 200) return unknown('http-status', status, content);
  return content.kind === 'root' ? classifyRoot(content) : unknown(content.kind, status);
}

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

/** Whether a Content-Type says that the body is XML. */
export function isXmlMediaType(contentType: string | undefined): boolean {
  return /^\s*(text\/xml|application\/xml|[\w.-]+\/[\w.-]+\+xml)\s*(;|$)/i.test(contentType ?? '');
}
