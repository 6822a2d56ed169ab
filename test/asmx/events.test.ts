import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { addressOf, toBalancerResult, toRequest, toResult } from '../../functions/shared/asmx-server/gateway-event.ts';
import { encodeRequest } from '../../functions/shared/customsend/write-request.ts';
import { balancerEvent, call, envelope, form, restEvent, serviceOfFile } from '../support/asmx-events.ts';

const { answer, retCode, lastCall, system } = serviceOfFile();

describe('what the REST API changes', () => {
  test.each([
    ['utf-8', Buffer.from(envelope)],
    ['gb2312', iconv.encode(envelope.replace('encoding="utf-8"', 'encoding="gb2312"'), 'gb2312')],
    ['utf-16', iconv.encode(envelope, 'utf-16')],
    ['UTF-16LE', iconv.encode(envelope, 'utf-16le')],
  ])('a body in %s comes in base64, with headers in whatever case', async (charset, bytes) => {
    const headers = { 'CONTENT-TYPE': `text/xml; charset=${charset}`, soapAction: '"http://tempuri.org/CustomSend"' };
    expect(await retCode(restEvent({ headers, bytes }))).toBe('Sucess');
    expect(lastCall()).toEqual(call);
  });

  test('a form in gb2312', async () => {
    const bytes = Buffer.from(String(form.body).replace(encodeURIComponent('您好'), '%C4%FA%BA%C3'));
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=gb2312' };
    expect(
      await retCode(
        restEvent({
          path: '/GateWay/Services.asmx/CustomSend',
          headers,
          bytes: Buffer.from(bytes.toString().replace(encodeURIComponent('张三'), '%D5%C5%C8%FD')),
        }),
      ),
    ).toBe('Sucess');
    expect(lastCall()).toEqual({ ...call, Pattern: '您好' });
  });

  test('a query comes decoded and without order; %uXXXX is still there, and a charset of a GET means nothing', async () => {
    const parameters = Object.fromEntries(
      Object.entries({ ...call, Pattern: '%u60A8%u597D 100% + &=', DefaultDetail: '张三' }).map(([name, value]) => [
        name.toUpperCase(),
        String(value),
      ]),
    );
    const multi = Object.fromEntries(
      Object.entries(parameters)
        .reverse()
        .map(([name, value]) => [name, [value]]),
    );
    const event = restEvent({
      httpMethod: 'GET',
      path: '/services.asmx/CustomSend',
      headers: { 'Content-Type': 'text/xml; charset=gb2312' },
      queryStringParameters: parameters,
      multiValueQueryStringParameters: multi,
    });
    expect(await retCode(event)).toBe('Sucess');
    expect(lastCall()).toEqual({ ...call, Pattern: '您好 100% + &=' });
  });

  test('a query whose bytes were no UTF-8 is refused, not sent with its letters lost', async () => {
    const before = system().provider.calls.length;
    const parameters = Object.fromEntries(
      Object.entries({ ...call, Pattern: '\ufffd\ufffd' }).map(([name, value]) => [name, String(value)]),
    );
    const { retCode: code, text } = await answer(
      restEvent({ httpMethod: 'GET', path: '/Services.asmx/CustomSend', queryStringParameters: parameters }),
    );
    expect([code, text.includes('charset')]).toEqual(['Faild', true]);
    expect(system().provider.calls.length).toBe(before);
  });

  test('the stage is taken off the path, and is part of the address all the same', async () => {
    const { text, answer: wsdl } = await answer(
      restEvent({
        httpMethod: 'GET',
        headers: { Host: 'abc.execute-api.cn-north-1.amazonaws.com.cn', 'X-Forwarded-Proto': 'https' },
        queryStringParameters: { wsdl: '' },
      }),
    );
    expect(wsdl).toMatchObject({ status: 200, headers: { 'Content-Type': 'text/xml; charset=utf-8' } });
    expect(text).toContain('location="https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod/Services.asmx"');
  });

  test('a domain of its own may have something before the path', async () => {
    const context = { domainName: 'sms.example.com', path: '/old/services.asmx/CustomSend' };
    const event = restEvent({
      path: '/old/services.asmx/CustomSend',
      pathParameters: { proxy: 'services.asmx/CustomSend' },
      context,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      bytes: Buffer.from(form.body ?? ''),
    });
    expect(await retCode(event)).toBe('Sucess');
    expect(addressOf({ ...event, headers: { host: 'sms.example.com' } })).toBe('http://sms.example.com/old/services.asmx');
  });

  test.each([
    ['127.0.0.1:3000', 'http://127.0.0.1:3000/Services.asmx'],
    ['[::1]:80', 'http://[::1]:80/Services.asmx'],
    ['evil"><x', 'http://localhost/Services.asmx'],
    [undefined, 'http://localhost/Services.asmx'],
  ])('the address under the host name %s', (host, address) => {
    expect(addressOf(restEvent({ headers: host === undefined ? {} : { Host: host } }))).toBe(address);
  });
});

describe('what a load balancer changes', () => {
  const xml = { host: 'sms.internal', 'content-type': 'text/xml; charset=utf-8', soapaction: '"http://tempuri.org/CustomSend"' };

  test('text comes as text, a form and SOAP 1.2 in base64', async () => {
    expect(await retCode(balancerEvent('POST', '/SERVICES.ASMX', xml, Buffer.from(envelope)))).toBe('Sucess');
    expect(lastCall()).toEqual(call);
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await retCode(balancerEvent('POST', '/Services.asmx/CustomSend', type, Buffer.from(form.body ?? '')))).toBe('Sucess');
    const soap12 = encodeRequest('soap12', call, new URL('http://h/Services.asmx'));
    expect(
      await retCode(
        balancerEvent(
          'POST',
          '/GateWay/Services.asmx',
          { 'content-type': soap12.headers['Content-Type'] ?? '' },
          Buffer.from(soap12.body ?? ''),
        ),
      ),
    ).toBe('Sucess');
    expect(lastCall()).toEqual(call);
  });

  test('text/xml in gb2312 has lost its letters on the way: it is refused and not sent', async () => {
    const before = system().provider.calls.length;
    const headers = { ...xml, 'content-type': 'text/xml; charset=gb2312' };
    const { answer: refused } = await answer(balancerEvent('POST', '/Services.asmx', headers, iconv.encode(envelope, 'gb2312')));
    expect(refused.status).toBe(500);
    expect(String(refused.body)).toContain('<faultcode>soap:Client</faultcode>');
    expect(system().provider.calls.length).toBe(before);
  });

  test('the query comes as it was sent', async () => {
    const raw = Object.fromEntries(
      Object.entries({ ...call, Pattern: '您好' }).map(([name, value]) => [name, [encodeURIComponent(String(value))]]),
    );
    expect(await retCode(balancerEvent('GET', '/Services.asmx/CustomSend', {}, undefined, raw))).toBe('Sucess');
    expect(lastCall()).toEqual({ ...call, Pattern: '您好' });
    expect(await retCode(balancerEvent('GET', '/Services.asmx/CustomSend', {}, undefined, { ...raw, Pattern: ['%u60A8%25u597D'] }))).toBe(
      'Sucess',
    );
    expect(lastCall()).toMatchObject({ Pattern: '您%u597D' });
  });

  test('its answer has headers of several values only, its address no stage', () => {
    const result = toBalancerResult({ status: 200, headers: { 'Content-Type': 'text/xml; charset=utf-8' }, body: '<a/>' });
    expect(result).toEqual({
      statusCode: 200,
      multiValueHeaders: { 'Content-Type': ['text/xml; charset=utf-8'] },
      body: '<a/>',
      isBase64Encoded: false,
    });
    expect(toResult({ status: 200, headers: {}, body: Buffer.from([0xff]) })).toMatchObject({ body: '/w==', isBase64Encoded: true });
    expect(addressOf(balancerEvent('GET', '/gateway/services.asmx', { host: 'sms.internal:8080', 'x-forwarded-proto': 'http' }))).toBe(
      'http://sms.internal:8080/gateway/services.asmx',
    );
  });
});

test('a request is read the same from either event', () => {
  const rest = toRequest(restEvent({ headers: { 'Content-Type': 'application/soap+xml' }, bytes: Buffer.from(envelope) }));
  expect(toRequest(balancerEvent('POST', '/Services.asmx', { 'content-type': 'application/soap+xml' }, Buffer.from(envelope)))).toEqual(
    rest,
  );
});
