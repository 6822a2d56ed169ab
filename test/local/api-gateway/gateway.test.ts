import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { sendRaw } from '../../support/http.ts';
import { startFixture, temporaryFolder } from '../fixture.ts';

const data = temporaryFolder();
let system: LocalSystem;
beforeAll(async () => {
  system = await startFixture(data.folder);
});
afterAll(async () => {
  await system.stop();
  data.remove();
});

const call = (path: string, init?: RequestInit) => fetch(`${system.api}${path}`, init);
const event = async (path: string, init?: RequestInit) => (await (await call(path, init)).json()) as APIGatewayProxyEvent;
const message = (text: string) => ({ message: text });

describe('the event', () => {
  it('has the shape of payload version 1.0', async () => {
    const seen = await event('/fixture/a%20b?x=1&x=%E4%BD%A0+b&flag', { headers: { 'X-Trace': 'T', 'User-Agent': 'test' } });
    expect(seen).toMatchObject({
      resource: '/fixture/{act}',
      path: '/fixture/a%20b',
      httpMethod: 'GET',
      queryStringParameters: { x: '你 b', flag: '' },
      multiValueQueryStringParameters: { x: ['1', '你 b'], flag: [''] },
      pathParameters: { act: 'a b' },
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
      requestContext: {
        stage: 'fixture',
        path: '/fixture/a%20b',
        resourcePath: '/fixture/{act}',
        httpMethod: 'GET',
        protocol: 'HTTP/1.1',
        identity: { sourceIp: '127.0.0.1', userAgent: 'test' },
      },
    });
    expect(seen.requestContext.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(Math.abs(seen.requestContext.requestTimeEpoch - Date.now())).toBeLessThan(10_000);
  });

  it('has null where there are no parameters', async () => {
    const seen = await event('/fixture');
    expect(seen).toMatchObject({ queryStringParameters: null, multiValueQueryStringParameters: null, pathParameters: null });
  });

  it('keeps the letters of header names, and every value of a repeated one', async () => {
    const { text } = await sendRaw(system.api, 'GET /fixture HTTP/1.1\r\nHost: h\r\nX-Two: a\r\nX-Two: b\r\nConnection: close\r\n\r\n');
    const seen = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as APIGatewayProxyEvent;
    expect(seen.headers['X-Two']).toBe('b');
    expect(seen.multiValueHeaders['X-Two']).toEqual(['a', 'b']);
  });

  it('carries text as text and binary media types in base64', async () => {
    const text = await event('/fixture', { method: 'POST', body: '你好', headers: { 'Content-Type': 'application/json' } });
    expect([text.body, text.isBase64Encoded]).toEqual(['你好', false]);
    const bytes = Buffer.from([0xc4, 0xe3, 0x00, 0xff]);
    const binary = await event('/fixture', { method: 'POST', body: bytes, headers: { 'Content-Type': 'text/xml; charset=gbk' } });
    expect([binary.body, binary.isBase64Encoded]).toEqual([bytes.toString('base64'), true]);
  });
});

describe('routes', () => {
  it('prefers a literal segment to a parameter, and a parameter to nothing', async () => {
    expect((await event('/fixture/literal')).resource).toBe('/fixture/literal');
    expect((await event('/fixture/other')).resource).toBe('/fixture/{act}');
  });

  it.each([
    ['GET', '/nowhere'],
    ['GET', '/fixture/a/b'],
    ['GET', '/fixture/'],
    ['DELETE', '/fixture/literal'],
  ])('%s %s is answered as API Gateway does', async (method, path) => {
    const answer = await call(path, { method });
    expect([answer.status, await answer.json()]).toEqual([403, message('Missing Authentication Token')]);
  });
});

describe('the answer', () => {
  it('has every value of a header', async () => {
    expect((await call('/fixture/cookies')).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('is bytes only for a client that accepts the type first', async () => {
    const bytes = async (accept: string) =>
      Buffer.from(await (await call('/fixture/binary', { headers: { Accept: accept } })).arrayBuffer());
    expect(await bytes('text/xml, */*')).toEqual(Buffer.from([0xc4, 0xe3]));
    expect((await bytes('*/*')).toString()).toBe('xOM=');
  });

  it.each(['throw', 'exit', 'no-status', 'no-result', 'bad-header', 'large'])('of a function that does "%s" is a 502', async (act) => {
    const answer = await call(`/fixture/${act}`);
    expect([answer.status, await answer.json()]).toEqual([502, message('Internal server error')]);
    expect((await call('/fixture/fine')).status).toBe(200);
  });
});

describe('limits', () => {
  const post = (bytes: number) => call('/fixture/size', { method: 'POST', body: Buffer.alloc(bytes, 'x') });

  it('takes an event of just under 6 MB, and answers 413 above', async () => {
    expect(await (await post(6 * 1024 * 1024 - 4096)).text()).toBe(String(6 * 1024 * 1024 - 4096));
    const over = await post(6 * 1024 * 1024);
    expect([over.status, await over.json()]).toEqual([413, message('Request Too Long')]);
  });

  it('answers 504 when the integration takes too long', async () => {
    const answer = await call('/fixture/literal/slower');
    expect([answer.status, await answer.json()]).toEqual([504, message('Endpoint request timed out')]);
  });

  it('answers 413 to a body over 10 MB', async () => {
    expect((await post(10 * 1024 * 1024 + 1)).status).toBe(413);
  });
});

describe('HTTP', () => {
  const body = '4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n';

  it('reads chunked bodies', async () => {
    const head = 'POST /fixture/size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
    expect((await sendRaw(system.api, head + body)).text).toMatch(/^HTTP\/1\.1 200 OK.*\r\n\r\n7$/s);
  });

  it('answers Expect: 100-continue', async () => {
    const head = 'POST /fixture/size HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n';
    expect((await sendRaw(system.api, head, 200)).text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect((await sendRaw(system.api, `${head}abc`)).text).toMatch(/100 Continue\r\n\r\nHTTP\/1\.1 200 OK.*\r\n\r\n3$/s);
  });

  it('answers HTTP/1.0 without a Host and closes', async () => {
    const answer = await sendRaw(system.api, 'GET /fixture/size HTTP/1.0\r\n\r\n');
    expect(answer.text).toMatch(/ 200 OK.*\r\n\r\n0$/s);
    expect(answer.end).toBe('closed');
  });

  it.each(['http://127.0.0.1:3000/fixture/size', 'http://h/fixture/size?x=1', 'HTTPS://h/fixture/size'])(
    'serves the absolute form %s',
    async (target) => {
      const answer = await sendRaw(system.api, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
      expect(answer.text).toMatch(/^HTTP\/1\.1 200 OK.*\r\n\r\n0$/s);
    },
  );

  it('answers two requests on one connection', async () => {
    const one = 'GET /fixture/size HTTP/1.1\r\nHost: h\r\n\r\n';
    const answer = await sendRaw(system.api, one + one, 500);
    expect(answer.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(answer.end).toBe('open');
  });

  it('survives a client that goes away in the middle of its body', async () => {
    await sendRaw(system.api, 'POST /fixture/size HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc', 50);
    expect((await call('/fixture/fine')).status).toBe(200);
  });
});

describe('under the path of a stage', () => {
  const own = temporaryFolder();
  let staged: LocalSystem;
  beforeAll(async () => {
    staged = await startFixture(own.folder, undefined, undefined, { STAGE_PATH: '/dev' });
  });
  afterAll(async () => {
    await staged.stop();
    own.remove();
  });

  it('the event has the path of the route, and the whole of it beside the stage', async () => {
    expect(staged.api).toMatch(/:\d+\/dev$/);
    const seen = (await (await fetch(`${staged.api}/fixture/a?x=1`)).json()) as APIGatewayProxyEvent;
    expect(seen).toMatchObject({ resource: '/fixture/{act}', path: '/fixture/a', queryStringParameters: { x: '1' } });
    expect(seen.requestContext).toMatchObject({ path: '/dev/fixture/a', stage: 'dev', resourcePath: '/fixture/{act}' });
  });

  it.each(['/fixture/a', '/develop/fixture/a', '/'])('%s is of no stage', async (path) => {
    const answer = await fetch(new URL(path, staged.api));
    expect([answer.status, await answer.json()]).toEqual([403, message('Forbidden')]);
  });

  it('the clock and the sandbox are there, too', async () => {
    expect((await fetch(`${staged.api}/local/clock`)).status).toBe(200);
    expect((await fetch(staged.ledger)).status).toBe(200);
  });
});
