import * as z from 'zod/mini';
import { invalidRequest, ProblemError } from '../shared/problem/problem.ts';
import { problemsOf } from '../shared/send-request/parse-body.ts';
import { findJsonFault } from './json-fault.ts';

/** Larger bodies belong into an upload; a Lambda event holds 6 MB, of which base64 leaves 4.5. */
const LARGEST_BODY = 4 * 1024 * 1024;

/** What came as a body, and the headers that say how it is written. */
export interface WrittenBody {
  bytes: Buffer;
  contentType: string | undefined;
  contentEncoding: string | undefined;
}

/** Reads a body by its schema. @throws ProblemError that names every wrong field */
export function parseBody<Body>(schema: z.ZodMiniType<Body>, request: { body: () => unknown }): Body {
  const parsed = z.safeParse(schema, request.body());
  if (parsed.success) return parsed.data;
  const { problems, furtherProblems } = problemsOf(parsed.error);
  throw invalidRequest(problems, furtherProblems);
}

/** Reads JSON in UTF-8. @throws ProblemError that says what else it is, or where it stops being JSON */
export function readJson({ bytes, contentType, contentEncoding }: WrittenBody): unknown {
  const written = /^application\/(?:[^;]+\+)?json\s*(?:;\s*charset="?([\w-]+)"?\s*)?$/i.exec(contentType ?? '');
  if (!written) {
    throw new ProblemError('unsupported-media-type', `The Content-Type is ${contentType ?? 'missing'}; it must be application/json.`);
  }
  const [, charset = 'utf-8'] = written;
  if (!/^utf-?8$/i.test(charset)) {
    throw new ProblemError('unsupported-media-type', `The charset is ${charset}; JSON is read in UTF-8 only.`);
  }
  if (contentEncoding !== undefined && !/^identity$/i.test(contentEncoding)) {
    throw new ProblemError(
      'unsupported-media-type',
      `The Content-Encoding is ${contentEncoding}; bodies are taken as they are, not compressed.`,
    );
  }
  if (bytes.length > LARGEST_BODY) {
    const detail = `A body holds at most ${LARGEST_BODY} bytes. More recipients go into a file: POST /v1/uploads.`;
    throw new ProblemError('body-too-large', detail);
  }
  const text = decode(bytes);
  const fault = findJsonFault(text);
  if (fault) throw new ProblemError('invalid-json', `Line ${fault.line}, column ${fault.column}: ${fault.detail}`);
  return JSON.parse(text);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError('invalid-json', `Line ${lineOfBadBytes(bytes)}: the bytes are not UTF-8.`);
  }
}

/** The line, from 1, of the first bytes that are not UTF-8. A line break is no part of any longer character. */
function lineOfBadBytes(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const lines = bytes.toString('latin1').split('\n');
  const wrong = lines.findIndex((line) => {
    try {
      decoder.decode(Buffer.from(line, 'latin1'));
      return false;
    } catch {
      return true;
    }
  });
  return wrong + 1;
}
