import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApiKey, revokeApiKey } from '../../functions/shared/caller/api-keys.ts';
import { type CallerScope, SCOPES } from '../../functions/shared/caller/scopes.ts';
import { parallel } from '../../functions/shared/parallel.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { contextOf, startStack } from '../support/stack.ts';
import { requestsFor, type TryRequest } from './request-of.ts';
import { everythingIn, untilArranged } from './unchanged.ts';

/** A job that waits until after the test. */
const IN_A_MONTH = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString();
const REQUESTS = 1_000;
const AT_ONCE = 8;

let system: LocalSystem;
const keyOf: Record<string, string> = {};
let jobId: string;
let keyId: string;

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const make = async (caller: string, ...scopes: CallerScope[]) => makeApiKey(contextOf(system), { caller, scopes, madeBy: 'a test' });

async function ask({ method, path, headers, body }: Omit<TryRequest, 'name'>) {
  const answer = await fetch(`${system.api}${path}`, { method, headers, body: body ?? null });
  const document = (await answer.json().catch(() => ({}))) as { code?: string; jobId?: string; status?: unknown };
  return { status: answer.status, code: document.code, document, headers: answer.headers };
}

beforeAll(async () => {
  system = await startStack({ AUTH: 'key' });
  for (const scope of SCOPES) keyOf[scope] = (await make(`only-${scope}`, scope)).key;
  const crm = await make('crm', 'send', 'read');
  keyOf.crm = crm.key;
  keyId = crm.listed.keyId;
  const created = await ask({
    method: 'POST',
    path: '/v1/jobs',
    headers: { ...bearer(crm.key), 'Content-Type': 'application/json', 'Idempotency-Key': 'first' },
    body: JSON.stringify({ pattern: '【签名】您好', recipients: ['13800138000'], sendTime: IN_A_MONTH }),
  });
  expect(created.status).toBe(202);
  jobId = created.document.jobId ?? '';
  await untilArranged(system, jobId);
  const revoked = await make('crm', ...SCOPES);
  await revokeApiKey(contextOf(system), revoked.listed.keyId, 'a test');
  keyOf.revoked = revoked.key;
});
afterAll(() => system.stop());

/** A key of another stage: it is in no table of this one. */
async function foreignKey(): Promise<string> {
  const nowhere = { get: async () => undefined, put: async () => true, update: async () => undefined, range: async () => [] };
  const { key } = await makeApiKey({ table: nowhere, now: Date.now }, { caller: 'crm', scopes: [...SCOPES], madeBy: 'another stage' });
  return key;
}

/** The key with one character after its id changed. */
function misspelt(key: string, at: number): string {
  const index = 22 + (at % (key.length - 22));
  return `${key.slice(0, index)}${key[index] === 'A' ? 'B' : 'A'}${key.slice(index + 1)}`;
}

it(`refuses ${REQUESTS} requests with missing, wrong, revoked, foreign and under-scoped keys, and changes nothing`, async () => {
  const routes = requestsFor(jobId, keyId);
  const all = keyOf.admin ?? '';
  const foreign = await foreignKey();
  const refused = (headers: Record<string, string>) =>
    routes.map((route) => ({ ...route, headers: { ...route.headers, ...headers }, status: 401 }));
  const underScoped = routes.flatMap(({ needs, ...route }) =>
    SCOPES.filter((scope) => !needs.includes(scope)).map((scope) => ({
      ...{ ...route, needs, status: 403 },
      headers: { ...route.headers, ...bearer(keyOf[scope] ?? '') },
    })),
  );
  const table = [
    ...refused({}),
    ...refused({ Authorization: '' }),
    ...refused({ Authorization: all }),
    ...refused({ Authorization: `Basic ${btoa(`crm:${all}`)}` }),
    ...refused({ 'X-Api-Key': all }),
    ...refused(bearer(all.slice(0, -1))),
    ...refused(bearer(`${all}A`)),
    ...refused(bearer(all.toLowerCase())),
    ...refused(bearer(all.replace(/^sms_.{16}/, 'sms_0000000000000000'))),
    ...refused(bearer(keyOf.revoked ?? '')),
    ...refused(bearer(foreign)),
    ...underScoped,
  ];
  for (let index = 0; table.length < REQUESTS; index++) {
    const route = routes[index % routes.length] as (typeof routes)[number];
    table.push({ ...route, headers: { ...route.headers, ...bearer(misspelt(keyOf.admin ?? '', index)) }, status: 401 });
  }
  const before = await everythingIn(system);
  const answers = await parallel(table, async (one) => ({ one, ...(await ask(one)) }), AT_ONCE);
  const codes = { 401: 'credentials-refused', 403: 'scope-missing' };
  const wrong = answers.filter(({ one, status, code }) => status !== one.status || code !== codes[one.status as 401 | 403]);
  expect(wrong.map(({ one, status, code }) => ({ route: one.name, wanted: one.status, status, code }))).toEqual([]);
  expect(answers.length).toBeGreaterThanOrEqual(REQUESTS);
  expect(await everythingIn(system)).toEqual(before);
}, 200_000);

it('a refusal says by which header a caller is known', async () => {
  const { status, headers } = await ask({ method: 'GET', path: '/v1/jobs', headers: {} });
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Bearer');
});

describe('a caller with another key', () => {
  it('finds no job of another caller, and cannot change it', async () => {
    const other = (await make('other', 'send', 'read')).key;
    const before = await everythingIn(system);
    for (const one of requestsFor(jobId, keyId).filter(({ path }) => path.includes(jobId))) {
      const { status, code } = await ask({ ...one, headers: { ...one.headers, ...bearer(other) } });
      expect([one.name, status, code]).toEqual([one.name, 404, 'not-found']);
    }
    expect(await everythingIn(system)).toEqual(before);
  });

  it('sees, pauses and cancels the jobs of all with the scope operate', async () => {
    const headers = { ...bearer(keyOf.operate ?? ''), 'Content-Type': 'application/json' };
    expect((await ask({ method: 'GET', path: `/v1/jobs/${jobId}`, headers: bearer(keyOf.operate ?? '') })).status).toBe(200);
    const listed = await ask({ method: 'GET', path: '/v1/jobs?caller=key:crm', headers: bearer(keyOf.operate ?? '') });
    expect(JSON.stringify(listed.document)).toContain(jobId);
    const refused = await ask({ method: 'GET', path: '/v1/jobs?caller=key:crm', headers: bearer(keyOf.read ?? '') });
    expect([refused.status, refused.code]).toEqual([400, 'invalid-request']);
    for (const question of ['/v1/usage', '/v1/recipients?phone=13800138000']) {
      const path = `${question}${question.includes('?') ? '&' : '?'}caller=key:crm`;
      const { status, document } = await ask({ method: 'GET', path, headers: bearer(keyOf.operate ?? '') });
      expect([status, document], path).toMatchObject([200, { items: [{ caller: 'key:crm' }] }]);
      expect((await ask({ method: 'GET', path, headers: bearer(keyOf.read ?? '') })).status, path).toBe(400);
    }
    const paused = await ask({
      method: 'PUT',
      path: '/v1/account/dispatch?caller=key:crm',
      headers,
      body: '{"paused":true,"why":"a test"}',
    });
    expect(paused.status).toBe(200);
    const account = await ask({ method: 'GET', path: '/v1/account', headers: bearer(keyOf.crm ?? '') });
    expect(account.document).toMatchObject({
      caller: 'key:crm',
      scopes: ['send', 'read'],
      dispatch: { paused: true, by: 'key:only-operate' },
    });
    const cancelled = await ask({ method: 'POST', path: `/v1/jobs/${jobId}/cancel`, headers: bearer(keyOf.operate ?? '') });
    expect([cancelled.status, cancelled.document.status]).toEqual([200, 'cancelled']);
  });
});

describe('keys', () => {
  it('are made, listed without themselves, and refused within 60 seconds of their revocation', async () => {
    const admin = { ...bearer(keyOf.admin ?? ''), 'Content-Type': 'application/json' };
    const made = await ask({ method: 'POST', path: '/v1/keys', headers: admin, body: '{"caller":"shop","scopes":["read"]}' });
    expect(made.status).toBe(201);
    const { key, ...shown } = made.document as unknown as { key: string; keyId: string };
    const use = () => ask({ method: 'GET', path: '/v1/jobs', headers: bearer(key) });
    expect((await use()).status).toBe(200);
    const { document } = await ask({ method: 'GET', path: '/v1/keys', headers: bearer(keyOf.admin ?? '') });
    expect(document).toMatchObject({ items: expect.arrayContaining([shown]) });
    expect(JSON.stringify([document, await everythingIn(system)])).not.toContain(key);
    const revoke = () => ask({ method: 'POST', path: `/v1/keys/${shown.keyId}/revoke`, headers: bearer(keyOf.admin ?? '') });
    const first = await revoke();
    expect(first.document).toMatchObject({ revokedBy: 'key:only-admin' });
    expect((await revoke()).document).toEqual(first.document);
    const advanced = await fetch(`${system.api}/local/clock`, { method: 'POST', body: '{"advance":"PT60S"}' });
    expect(advanced.status).toBe(200);
    expect((await use()).status).toBe(401);
    expect((await ask({ method: 'POST', path: '/v1/keys/0000000000000000/revoke', headers: bearer(keyOf.admin ?? '') })).status).toBe(404);
  });
});
