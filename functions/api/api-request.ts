import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { callersOwnedBy } from '../shared/env/event-sources.ts';
import { invalidRequest, ProblemError } from '../shared/problem/problem.ts';
import { problemsOf } from '../shared/send-request/request-schema.ts';
import type { ApiEnv } from './env.ts';

/** A request to the API, taken out of the gateway's event. */
export interface ApiRequest {
  caller: string;
  /** Callers by event whose jobs are this caller's too. */
  owns: readonly string[];
  /** Of a route with `{jobId}`; empty elsewhere. */
  jobId: string;
  query: Readonly<Record<string, string | undefined>>;
  header: (name: string) => string | undefined;
  body: () => unknown;
  /** Epoch milliseconds at which the function must have answered. */
  deadline: number;
}

/** Larger bodies belong into an upload; a Lambda event holds 6 MB, of which base64 leaves 4.5. */
const LARGEST_BODY = 4 * 1024 * 1024;

/** Reads the gateway's event. @throws ProblemError when it does not say who asks */
export function readRequest(
  event: APIGatewayProxyEvent,
  { AUTHORIZATION, EVENT_SOURCES }: Pick<ApiEnv, 'AUTHORIZATION' | 'EVENT_SOURCES'>,
  deadline: number,
): ApiRequest {
  const caller = callerOf(event, AUTHORIZATION);
  const headers = new Map(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    caller,
    owns: callersOwnedBy(EVENT_SOURCES, caller),
    jobId: event.pathParameters?.jobId ?? '',
    query: event.queryStringParameters ?? {},
    header: (name) => headers.get(name),
    body: () => readJson(event, headers.get('content-type')),
    deadline,
  };
}

/** A whole number in the query. @throws ProblemError that names it */
export function integerOf(
  query: ApiRequest['query'],
  name: string,
  { least, most, otherwise }: Record<'least' | 'most' | 'otherwise', number>,
): number {
  const text = query[name];
  if (text === undefined) return otherwise;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw invalidRequest([{ place: name, code: 'out-of-range', detail: `A whole number from ${least} to ${most}.` }]);
}

/** One of a few words in the query. @throws ProblemError that names it */
export function choiceOf<Word extends string>(query: ApiRequest['query'], name: string, words: readonly Word[]): Word | undefined {
  const text = query[name];
  const word = words.find((candidate) => candidate === text);
  if (text === undefined || word !== undefined) return word;
  throw invalidRequest([{ place: name, code: 'unknown-value', detail: `One of ${words.join(', ')}.` }]);
}

/** Reads a body by its schema. @throws ProblemError that names every wrong field */
export function parseBody<Body>(schema: z.ZodMiniType<Body>, request: ApiRequest): Body {
  const parsed = z.safeParse(schema, request.body());
  if (parsed.success) return parsed.data;
  const { problems, furtherProblems } = problemsOf(parsed.error);
  throw invalidRequest(problems, furtherProblems);
}

/** Writes where the next page starts. */
export function writeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Reads where this page starts. @throws ProblemError when it is not a cursor that `accepts` takes */
export function cursorOf<Position>(query: ApiRequest['query'], accepts: (value: unknown) => value is Position): Position | undefined {
  if (query.cursor === undefined) return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(query.cursor, 'base64url').toString());
    if (accepts(position)) return position;
  } catch {
    // Not JSON: refused below like any other text that is no cursor.
  }
  throw invalidRequest([{ place: 'cursor', code: 'malformed', detail: 'Not a cursor: take it from `next` of the page before.' }]);
}

/** Who asks: the IAM user or role that signed the request, a role without the name of its session. */
function callerOf(event: APIGatewayProxyEvent, authorization: ApiEnv['AUTHORIZATION']): string {
  if (authorization === 'none') return 'local';
  const arn = event.requestContext.identity.userArn;
  if (!arn) throw new ProblemError('caller-unknown', 'The request is not signed by an IAM principal.');
  return arn.replace(/^(arn:[^:]+):sts:(.*):assumed-role\/(.*)\/[^/]+$/, '$1:iam:$2:role/$3');
}

function readJson(event: APIGatewayProxyEvent, contentType: string | undefined): unknown {
  if (!/^application\/(?:[^;]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')) {
    throw new ProblemError('unsupported-media-type', `The Content-Type is ${contentType ?? 'missing'}; it must be application/json.`);
  }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > LARGEST_BODY) throw new ProblemError('body-too-large', `A body holds at most ${LARGEST_BODY} bytes.`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message may quote the body, which holds phones and texts.
    throw new ProblemError('invalid-json', 'The body is not JSON in UTF-8.');
  }
}
