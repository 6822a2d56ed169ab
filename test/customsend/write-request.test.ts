import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CustomSendCall, PARAMETERS, PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { problemsOf } from '../../functions/shared/customsend/encodability.ts';
import { encodeRequest, QUERY_BYTES_LIMIT, requestBytes } from '../../functions/shared/customsend/write-request.ts';

const URL_80 = new URL('http://provider.test/GateWay/Services.asmx');
const CALL: CustomSendCall = {
  Token: 't',
  Pattern: '【签名】{0} +&=%;<',
  DefaultDetail: ' a\r\nb\t',
  Details: ']]>\'"',
  Phones: '13800138000;',
  SmsType: 1,
  PostFixNumber: '',
  SendTime: '2026-01-01 08:00:00',
};
const FORM =
  'Token=t&Pattern=%E3%80%90%E7%AD%BE%E5%90%8D%E3%80%91%7B0%7D%20%2B%26%3D%25%3B%3C&DefaultDetail=%20a%0D%0Ab%09' +
  "&Details=%5D%5D%3E'%22&Phones=13800138000%3B&SmsType=1&PostFixNumber=&SendTime=2026-01-01%2008%3A00%3A00";
const PARAMETER_ELEMENTS =
  '<Token>t</Token><Pattern>【签名】{0} +&amp;=%;&lt;</Pattern><DefaultDetail> a&#xD;\nb\t</DefaultDetail><Details>]]&gt;\'"</Details>' +
  '<Phones>13800138000;</Phones><SmsType>1</SmsType><PostFixNumber></PostFixNumber><SendTime>2026-01-01 08:00:00</SendTime>';

test('a form POST', () => {
  const request = encodeRequest('http-post', CALL, URL_80);
  expect(request).toMatchObject({ method: 'POST', path: '/GateWay/Services.asmx/CustomSend' });
  expect(request.body).toBe(FORM);
  expect(request.headers).toEqual({
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
    'Content-Length': String(FORM.length),
  });
});

test('a GET, without a body or a media type', () => {
  const request = encodeRequest('http-get', CALL, URL_80);
  expect(request).toEqual({ method: 'GET', path: `/GateWay/Services.asmx/CustomSend?${FORM}`, headers: {}, body: undefined });
});

test.each([
  [
    'soap11',
    'http://schemas.xmlsoap.org/soap/envelope/',
    { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: '"http://tempuri.org/CustomSend"' },
  ],
  [
    'soap12',
    'http://www.w3.org/2003/05/soap-envelope',
    { 'Content-Type': 'application/soap+xml; charset=utf-8; action="http://tempuri.org/CustomSend"' },
  ],
] as const)('a %s envelope', (protocol, namespace, headers) => {
  const request = encodeRequest(protocol, CALL, URL_80);
  expect(request.method).toBe('POST');
  expect(request.path).toBe('/GateWay/Services.asmx');
  expect(request.headers).toEqual({ ...headers, 'Content-Length': String(Buffer.byteLength(request.body ?? '')) });
  expect(request.body).toBe(
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${namespace}"><soap:Body>` +
      `<CustomSend xmlns="http://tempuri.org/">${PARAMETER_ELEMENTS}</CustomSend></soap:Body></soap:Envelope>`,
  );
});

test("the provider's own query is kept, a final slash is not doubled", () => {
  const url = new URL('http://provider.test:8080/Services.asmx/?tenant=1');
  expect(PROTOCOLS.map((protocol) => encodeRequest(protocol, CALL, url).path.slice(0, 43))).toEqual([
    '/Services.asmx/CustomSend?tenant=1',
    '/Services.asmx/CustomSend?tenant=1&Token=t&',
    '/Services.asmx/?tenant=1',
    '/Services.asmx/?tenant=1',
  ]);
});

test('the bytes that count are those on the wire', () => {
  expect(requestBytes('http-post', CALL)).toBe(Buffer.byteLength(encodeRequest('http-post', CALL, URL_80).body ?? ''));
  expect(requestBytes('soap12', CALL)).toBe(Buffer.byteLength(encodeRequest('soap12', CALL, URL_80).body ?? ''));
  expect(requestBytes('http-get', CALL)).toBe(encodeRequest('http-get', CALL, URL_80).path.split('?')[1]?.length);
});

const found = (protocol: (typeof PROTOCOLS)[number], change: Partial<CustomSendCall>) =>
  problemsOf(protocol, { ...CALL, Pattern: 'p', ...change }).map(({ parameter, code }) => `${parameter} ${code}`);

test('SOAP refuses by name what XML forbids; the forms carry it, but for U+0000', () => {
  for (const character of ['\u0001', '\u000B', '\u001F', '\uFFFE', '\uFFFF']) {
    expect(found('soap11', { Details: `a${character}` })).toEqual(['Details forbidden-character']);
    expect(found('soap12', { Token: character, SendTime: character })).toEqual([
      'Token forbidden-character',
      'SendTime forbidden-character',
    ]);
    expect(found('http-post', { Details: `a${character}` })).toEqual([]);
  }
  for (const protocol of PROTOCOLS) {
    expect(found(protocol, { Details: '\0' })).toEqual(['Details null-character']);
    expect(found(protocol, { Phones: 'a\uD83D' })).toEqual(['Phones lone-surrogate']);
    expect(found(protocol, { Pattern: '\t\r\n 😀\uFFFD\u0085' })).toEqual([]);
    for (const SmsType of [1.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1]) expect(found(protocol, { SmsType })).toEqual(['SmsType not-an-int']);
  }
});

test('the forms refuse by name what ASP.NET takes for markup; SOAP carries it', () => {
  for (const markup of ['<b', '</b', '<!', '<?', '&#', 'x<Zz', '&#65;']) {
    expect(found('http-post', { Pattern: markup })).toEqual(['Pattern markup']);
    expect(found('http-get', { DefaultDetail: markup })).toEqual(['DefaultDetail markup']);
    expect(found('soap11', { Pattern: markup })).toEqual([]);
  }
  for (const harmless of ['<', 'a < b', '<1', '<张三>', '&amp;', '& #', '>b'])
    expect(found('http-post', { Pattern: harmless })).toEqual([]);
});

test('a query string may have 2,048 bytes and no more; the longest parameter is named', () => {
  const fill = (bytes: number) => problemsOf('http-get', { ...CALL, Pattern: 'p', Phones: '1'.repeat(bytes) });
  const exact = QUERY_BYTES_LIMIT - requestBytes('http-get', { ...CALL, Pattern: 'p', Phones: '' });
  expect(fill(exact)).toEqual([]);
  expect(fill(exact + 1)).toMatchObject([{ parameter: 'Phones', code: 'query-too-long' }]);
  expect(problemsOf('http-post', { ...CALL, Phones: '1'.repeat(10_000) })).toEqual([]);
});

test('no text, however odd, breaks the encoder or appears in a problem', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(fc.constantFrom(...PROTOCOLS), fc.array(text, { minLength: 8, maxLength: 8 }), (protocol, texts) => {
      const call = {
        ...Object.fromEntries(PARAMETERS.map((name, index) => [name, `\u00A7${texts[index]}\uD800`])),
        SmsType: 1,
      } as CustomSendCall;
      const problems = problemsOf(protocol, call);
      expect(problems.filter(({ code }) => code === 'lone-surrogate').length).toBe(7);
      expect(problems.map(({ detail }) => detail).join()).not.toContain('\u00A7');
      expect(encodeRequest(protocol, call, URL_80).path).toMatch(/^\/GateWay/);
    }),
  );
});
