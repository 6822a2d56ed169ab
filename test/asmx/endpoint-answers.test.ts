import { describe, expect, it } from 'vitest';
import { type Facts, SOAP12, TEXT, XML } from '../support/asmx.ts';
import { ACTION, bytesOf, custom, endpointOfFile, envelope, FORM, form, NS, PHONES, parameters } from '../support/asmx-endpoint.ts';
import { sendRaw } from '../support/http.ts';

const { calls, exchange, post, soap11, soap12, get, submit, expectSecretsKept, system } = endpointOfFile();

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
      message: expect.stringMatching(/^job_\w{26} may have been sent, its outcome is unknown: do NOT send again/),
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
    ['GET', '/nowhere', 404, 'application/problem+json; charset=utf-8'],
    ['DELETE', '/v1/jobs', 405, 'application/problem+json; charset=utf-8'],
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
    expect((await sendRaw(system().api, head, 200)).text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
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
      system().api,
      Buffer.concat([first, bytesOf('POST /Services.asmx/CustomSend', { 'Content-Type': FORM }, form())]),
      10_000,
    );
    expect(text.match(/<RetCode>Sucess/g)).toHaveLength(2);
  });
});

it('the logs hold no token, no text and no phone', () => expectSecretsKept());
