import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SCOPES } from '../../functions/shared/caller/scopes.ts';
import { parallel } from '../../functions/shared/parallel.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { readLedger } from '../support/api.ts';
import { startStack } from '../support/stack.ts';
import { type Claims, type Issuer, startIssuer } from './issuer.ts';
import { requestsFor, type TryRequest } from './request-of.ts';
import { everythingIn, untilArranged } from './unchanged.ts';

// The whole stack with AUTH=jwt, and an issuer that it asks for its keys over real sockets.

const IN_A_MONTH = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString();

let issuer: Issuer;
let system: LocalSystem;
let jobId: string;
beforeAll(async () => {
  issuer = await startIssuer('send read');
  system = await startStack({ AUTH: 'jwt', JWT_ISSUER: issuer.address, JWT_AUDIENCE: 'sms' });
  const { status, document } = await ask(sendOf('13800138000', { sendTime: IN_A_MONTH }), await issuer.token());
  expect(status).toBe(202);
  jobId = document.jobId ?? '';
  await untilArranged(system, jobId);
});
afterAll(async () => {
  await system.stop();
  issuer.stop();
});

function sendOf(phone: string, more: object = {}): Omit<TryRequest, 'name'> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  return { method: 'POST', path: '/v1/jobs', headers, body: JSON.stringify({ pattern: '【签名】您好', recipients: [phone], ...more }) };
}

async function ask({ method, path, headers, body }: Omit<TryRequest, 'name'>, token?: string) {
  const sent = { ...headers, ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${system.api}${path}`, { method, headers: sent, body: body ?? null });
  const document = (await answer.json().catch(() => ({}))) as Record<string, string>;
  return { status: answer.status, code: document.code, document };
}

const wrong = (claims: Claims) => () => issuer.token({ scope: SCOPES.join(' '), ...claims });
const REFUSED: [name: string, make: () => Promise<string | undefined>][] = [
  ['no token', async () => undefined],
  ['another audience', wrong({ audience: 'shop' })],
  ['an end that is past', wrong({ expires: '-1m' })],
  ['another issuer', wrong({ issuer: 'https://example.com' })],
  ['another key', () => issuer.token({ scope: SCOPES.join(' '), key: issuer.otherKey })],
];

it.each(REFUSED)('refuses every route to %s, and changes nothing', async (_what, make) => {
  const token = await make();
  const before = await everythingIn(system);
  const answers = await parallel(requestsFor(jobId, '0000000000000000'), async (one) => [one.name, await ask(one, token)] as const, 8);
  expect(answers.length).toBeGreaterThan(15);
  const through = answers.filter(([, { status, code }]) => status !== 401 || code !== 'credentials-refused');
  expect(through.map(([name, { status, code }]) => [name, status, code])).toEqual([]);
  expect(await everythingIn(system)).toEqual(before);
});

it('refuses what the scopes of a good token leave out, and changes nothing', async () => {
  const before = await everythingIn(system);
  const tries = requestsFor(jobId, '0000000000000000').flatMap((one) =>
    SCOPES.filter((scope) => !one.needs.includes(scope)).map((scope) => ({ one, scope })),
  );
  const tokens = new Map(await Promise.all(SCOPES.map(async (scope) => [scope, await issuer.token({ scope })] as const)));
  const answers = await parallel(tries, async ({ one, scope }) => ({ one, scope, ...(await ask(one, tokens.get(scope))) }), 8);
  const through = answers.filter(({ status, code }) => status !== 403 || code !== 'scope-missing');
  expect(through.map(({ one, scope, status, code }) => [one.name, scope, status, code])).toEqual([]);
  expect(answers.length).toBeGreaterThan(20);
  expect(await everythingIn(system)).toEqual(before);
});

it('sends for a good token, whose subject sees the job and no other does', async () => {
  const sent = await ask(sendOf('13900139000'), await issuer.token());
  expect([sent.status, sent.document.status, sent.document.caller]).toEqual([201, 'completed', 'jwt:crm']);
  expect(await readLedger(system.ledger, '13900139000')).toHaveLength(1);
  const look = { method: 'GET', path: `/v1/jobs/${sent.document.jobId}`, headers: {} };
  expect((await ask(look, await issuer.token())).status).toBe(200);
  expect((await ask(look, await issuer.token({ subject: 'shop' }))).code).toBe('not-found');
});
