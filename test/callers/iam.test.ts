import { createHash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parallel } from '../../functions/shared/parallel.ts';
import { Sha256 } from '../../functions/shared/sha256.ts';
import { LOCAL_USER } from '../../infra/local/settings.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { startStack } from '../support/stack.ts';
import { requestsFor, type TryRequest } from './request-of.ts';
import { everythingIn, untilArranged } from './unchanged.ts';

/** A job that waits until after the test. */
const IN_A_MONTH = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString();
const REQUESTS = 200;
const CRM = 'arn:aws:sts::000000000000:assumed-role/crm/session';
const ACCESS_KEYS = [
  { id: 'local', secret: 'local', principal: LOCAL_USER },
  { id: 'crm', secret: 'secret of crm', principal: CRM },
  { id: 'guest', secret: 'secret of guest', principal: 'arn:aws:iam::000000000000:user/guest' },
];
const CALLERS = [
  { principal: LOCAL_USER, scopes: ['operate' as const, 'admin' as const] },
  // A role with a path signs without it.
  { principal: 'arn:aws:iam::000000000000:role/team/crm', scopes: ['send' as const, 'read' as const], perSecond: 3, dailyRecipients: 5 },
];

let system: LocalSystem;
let jobId: string;
beforeAll(async () => {
  system = await startStack({ AUTH: 'iam', ACCESS_KEYS, CALLERS, EVENT_SOURCES: [] });
  const { status, document } = await ask(await signed(sendOf(['13800138000']), { id: 'guest', secret: 'secret of guest' }));
  expect(status).toBe(202);
  jobId = document.jobId ?? '';
  await untilArranged(system, jobId);
});
afterAll(() => system.stop());

/** How a request is signed; what is left out is right. */
interface Signing {
  id?: string;
  secret?: string;
  region?: string;
  service?: string;
  /** Milliseconds from now. */
  at?: number;
}

async function signed(request: Omit<TryRequest, 'name'>, how: Signing = {}): Promise<Omit<TryRequest, 'name'>> {
  const { id = 'local', secret = 'local', region = 'us-east-1', service = 'execute-api', at = 0 } = how;
  const url = new URL(`${system.api}${request.path}`);
  const signer = new SignatureV4({ service, region, credentials: { accessKeyId: id, secretAccessKey: secret }, sha256: Sha256 });
  const { headers } = await signer.sign(
    {
      ...{ method: request.method, protocol: 'http:', hostname: url.hostname, path: url.pathname, body: request.body },
      query: Object.fromEntries(url.searchParams),
      headers: { ...request.headers, host: url.host },
    },
    { signingDate: new Date(Date.now() + at) },
  );
  const { host: _host, ...sent } = headers;
  return { ...request, headers: sent };
}

async function ask({ method, path, headers, body }: Omit<TryRequest, 'name'>) {
  const answer = await fetch(`${system.api}${path}`, { method, headers, body: body ?? null });
  const document = (await answer.json().catch(() => ({}))) as Record<string, string>;
  return { status: answer.status, code: document.code, document, headers: answer.headers };
}

function sendOf(recipients: readonly string[], key = 'first') {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  const body = JSON.stringify({ pattern: '【签名】您好', recipients, sendTime: IN_A_MONTH });
  return { method: 'POST', path: '/v1/jobs', headers, body };
}

type Tamper = (request: TryRequest) => Promise<Omit<TryRequest, 'name'>>;

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Ways in which a signature is wrong, and the status that API Gateway answers, as the stage writes it. */
const WRONG: [name: string, status: 401 | 403, tamper: Tamper][] = [
  ['no signature', 401, async (request) => request],
  ['a key of this product', 401, async (request) => ({ ...request, headers: { ...request.headers, Authorization: 'Bearer sms_x_y' } })],
  ['an unknown access key', 403, (request) => signed(request, { id: 'AKIAUNKNOWN' })],
  ['another secret', 403, (request) => signed(request, { secret: 'other' })],
  ['another region', 403, (request) => signed(request, { region: 'cn-north-1' })],
  ['another service', 403, (request) => signed(request, { service: 's3' })],
  ['six minutes ago', 403, (request) => signed(request, { at: -6 * 60_000 })],
  ['in six minutes', 403, (request) => signed(request, { at: 6 * 60_000 })],
  ['another path', 403, async (request) => ({ ...(await signed({ ...request, path: '/v1/account' })), path: request.path })],
  ['another query', 403, async (request) => ({ ...(await signed(request)), path: `${request.path}?limit=1` })],
  [
    'another method',
    403,
    async (request) => ({ ...(await signed({ ...request, method: request.method === 'GET' ? 'POST' : 'GET' })), method: request.method }),
  ],
  [
    'another date in its scope',
    403,
    async (request) => {
      const { headers, ...rest } = await signed(request);
      return { ...rest, headers: { ...headers, authorization: (headers.authorization ?? '').replace(/\/\d{8}\//, '/20200101/') } };
    },
  ],
  [
    'a changed signature',
    403,
    async (request) => {
      const { headers, ...rest } = await signed(request);
      return {
        ...rest,
        headers: { ...headers, authorization: (headers.authorization ?? '').replace(/.$/, (last) => (last === '0' ? '1' : '0')) },
      };
    },
  ],
];

it(`refuses ${REQUESTS} requests with wrong signatures, dates and regions, and changes nothing`, async () => {
  const routes = requestsFor(jobId, '0000000000000000');
  const table = WRONG.flatMap(([wrong, status, tamper]) => routes.map((route) => ({ wrong, status, tamper, route })));
  expect(table.length).toBeGreaterThanOrEqual(REQUESTS);
  const before = await everythingIn(system);
  const answers = await parallel(
    table,
    async ({ tamper, route, ...one }) => ({ ...one, route: route.name, answer: await ask(await tamper(route)) }),
    8,
  );
  const codes = { 401: 'not-signed', 403: 'not-allowed' };
  const letThrough = answers.filter(({ status, answer }) => answer.status !== status || answer.code !== codes[status]);
  expect(letThrough.map(({ wrong, route, answer }) => [wrong, route, answer.status, answer.code])).toEqual([]);
  expect(await everythingIn(system)).toEqual(before);
}, 100_000);

it('refuses a body that is not the signed one, whatever its headers say', async () => {
  const right = sendOf(['13900139000'], 'other');
  const body = right.body.replace('13900139000', '13700137000');
  const before = await everythingIn(system);
  const first = await ask({ ...(await signed(right)), body });
  const { headers } = await signed(right);
  const second = await ask({ ...right, body, headers: { ...headers, 'x-amz-content-sha256': hash(body) } });
  expect([first.code, second.code]).toEqual(['not-allowed', 'not-allowed']);
  expect(await everythingIn(system)).toEqual(before);
});

it('gives a principal that the stage does not list send and read, and nothing that concerns others', async () => {
  const guest = { id: 'guest', secret: 'secret of guest' };
  const before = await everythingIn(system);
  const pause = {
    method: 'PUT',
    path: '/v1/dispatch',
    headers: { 'Content-Type': 'application/json' },
    body: '{"paused":true,"why":"a test"}',
  };
  const refused = await ask(await signed(pause, guest));
  expect([refused.status, refused.code]).toEqual([403, 'scope-missing']);
  expect(await everythingIn(system)).toEqual(before);
  expect((await ask(await signed({ method: 'GET', path: `/v1/jobs/${jobId}`, headers: {} }, guest))).status).toBe(200);
});

it("keeps a role's path out of its name, and holds it to its daily quota and its rate, each with the moment at which it ends", async () => {
  const crm = { id: 'crm', secret: 'secret of crm' };
  const paced = async (request: Omit<TryRequest, 'name'>) => {
    // The rate is three in a second: each of these has a second of its own.
    for (;;) {
      const answer = await ask(await signed(request, crm));
      if (answer.code !== 'caller-rate-reached') return answer;
      await new Promise((done) => setTimeout(done, 300));
    }
  };
  expect((await paced({ method: 'GET', path: '/v1/account', headers: {} })).document).toMatchObject({
    caller: 'arn:aws:iam::000000000000:role/crm',
    scopes: ['send', 'read'],
  });
  const phones = ['13800138000', '13900139000', '13700137000'];
  expect((await paced(sendOf(phones, 'three'))).status).toBe(202);
  const { today } = (await paced({ method: 'GET', path: '/v1/account', headers: {} })).document as { today?: object };
  // Nothing is counted for all callers, where these have no limit: no number is better than a wrong one.
  expect(today).toEqual({ date: expect.any(String), own: { recipients: 3, limit: 5 } });
  const over = await paced(sendOf(phones, 'three more'));
  expect([over.status, over.code]).toEqual([429, 'daily-limit-reached']);
  expect(over.document.detail).toContain('5 recipients a day for arn:aws:iam::000000000000:role/crm');
  expect(Date.parse(over.document.nextAllowedTime ?? '') - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);
  expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await paced(sendOf(['13800138000', '13900139000'], 'two'))).status).toBe(202);
  const many = await Promise.all(
    Array.from({ length: 30 }, async () => ask(await signed({ method: 'GET', path: '/v1/account', headers: {} }, crm))),
  );
  const limited = many.find(({ code }) => code === 'caller-rate-reached');
  expect(limited?.status).toBe(429);
  expect(limited?.document.detail).toContain('3 requests in a second');
  expect(limited?.headers.get('retry-after')).toBe('1');
});
