import type http from 'node:http';
import { ANSWER_BYTES_LIMIT, type RawAnswer } from './answer-content.ts';
import type { NotSentCode, UnknownCode } from './outcome.ts';

/** An answer as far as it has come. */
export interface PartialAnswer {
  response: http.IncomingMessage;
  chunks: Buffer[];
  bytes: number;
}

/**
 * Collects the body of an answer.
 * @param fail called when the rest will not come, or is more than is read
 * @param done called with the whole answer
 */
export function collect(
  response: http.IncomingMessage,
  fail: (before: NotSentCode, after?: UnknownCode) => void,
  done: (whole: PartialAnswer) => void,
): PartialAnswer {
  const answer: PartialAnswer = { response, chunks: [], bytes: 0 };
  response.on('data', (chunk: Buffer) => {
    answer.bytes += chunk.length;
    if (answer.bytes > ANSWER_BYTES_LIMIT) fail('connection-failed', 'answer-too-large');
    else answer.chunks.push(chunk);
  });
  response.on('end', () => done(answer));
  response.on('error', () => fail('connection-failed'));
  return answer;
}

/** @param lost why the rest of the answer did not come, if it did not */
export function toRawAnswer({ response, chunks }: PartialAnswer, lost?: UnknownCode): RawAnswer {
  const complete = lost === undefined && response.complete;
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'],
    body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
    complete,
  };
}
