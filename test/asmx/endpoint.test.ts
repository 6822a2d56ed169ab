import { globSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalSystem } from '../../infra/local/system.ts';
import { phones } from '../support/api.ts';
import { answerLikeEcho, type Facts, SOAP12, TEXT, XML } from '../support/asmx.ts';
import { sendRaw } from '../support/http.ts';
import { close, listen } from '../support/proxy.ts';
import { startStack } from '../support/stack.ts';

/** A provider that echoes what it is called with; texts that say so take a second. */
const calls: string[] = [];
const provider = createServer(async (incoming, response) => {
  const request = await requestOf(incoming);
  calls.push(request.body.toString());
  if (request.body.includes('slow')) await sleep(1_000);
  const { status, headers, body } = answerLikeEcho(request);
  response.writeHead(status, headers).end(body);
});
let system: LocalSystem;
let logs: string;
beforeAll(async () => {
  const url = `${await listen(provider)}/Services.asmx`;
  system = await startStack({ PROVIDER_URL: url, PHONES_PER_CALL: 3 }, { show: (line) => (logs = line) });
});
afterAll(async () => {
  await system.stop();
  await close(provider);
});

async function requestOf(incoming: IncomingMessage) {
  const { method = '', url = '', headers } = incoming;
  const { pathname, search } = new URL(url, 'http://h');
  const single = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const body = await buffer(incoming);
  return { method, path: pathname.replace(/^.*\.asmx/, ''), query: search.slice(1), headers: Object.fromEntries(single), body };
}

const PHONES = '13800138000;13900139000;';
const values = {
  Token: 'echo',
  Pattern: 'p',
  DefaultDetail: 'dd',
  Details: '',
  Phones: PHONES,
  SmsType: '1',
  PostFixNumber: '01',
  SendTime: '2026-01-01 08:00:00',
};
const form = (other: Partial<typeof values> = {}) => new URLSearchParams({ ...values, ...other }).toString();
const parameters = (other: Partial<typeof values> = {}) =>
  Object.entries({ ...values, ...other })
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
const custom = (inner = parameters()) => `<CustomSend xmlns="http://tempuri.org/">${inner}</CustomSend>`;
const NS = { soap11: 'http://schemas.xmlsoap.org/soap/envelope/', soap12: 'http://www.w3.org/2003/05/soap-envelope' };
const envelope = (version: keyof typeof NS, body = custom()) =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NS[version]}"><s:Body>${body}</s:Body></s:Envelope>`;
const ACTION = '"http://tempuri.org/CustomSend"';
const FORM = 'application/x-www-form-urlencoded';

/** A request as bytes; the connection ends after it unless its headers say otherwise. */
function bytesOf(line: string, headers: Record<string, string>, body: string | Buffer = ''): Buffer {
  const content = Buffer.from(body as string);
  const all = { Host: 'asmx.test', 'Content-Length': String(content.length), Connection: 'close', ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${head.join('')}\r\n`), content]);
}

async function exchange(request: Buffer): Promise<Facts & { head: string; body: string }> {
  const { text } = await sendRaw(system.api, request, 20_000);
  const [head = '', body = ''] = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '').split(/\r\n\r\n(.*)/s);
  const type = /content-type: (.*)/i.exec(head)?.[1] ?? '';
  const find = (pattern: RegExp) => pattern.exec(body)?.[1];
  const facts = {
    status: Number(head.split(' ')[1]),
    type,
    retCode: find(/<RetCode>(\w+)</),
    message: find(/<Message>([^<]*)</),
    fault: find(/(?:<faultcode>|<soap:Value>)soap:(\w+)</),
    text: type === TEXT ? body : undefined,
  };
  return { ...(JSON.parse(JSON.stringify(facts)) as Facts), head, body };
}

const post = (path: string, body: string | Buffer, type = FORM, headers: Record<string, string> = {}) =>
  exchange(bytesOf(`POST ${path}`, { 'Content-Type': type, ...headers }, body));
const soap11 = (body: string | Buffer, type = XML, action: string | undefined = ACTION) =>
  post('/Services.asmx', body, type, action === undefined ? {} : { SOAPAction: action });
const soap12 = (body: string, type = SOAP12) => post('/Services.asmx', body, type);
const get = (query: string, path = '/Services.asmx/CustomSend') => exchange(bytesOf(`GET ${path}?${query}`, {}));
const submit = (body: string, type = FORM) => post('/Services.asmx/CustomSend', body, type);

const ok = (type = XML, details = ''): Facts => ({
  status: 200,
  type,
  retCode: 'Sucess',
  message: `[echo][p][dd][${details}][${PHONES}][1][01][2026-01-01 08:00:00]`,
});
const faild: Facts = { status: 200, type: XML, retCode: 'Faild', message: 'Token无效' };
const plain = (text: string): Facts => ({ status: 500, type: TEXT, text: `${text}\n` });
const fault = (code: string, type = XML): Facts => ({ status: 500, type, fault: code });
const empty = (status: number, type = XML): Facts => ({ status, type });

describe('what old callers send, and what they are answered', () => {
  it.each<[string, () => Promise<object>, Facts]>([
    ['SOAP 1.1', () => soap11(envelope('soap11')), ok()],
    ['SOAP 1.2', () => soap12(envelope('soap12')), ok(SOAP12)],
    ['HTTP GET', () => get(form()), ok()],
    ['HTTP POST', () => submit(form()), ok()],
    ['SOAP 1.1, refused by the provider', () => soap11(envelope('soap11', custom(parameters({ Token: 'fail' })))), faild],
    ['HTTP GET, refused by the provider', () => get(form({ Token: 'fail' })), faild],
    ['null strings', () => submit(form({ Token: 'nulls' })), { status: 200, type: XML, retCode: 'Faild' }],
    ['SOAP 1.1 without its action', () => post('/Services.asmx', envelope('soap11'), XML), ok()],
    ['SOAP 1.1 with another action', () => soap11(envelope('soap11'), XML, '"http://tempuri.org/Foo"'), fault('Client')],
    ['SOAP 1.2 with another element', () => soap12(envelope('soap12', '<Foo/>')), fault('Sender', SOAP12)],
    [
      'SOAP 1.1, element of another namespace: a fault, not a call with nulls',
      () => soap11(envelope('soap11', custom().replace('tempuri', 'other'))),
      fault('Client'),
    ],
    ['SOAP 1.1 as text/plain', () => soap11(envelope('soap11'), 'text/plain'), empty(415)],
    ['a document type', () => soap11(`<!DOCTYPE x [<!ENTITY e "v">]>${envelope('soap11').slice(38)}`), empty(400)],
    ['malformed', () => soap11('<a'), empty(400)],
    ['SmsType abc', () => soap11(envelope('soap11', custom(parameters({ SmsType: 'abc' })))), fault('Client')],
    ['another envelope', () => soap11(envelope('soap11').replace(NS.soap11, 'urn:env')), fault('VersionMismatch')],
    ['a form without SmsType', () => submit(form().replace('&SmsType=1', '')), plain('Missing parameter: SmsType.')],
    [
      'a query with SmsType abc',
      () => get(form({ SmsType: 'abc' })),
      plain(
        'Cannot convert abc to System.Int32.\nParameter name: type ---&gt; Input string was not in a correct format.'.replace(
          '---&gt;',
          '--->',
        ),
      ),
    ],
    ['a form as text/plain', () => submit(form(), 'text/plain'), plain('Request format is invalid: text/plain.')],
    ['another operation', () => get(form(), '/Services.asmx/CustomSendX'), plain('CustomSendX Web Service method name is not valid.')],
    ['names in lower case', () => submit(form().replace(/\w+=/g, (name) => name.toLowerCase())), ok()],
    ['%uXXXX in a form', () => submit(form().replace('Details=&', 'Details=%u4e2d%u6587;&')), ok(XML, '中文;')],
    ['%uXXXX in a query', () => get(form().replace('Details=&', 'Details=%u4e2d%u6587;&')), ok(XML, '中文;')],
    [
      'markup goes through SOAP and on as SOAP',
      () => soap11(envelope('soap11', custom(parameters({ Details: '<![CDATA[<b>&;]]>' })))),
      ok(XML, '&lt;b&gt;&amp;;'),
    ],
    [
      'markup in a form',
      () => submit(form({ Details: '<b>' })),
      plain('A potentially dangerous Request.Form value was detected from the client (Details=&quot;&lt;b&gt;&quot;).'),
    ],
  ])('%s', async (_name, send, facts) => expect(await send()).toMatchObject(facts));

  it('text/xml without a charset is read as UTF-8, not as ASCII', async () => {
    expect(await soap11(envelope('soap11', custom(parameters({ Details: '中文;' }))), 'text/xml')).toMatchObject(ok(XML, '中文;'));
  });

  it('an exception in the provider may have come after the send: Faild that names the job, and no second call', async () => {
    const first = await submit(form({ Token: 'throw' }));
    expect(first).toMatchObject({
      status: 200,
      retCode: 'Faild',
      message: expect.stringMatching(/^job_\w{26} may have been sent, nobody knows: do NOT send again/),
    });
    const before = calls.length;
    expect((await soap11(envelope('soap11', custom(parameters({ Token: 'throw' }))))).message).toBe(first.message);
    expect(calls.length).toBe(before);
  });
});

describe('paths', () => {
  it.each(['/Services.asmx', '/services.ASMX', '/GateWay/Services.asmx', '/gateway/SERVICES.asmx'])(
    '%s in any case of letters',
    async (path) => {
      expect(await post(path, envelope('soap11'), XML, { SOAPAction: ACTION })).toMatchObject(ok());
      expect(await post(`${path}/CustomSend`, form())).toMatchObject(ok());
      const { body, ...wsdl } = await exchange(bytesOf(`GET ${path}?wsdl`, {}));
      expect(wsdl).toMatchObject({ status: 200, type: XML });
      expect(body).toContain(`location="http://asmx.test${path}"`);
    },
  );

  it.each([
    ['GET', '/Services.asmx', 200, 'text/html; charset=utf-8'],
    ['HEAD', '/Services.asmx', 405, 'text/html; charset=utf-8'],
    ['PUT', '/Services.asmx', 405, 'text/html; charset=utf-8'],
    ['GET', '/Services.asmx/', 500, 'text/html; charset=utf-8'],
    ['PUT', '/Services.asmx/CustomSend', 500, 'text/html; charset=utf-8'],
    ['GET', '/Services.asmx?wsdl=1', 500, TEXT],
    ['GET', '/nowhere', 403, 'application/json'],
    ['DELETE', '/v1/jobs', 403, 'application/json'],
  ])('%s %s: %i %s', async (method, path, status, type) => {
    expect(await exchange(bytesOf(`${method} ${path}`, {}))).toMatchObject({ status, type });
  });

  it('other routes are as they were', async () => {
    expect(await exchange(bytesOf('GET /healthz', {}))).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  });
});

describe('HTTP', () => {
  it('a body in chunks', async () => {
    const body = Buffer.from(form());
    const chunks = Array.from({ length: Math.ceil(body.length / 10) }, (_, index) => body.subarray(index * 10, index * 10 + 10));
    const coded = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const head = `POST /Services.asmx/CustomSend HTTP/1.1\r\nHost: h\r\nContent-Type: ${FORM}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
    expect(await exchange(Buffer.from(`${head}${coded}0\r\n\r\n`))).toMatchObject(ok());
  });

  it('Expect: 100-continue is answered before the body comes', async () => {
    const whole = bytesOf('POST /Services.asmx/CustomSend', { 'Content-Type': FORM, Expect: '100-continue' }, form());
    const head = whole.subarray(0, whole.indexOf('\r\n\r\n') + 4);
    expect((await sendRaw(system.api, head, 200)).text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await exchange(whole)).toMatchObject(ok());
  });

  it('HTTP/1.0', async () => {
    const body = form();
    const request = `POST /Services.asmx/CustomSend HTTP/1.0\r\nContent-Type: ${FORM}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect(await exchange(Buffer.from(request))).toMatchObject(ok());
  });

  it('two requests on one connection', async () => {
    const first = bytesOf('POST /Services.asmx/CustomSend', { 'Content-Type': FORM, Connection: 'keep-alive' }, form());
    const { text } = await sendRaw(
      system.api,
      Buffer.concat([first, bytesOf('POST /Services.asmx/CustomSend', { 'Content-Type': FORM }, form())]),
      10_000,
    );
    expect(text.match(/<RetCode>Sucess/g)).toHaveLength(2);
  });
});

describe('the same request again', () => {
  const slow = form({ Pattern: 'slow' });
  it('at once, twenty times: one call, one answer', async () => {
    const before = calls.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(slow)));
    expect(calls.length).toBe(before + 1);
    expect(answers[0]).toMatchObject({ retCode: 'Sucess' });
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  });

  it('after the client gave up: the answer of the call that was open, and on another binding too', async () => {
    const before = calls.length;
    await sendRaw(system.api, bytesOf('POST /Services.asmx/CustomSend', { 'Content-Type': FORM }, slow), 300);
    const second = await soap11(envelope('soap11', custom(parameters({ Pattern: 'slow' }))));
    expect(second).toMatchObject({ retCode: 'Sucess' });
    expect(calls.length).toBe(before + 1);
  });

  it('after its answer: sent again, since the window is off', async () => {
    const before = calls.length;
    await submit(slow);
    await submit(slow);
    expect(calls.length).toBe(before + 2);
  });
});

describe('many phones', () => {
  const of = (count: number) =>
    phones(count)
      .map((phone) => `${phone};`)
      .join('');
  it('up to four calls: one answer for all of them', async () => {
    const before = calls.length;
    const { retCode, body } = await submit(form({ Phones: of(12) }));
    expect([retCode, calls.length - before]).toEqual(['Sucess', 4]);
    expect(/<CommonJobID>(.*)<\/CommonJobID>/.exec(body)?.[1]?.split(';')).toHaveLength(4);
    expect(body).toContain('<TotalSendCount>8</TotalSendCount>');
  });

  it('more: Faild and nothing sent', async () => {
    const before = calls.length;
    expect(await submit(form({ Phones: of(13) }))).toMatchObject({
      retCode: 'Faild',
      message: expect.stringContaining('12 are taken. Nothing was sent.'),
    });
    expect(calls.length).toBe(before);
  });
});

it('the logs hold no token, no text and no phone', async () => {
  await submit(form({ Token: 'fail-SECRET', Pattern: '机密TEXT' }));
  const written = globSync(join(system.assembly.assets.values().next().value ?? '', '../../logs/*.log')).map((file) =>
    readFileSync(file, 'utf8'),
  );
  expect(written.join('\n')).toContain('"message":"request"');
  for (const secret of ['SECRET', '机密', '13800138000', 'echo']) expect(written.join('\n')).not.toContain(secret);
  expect(logs).not.toContain('SECRET');
});
