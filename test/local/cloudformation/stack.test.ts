import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROTOCOLS } from '../../../functions/shared/customsend/call.ts';
import type { Assembly } from '../../../infra/local/cloudformation/template.ts';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { startStack } from '../../support/stack.ts';

let system: LocalSystem;
let sound: Assembly;
beforeAll(async () => {
  system = await startStack();
  sound = system.assembly;
});
afterAll(() => system.stop());

/** The synthesised stack with one thing in its template replaced, which must be there. */
function broken(from: RegExp, to: string): { assembly: Assembly } {
  const whole = JSON.stringify(sound.template);
  expect(whole).toMatch(from);
  return { assembly: { ...sound, template: JSON.parse(whole.replace(from, to)) } };
}

it('serves every route of the description', async () => {
  const { paths } = (await (await fetch(`${system.api}/openapi.json`)).json()) as { paths: Record<string, Record<string, unknown>> };
  const routes = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
  expect(routes).toContain('POST /v1/jobs');
  for (const route of routes.filter((name) => name.startsWith('GET '))) {
    const { status } = await fetch(system.api + route.slice(4).replaceAll(/\{\w+\}/g, 'none'));
    // A search needs its filter: without one the function itself answers 400.
    expect(route === 'GET /v1/recipients' ? [400] : [200, 404], route).toContain(status);
  }
});

it.each(PROTOCOLS)('sends to another provider by %s', async (PROVIDER_PROTOCOL) => {
  const seen: string[] = [];
  const provider = createServer(async (request, response) => {
    seen.push(`${request.method} ${request.url} ${await text(request)}`);
    response.writeHead(500, { 'Content-Type': 'text/html' }).end('no provider');
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const PROVIDER_URL = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/Services.asmx`;
  const own = await startStack({ PROVIDER_URL, PROVIDER_PROTOCOL, PROVIDER_TOKEN: 'token-of-the-provider' });
  const answer = await fetch(`${own.api}/v1/jobs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'k' },
    body: JSON.stringify({ pattern: '【签名】{0}', recipients: [{ phone: '13800138000', detail: ['a'] }], smsType: 1 }),
  });
  expect([answer.status, await answer.json()]).toMatchObject([202, { status: 'attention' }]);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatch(PROVIDER_PROTOCOL === 'http-get' ? /^GET \/Services\.asmx\/CustomSend\?/ : /^POST \/Services\.asmx/);
  expect(seen[0]).toContain('token-of-the-provider');
  await own.stop();
  provider.close();
});

describe('a copy of the stack that is broken in one respect', () => {
  it.each(['TABLE_NAME', 'PROVIDER_URL', 'LIMITS', 'LEDGER_TABLE_NAME', 'CONNECTION_SCENARIOS'])(
    'does not start without %s',
    async (name) => {
      const start = startStack({}, broken(new RegExp(`"${name}":`), `"${name}S":`));
      await expect(start).rejects.toThrow(new RegExp(`Function.*: The environment does not fit: .*${name}`));
    },
  );

  it('does not start with a route that leads to no function', async () => {
    await expect(startStack({}, broken(/:lambda:path\/2015-03-31\/functions\//, ':lambda:path/'))).rejects.toThrow(/leads to no function/);
  });

  it.each(['byCaller', 'byStatus'])('fails a list when the index %s is missing', async (index) => {
    const query = index === 'byStatus' ? '?status=sending' : '';
    expect((await fetch(`${system.api}/v1/jobs${query}`)).status).toBe(200);
    const other = await startStack({}, broken(new RegExp(`"IndexName":"${index}"`), '"IndexName":"other"'));
    expect((await fetch(`${other.api}/v1/jobs${query}`)).status).toBe(500);
    await other.stop();
  });
});
