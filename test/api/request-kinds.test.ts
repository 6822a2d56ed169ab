import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyExamples } from '../../functions/api/request-schemas.ts';
import { type ApiRoute, routeTable } from '../../functions/api/routes.ts';
import type { ProblemType } from '../../functions/shared/problem/problem.ts';
import { readLedger } from '../support/api.ts';
import { stackOfFile } from '../support/stack.ts';

/**
 * Every route, asked in every way that is wrong or unusual: what a route does not take is refused by name, and nothing is changed by it.
 */
const { api, system } = stackOfFile();
let jobId: string;
let before: string;
const state = async () =>
  JSON.stringify([await readLedger(system().ledger), (await api.get('/v1/jobs')).text, (await api.get('/v1/dispatch')).text]);
beforeAll(async () => {
  jobId = (await api.send({ pattern: 'hi', recipients: ['13800138000'] })).as('Job').jobId;
  before = await state();
});
afterAll(async () => {
  expect(await state()).toBe(before);
});

/** A request, and the problem that it is answered with, with the place that it names; without a problem, the status. */
interface Kind {
  kind: string;
  method?: string;
  path?: (path: string) => string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  problem?: ProblemType;
  place?: string;
  status?: number;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const WRONG_VALUES: Record<string, string> = {
  ...{ limit: '0', cursor: 'x', status: 'sent', wait: '99', outcome: 'sent', phone: '1', from: 'x', to: 'x' },
};

function kindsOf(route: ApiRoute): Kind[] {
  const { query = [], body, precondition, method } = route;
  const example = JSON.stringify(exampleOf(route));
  const well: Partial<Kind> = body ? { headers: headersOf(route), body: example } : {};
  const asked =
    (more: string): Kind['path'] =>
    (path) =>
      `${path}${more}`;
  const kinds: Kind[] = [
    { kind: 'an unknown parameter', ...well, path: asked('?nope=1'), problem: 'unknown-parameter', place: 'nope' },
    { kind: 'a parameter that is misspelt', ...well, path: asked('?Limit=1&dryRun=true'), problem: 'unknown-parameter', place: 'dryRun' },
    { kind: 'a path that is none', ...well, path: asked('x'), problem: 'not-found' },
    { kind: 'a path below it', ...well, path: asked('/x/y/z'), problem: 'not-found' },
    { kind: 'the method DELETE', ...well, method: 'DELETE', problem: 'method-not-allowed' },
    { kind: 'the method OPTIONS', method: 'OPTIONS', status: 204 },
    { kind: 'If-Unmodified-Since', ...well, headers: { ...well.headers, 'If-Unmodified-Since': 'x' }, problem: 'unexpected-precondition' },
  ];
  const problem = 'invalid-request';
  // Without a phone there is nothing to look for.
  const needed = (name: string) => (route.path === '/v1/recipients' && name !== 'phone' ? 'phone=13800138000&' : '');
  for (const name of query.filter((one) => !(route.name === 'POST /v1/jobs' && one))) {
    const wrong = asked(`?${needed(name)}${name}=${WRONG_VALUES[name]}`);
    // Any reference and any caller may be looked for.
    if (name !== 'reference' && name !== 'caller')
      kinds.push({ kind: `${name} with a wrong value`, ...well, path: wrong, problem, place: name });
    kinds.push({ kind: `${name} without a value`, ...well, path: asked(`?${needed(name)}${name}=`), problem, place: name });
    kinds.push({ kind: `${name} twice`, ...well, path: asked(`?${name}=1&${name}=1`), problem: 'unknown-parameter', place: name });
  }
  // Beside /v1, what the gateway finds no path for goes to the drop-in endpoint of a stage that has one.
  if (method === 'GET' && route.path.startsWith('/v1/'))
    kinds.push({ kind: 'a slash at the end', path: asked('/'), status: statusOf(route) });
  if (method === 'GET') kinds.push({ kind: 'the method HEAD', method: 'HEAD', status: statusOf(route) });
  if (precondition !== 'If-Match')
    kinds.push({ kind: 'If-Match', ...well, headers: { ...well.headers, 'If-Match': '"1"' }, problem: 'unexpected-precondition' });
  else {
    kinds.push(
      { kind: 'If-Match with another revision', ...well, headers: { ...well.headers, 'If-Match': '"999"' }, problem: 'revision-changed' },
      {
        kind: 'If-Match that is none',
        ...well,
        headers: { ...well.headers, 'If-Match': 'abc' },
        problem: 'invalid-request',
        place: 'If-Match',
      },
    );
  }
  return [...kinds, ...(body ? bodyKinds(example, headersOf(route)) : [])];
}

function bodyKinds(example: string, headers: Record<string, string>): Kind[] {
  const sent = (kind: string, body: string | Uint8Array, problem: ProblemType, more: Partial<Kind> = {}): Kind => {
    return { kind, headers, body, problem, ...more };
  };
  const bytes = Buffer.from(example);
  return [
    sent('no body', '', 'invalid-json'),
    sent('a body that is cut off', example.slice(0, -1), 'invalid-json'),
    sent('a field that stands twice', `{"x":1,"x":2,${example.slice(1)}`, 'invalid-json'),
    sent('bytes that are not UTF-8', Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff]), bytes.subarray(2)]), 'invalid-json'),
    sent('a list', '[]', 'invalid-request'),
    sent('null', 'null', 'invalid-request'),
    sent('a field that is none', `{"nope":1,${example.slice(1)}`, 'invalid-request', { place: 'nope' }),
    sent('text/plain', example, 'unsupported-media-type', { headers: { 'Content-Type': 'text/plain' } }),
    sent('a charset', example, 'unsupported-media-type', { headers: { 'Content-Type': 'application/json; charset=gbk' } }),
    sent('gzip', gzipSync(bytes), 'unsupported-media-type', { headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' } }),
    sent('over 4 MB', `{"x":"${'x'.repeat(4 * 1024 * 1024)}"}`, 'body-too-large'),
  ];
}

/** A well-formed body that changes nothing: the job is over, and what is sent goes without a key. */
function exampleOf({ path }: ApiRoute): object {
  if (path.endsWith('/settle')) return bodyExamples(Date.now()).Settlement?.rejected ?? {};
  if (path.endsWith('/dispatch')) return { paused: false };
  if (path.endsWith('/resend')) return { outcomes: ['rejected'] };
  if (path === '/v1/uploads') return { format: 'csv', size: 100 };
  if (path === '/v1/jobs/{jobId}') return { sendTime: '2030-01-01T00:00:00Z' };
  return { pattern: 'hi', recipients: ['13800138001'] };
}

/** A key where one is required, so that nothing but the fault itself is refused. */
function headersOf({ name }: ApiRoute): Record<string, string> {
  return name === 'POST /v1/jobs' || name === 'POST /v1/jobs/{jobId}/resend'
    ? { ...JSON_TYPE, 'Idempotency-Key': randomUUID() }
    : JSON_TYPE;
}

function statusOf({ name }: ApiRoute): number {
  if (name === 'GET /v1/recipients') return 400;
  return name === 'GET /v1/jobs/{jobId}/export' || name === 'GET /docs/{page}' ? 404 : 200;
}

describe.each(routeTable.map((route) => ({ route: route.name, found: route })))('$route', ({ found }) => {
  const aBody: Kind = { kind: 'a body', headers: JSON_TYPE, body: '{}', problem: 'unexpected-body' };
  const cases = [...kindsOf(found), ...(found.method === 'GET' || found.body ? [] : [aBody])];

  it.each(cases)('$kind', async ({ method = found.method, path = (same) => same, headers = {}, body, problem, place, status }) => {
    const target = `${system().api}${path(found.path.replace('{jobId}', jobId))}`;
    const answer = await fetch(target, { method, headers, redirect: 'manual', ...(body !== undefined && { body }) });
    const text = await answer.text();
    expect(answer.headers.get('x-request-id'), text).toMatch(/^[\da-f-]{36}$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    if (status !== undefined) {
      expect(answer.status).toBe(status);
      if (method === 'HEAD' || method === 'OPTIONS') expect(text).toBe('');
    }
    if (method === 'OPTIONS' || method === 'DELETE') expect(answer.headers.get('allow')?.split(', ')).toContain(found.method);
    if (problem === undefined) return;
    expect(answer.headers.get('content-type'), text).toBe('application/problem+json; charset=utf-8');
    const document = JSON.parse(text) as { code: string; status: number; errors?: { place: string }[]; detail: string; requestId: string };
    expect(document).toMatchObject({ code: problem, status: answer.status, requestId: answer.headers.get('x-request-id') });
    if (place !== undefined) expect(document.errors?.map((error) => error.place)).toContain(place);
    if (problem === 'invalid-json') expect(document.detail).toMatch(/^Line \d+(, column \d+)?: /);
    expect(text).not.toMatch(/expected \w+, received|Invalid input|Unrecognized/);
  });
});

it('nothing is sent without a key, and a dry run needs none', async () => {
  const body = { pattern: 'hi', recipients: ['13800138001'] };
  (await api.post('/v1/jobs', body)).problem('idempotency-key-missing');
  expect((await api.post('/v1/jobs', { ...body, dryRun: true })).as('Preview')).toMatchObject({ sendable: true, calls: 1, recipients: 1 });
  const refused = await api.post('/v1/jobs', { ...body, dryRun: 'true' }, { 'Idempotency-Key': randomUUID() });
  expect(refused.problem('invalid-request').errors).toMatchObject([{ place: 'dryRun', code: 'invalid-type' }]);
  (await api.post('/v1/jobs?limit=5', body, { 'Idempotency-Key': randomUUID() })).problem('unknown-parameter');
});
