import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type * as z from 'zod/mini';
import { type AnswerName, answerSchemas } from '../../functions/api/response-schemas.ts';
import type { LedgerMessage, LedgerPage } from '../../functions/sandbox/ledger.ts';
import type { ProblemType } from '../../functions/shared/problem/problem.ts';

type AnswerBody<Name extends AnswerName> = z.output<(typeof answerSchemas)[Name]>;

/** An answer of the API, redirections included. */
export interface ApiAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The body, held against the schema that the description gives it: a field too many or too few fails the test. */
  as<Name extends AnswerName>(name: Name): AnswerBody<Name>;
  /** The body as a problem document of this type, which states its own status. */
  problem(type: ProblemType): AnswerBody<'Problem'>;
}

/** A caller of the API of a running stack. */
export interface ApiClient {
  get(path: string): Promise<ApiAnswer>;
  /** A text or bytes go as they are, anything else as JSON. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
  put(path: string, body: unknown): Promise<ApiAnswer>;
  patch(path: string, body: unknown): Promise<ApiAnswer>;
  /** `POST /v1/jobs`, with a key of its own unless one is given. */
  send(body: unknown, key?: string): Promise<ApiAnswer>;
}

/** @param address of a stack; a function where the stack starts later */
export function createApiClient(address: string | (() => string)): ApiClient {
  const addressOf = typeof address === 'string' ? () => address : address;
  const ask = async (path: string, init: RequestInit) => toAnswer(await fetch(`${addressOf()}${path}`, { redirect: 'manual', ...init }));
  const bring = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  const post: ApiClient['post'] = (path, body, headers) => bring('POST', path, body, headers);
  return {
    get: (path) => ask(path, {}),
    post,
    put: (path, body) => bring('PUT', path, body),
    patch: (path, body) => bring('PATCH', path, body),
    send: (body, key = randomUUID()) => post('/v1/jobs', body, { 'Idempotency-Key': key }),
  };
}

async function toAnswer(response: Response): Promise<ApiAnswer> {
  const { status, headers } = response;
  const text = await response.text();
  const as: ApiAnswer['as'] = (name) => {
    const mediaType = name === 'Problem' ? 'application/problem+json' : 'application/json';
    expect(headers.get('content-type'), text).toBe(`${mediaType}; charset=utf-8`);
    const body: unknown = JSON.parse(text);
    const read = answerSchemas[name].parse(body) as AnswerBody<typeof name>;
    // The schemas are open, so that a new field breaks no client; here a field that they do not name is a fault.
    expect(read).toEqual(body);
    return read;
  };
  return {
    status,
    headers,
    text,
    as,
    problem(type) {
      const document = as('Problem');
      expect(document.code, text).toBe(type);
      expect(document.type, text).toMatch(new RegExp(`^https?://.+/docs/problems#${type}$`));
      expect(document.status).toBe(status);
      return document;
    },
  };
}

/** Everything in the sandbox's ledger, or what it has for one phone. */
export async function readLedger(address: string, phone = ''): Promise<LedgerMessage[]> {
  const messages: LedgerMessage[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = new URLSearchParams({ ...(phone && { phone }), ...(cursor && { cursor }) }).toString();
    const page = (await (await fetch(`${address}?${query}`)).json()) as LedgerPage;
    messages.push(...page.messages);
    cursor = page.next;
  }
  return messages;
}

/** Different well-formed phones that are not magic: 13000000000 and on. */
export function phones(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(13_000_000_000 + from + index));
}
