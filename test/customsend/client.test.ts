import type net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { createCustomSend, type ProviderSettings } from '../../functions/shared/customsend/client.ts';
import { type Answering, answerBytes, type Script, startAnswering } from '../support/answering.ts';
import { bareRoot, envelopedRoot, FAILD, SUCESS } from '../support/answers.ts';
import { CALL, clientOf } from '../support/customsend.ts';

const XML = { 'Content-Type': 'text/xml; charset=utf-8' };
const WHOLE = answerBytes(200, XML, bareRoot(SUCESS));
const open: Answering[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function answering(script: Script, greet?: (socket: net.Socket) => void): Promise<Answering> {
  const server = await startAnswering(script, greet);
  open.push(server);
  return server;
}

/** One call to a server that acts by the script. */
async function sendTo(script: Script, settings: Partial<ProviderSettings> = {}) {
  const server = await answering(script);
  const outcome = await clientOf(server.url, settings).send(CALL);
  expect(server.requests.length).toBe(1);
  expect(outcome.reason).not.toMatch(/secret-token|138001|签名|张三/);
  return `${outcome.kind} ${outcome.code} ${outcome.httpStatus}`;
}

describe('an answer', () => {
  test.each(PROTOCOLS)('on %s ends as accepted, with its ROOT', async (protocol) => {
    const server = await answering((socket) => {
      socket.write(answerBytes(200, XML, protocol.startsWith('soap') ? envelopedRoot(protocol as 'soap11', SUCESS) : bareRoot(SUCESS)));
    });
    const outcome = await clientOf(server.url, { protocol }).send(CALL);
    expect(outcome).toMatchObject({ kind: 'accepted', code: 'accepted', httpStatus: 200, retCode: 'Sucess', message: '收到 <b>&' });
    expect(outcome.root?.CommonJobID).toBe('20260101000000001');
    expect(server.requests[0]).toMatch(protocol === 'http-get' ? /^GET \/Services.asmx\/CustomSend\?Token=secret-token&/ : /^POST /);
    expect(server.requests[0]).not.toMatch(/accept-encoding|transfer-encoding|expect/i);
    expect(server.requests[0]).toContain(`Host: 127.0.0.1:${server.port}\r\n`);
  });

  test('comes in any framing: pieces, chunks, until the end, after 100 Continue', async () => {
    const body = bareRoot(FAILD);
    const chunked = `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(await sendTo((socket) => [...WHOLE].forEach((_byte, at) => void socket.write(WHOLE.subarray(at, at + 1))))).toBe(
      'accepted accepted 200',
    );
    expect(await sendTo((socket) => socket.write(chunked))).toBe('rejected faild 200');
    expect(await sendTo((socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${body}`))).toBe('rejected faild 200');
    expect(await sendTo((socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${WHOLE}`))).toBe('accepted accepted 200');
  });

  test.each([
    [301, { Location: '/elsewhere' }, 'unknown http-status 301'],
    [307, { Location: '/elsewhere' }, 'unknown http-status 307'],
    [408, {}, 'unknown http-status 408'],
    [413, {}, 'rejected http-status 413'],
    [429, { 'Retry-After': '1' }, 'not-sent http-status 429'],
    [500, { 'Content-Type': 'text/plain' }, 'unknown http-status 500'],
    [503, {}, 'unknown http-status 503'],
    [504, {}, 'not-sent http-status 504'],
  ])('of status %i', async (status, headers, outcome) => {
    const settings = { notSentStatuses: [504] };
    expect(await sendTo((socket) => socket.write(answerBytes(status, headers, 'x')), settings)).toBe(outcome);
  });

  test('that is cut off, endless, not HTTP, or an upgrade is unknown', async () => {
    expect(await sendTo((socket) => socket.end(WHOLE.subarray(0, -7)))).toBe('unknown connection-lost 200');
    expect(await sendTo((socket) => socket.end(answerBytes(200, XML, bareRoot(SUCESS).slice(0, -7))))).toBe('unknown not-xml 200');
    expect(await sendTo((socket) => socket.end(WHOLE.subarray(0, 12)))).toBe('unknown connection-lost null');
    expect(await sendTo((socket) => socket.write('220 smtp ready\r\n'))).toBe('unknown connection-lost null');
    expect(await sendTo((socket) => socket.write(answerBytes(200, { 'X-Long': 'x'.repeat(100_000) }, 'x')))).toBe(
      'unknown connection-lost null',
    );
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
    expect(await sendTo((socket) => socket.write(upgrade))).toBe('unknown http-status 101');
    const flood = Buffer.alloc(64 * 1024, ' ');
    const endless: Script = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const pour = () => {
        while (!socket.destroyed && socket.write(flood));
      };
      socket.on('drain', pour);
      pour();
    };
    expect(await sendTo(endless)).toBe('unknown answer-too-large 200');
  });

  test('whose status decides needs no body', async () => {
    expect(await sendTo((socket) => socket.end(answerBytes(413, {}, 'x', 100)))).toBe('rejected http-status 413');
    expect(await sendTo((socket) => socket.write(answerBytes(404, {}, 'x', 100)), { timeoutMs: 60 })).toBe('rejected http-status 404');
    expect(await sendTo((socket) => socket.write(answerBytes(429, {}, 'x', 100)), { timeoutMs: 60 })).toBe('not-sent http-status 429');
    expect(await sendTo((socket) => socket.write(answerBytes(200, {}, 'x', 100)), { timeoutMs: 60 })).toBe('unknown timeout 200');
  });

  test('that refuses a large request early, and closes, is heard', async () => {
    const refuse = answerBytes(413, { Connection: 'close' }, 'too large');
    const server = await answering(
      () => {},
      (socket) => void socket.once('data', () => socket.end(refuse, () => socket.destroy())),
    );
    const call = { ...CALL, Details: 'x'.repeat(3_000_000) };
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => clientOf(server.url).send(call)));
    expect(new Set(outcomes.map(({ kind, httpStatus }) => `${kind} ${httpStatus}`))).toEqual(new Set(['rejected 413']));
  });
});

describe('no answer', () => {
  test('after the first byte is unknown: silence, an end, a reset', async () => {
    expect(await sendTo(() => {}, { timeoutMs: 60 })).toBe('unknown timeout null');
    expect(await sendTo((socket) => socket.end())).toBe('unknown connection-lost null');
    expect(await sendTo((socket) => socket.resetAndDestroy())).toBe('unknown connection-lost null');
  });

  test('is never repeated, and ends the connection', async () => {
    const server = await answering(() => {});
    const client = clientOf(server.url, { timeoutMs: 60 });
    await client.send(CALL);
    await client.send(CALL);
    expect([server.requests.length, server.connections]).toEqual([2, 2]);
  });
});

describe('before the first byte', () => {
  const kindOf = async (url: string, settings: Partial<ProviderSettings> = {}) => {
    const outcome = await clientOf(url, settings).send(CALL);
    return `${outcome.kind} ${outcome.code} ${outcome.httpStatus}`;
  };

  test('a closed port, an unknown name, no TLS: not sent', async () => {
    const server = await answering(
      () => {},
      (socket) => void socket.once('data', () => socket.end(answerBytes(400, {}, 'plain'))),
    );
    expect(await kindOf(server.url.replace('http:', 'https:'))).toBe('not-sent tls null');
    expect(server.requests).toEqual([]);
    await open.pop()?.close();
    expect(await kindOf(server.url)).toBe('not-sent refused null');
    expect(await kindOf('http://nowhere.invalid/')).toBe('not-sent dns null');
  });

  test('no connection in time: not sent', async () => {
    const mute = await answering(() => {});
    expect(await kindOf(mute.url.replace('http:', 'https:'), { connectTimeoutMs: 60 })).toBe('not-sent connect-timeout null');
  });

  test('the caller is asked once the connection stands, and may stop it', async () => {
    const server = await answering((socket) => socket.write(WHOLE));
    const client = clientOf(server.url);
    const asked: number[] = [];
    const stop = () => asked.push(server.requests.length) < 0;
    expect(await client.send(CALL, { beforeFirstByte: stop })).toMatchObject({ kind: 'not-sent', code: 'too-late' });
    expect(await client.send(CALL, { beforeFirstByte: () => true })).toMatchObject({ kind: 'accepted' });
    expect(await client.send(CALL, { beforeFirstByte: stop })).toMatchObject({ kind: 'not-sent', code: 'too-late' });
    expect([asked, server.requests.length]).toEqual([[0, 1], 1]);
  });

  test('what cannot be signed or carried is not sent; what is signed carries its headers', async () => {
    const server = await answering((socket) => socket.write(WHOLE));
    expect(await kindOf(server.url, { sign: () => Promise.reject(new Error('no credentials')) })).toBe('not-sent signing-failed null');
    const markup = await clientOf(server.url).send({ ...CALL, Details: '<b>' });
    expect(markup).toMatchObject({
      kind: 'rejected',
      code: 'cannot-be-encoded',
      httpStatus: null,
      reason: expect.stringContaining('Details'),
    });
    const long = await clientOf(server.url, { protocol: 'http-get' }).send({ ...CALL, Phones: '1'.repeat(2_048) });
    expect(long).toMatchObject({ kind: 'rejected', code: 'cannot-be-encoded', reason: expect.stringContaining('Phones') });
    expect(server.requests).toEqual([]);
    const sign: ProviderSettings['sign'] = async ({ method, path, url, headers }) => {
      return { ...headers, host: url.host, 'X-Signed': `${method} ${url.host}${path}` };
    };
    expect(await kindOf(server.url, { sign })).toBe('accepted accepted 200');
    expect(server.requests[0]).toContain(`x-signed: POST 127.0.0.1:${server.port}/Services.asmx/CustomSend\r\n`);
    expect(server.requests[0]?.match(/^(host|content-type|content-length):/gim)).toHaveLength(3);
  });

  test('a name and password in the address go along, once', async () => {
    const server = await answering((socket) => socket.write(WHOLE));
    expect(await kindOf(server.url.replace('//', '//user:p%40ss@'))).toBe('accepted accepted 200');
    expect(server.requests[0]?.match(/^authorization:.*$/gim)).toEqual([
      `Authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    ]);
  });
});

describe('the reader of answers', () => {
  const settings = { protocol: 'http-post', connectTimeoutMs: 1_000, timeoutMs: 1_000, notSentStatuses: [] } as const;

  test('is loaded with the first connection, once, and before the first byte leaves', async () => {
    const events: string[] = [];
    const server = await answering((socket) => {
      events.push('request');
      socket.write(WHOLE);
    });
    const load = async () => {
      events.push('load');
      return import('../../functions/shared/customsend/classify-answer.ts');
    };
    const client = createCustomSend({ url: server.url, ...settings }, Date.now, load);
    expect(events).toEqual([]);
    for (let call = 0; call < 2; call++) expect((await client.send(CALL)).kind).toBe('accepted');
    expect(events).toEqual(['load', 'request', 'request']);
    client.close();
  });

  test('takes no time from the connection, however long it is loaded', async () => {
    const server = await answering((socket) => socket.write(WHOLE));
    const load = async () => {
      const reader = await import('../../functions/shared/customsend/classify-answer.ts');
      await sleep(150);
      const until = performance.now() + 150;
      while (performance.now() < until);
      return reader;
    };
    const client = createCustomSend({ url: server.url, ...settings, connectTimeoutMs: 100 }, Date.now, load);
    expect((await client.send(CALL)).kind).toBe('accepted');
    client.close();
  });

  test('that cannot be loaded keeps the request here: nothing is sent whose answer could not be read', async () => {
    const server = await answering((socket) => socket.write(WHOLE));
    const client = createCustomSend({ url: server.url, ...settings }, Date.now, () => Promise.reject(new Error('no such file')));
    const { kind, code } = await client.send(CALL);
    expect([kind, code, server.requests]).toEqual(['not-sent', 'reader-not-loaded', []]);
  });
});
