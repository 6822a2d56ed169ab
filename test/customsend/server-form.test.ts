import { expect, it } from 'vitest';
import { answerLikeEcho, type Facts, factsOf, raw, TEXT, XML } from '../support/asmx.ts';

const PHONES = '13800138000%2C13900139000';
const rest = `&PostFixNumber=01&SendTime=2026-01-01+08%3A00%3A00`;
const query = `Token=echo&Pattern=p&DefaultDetail=dd&Details=d&Phones=${PHONES}&SmsType=1${rest}`;
const swap = (from: string, to: string) => query.replace(from, to);
const get = (text: string, path = '/CustomSend') => raw(`GET /Services.asmx${path}?${text}\nHost: asmx.test`);
const post = (text: string, type = 'application/x-www-form-urlencoded') =>
  raw(`POST /Services.asmx/CustomSend\nContent-Type: ${type}`, text);

const ok = (message?: string): Facts => ({ status: 200, type: XML, retCode: 'Sucess', message: message ?? expect.any(String) });
const faild = (message: string): Facts => ({ status: 200, type: XML, retCode: 'Faild', message });
const error = (text: string): Facts => ({ status: 500, type: TEXT, text });
const echo = (details: string) => ok(`[echo][p][dd][${details}][13800138000,13900139000][1][01][2026-01-01 08:00:00]`);
const wrongInt = (value: string, reason: string) =>
  error(`Cannot convert ${value} to System.Int32.\nParameter name: type ---> ${reason}\n`);
const FORMAT = 'Input string was not in a correct format.';
const RANGE = 'Value was either too large or too small for an Int32.';

it.each([
  ['get', get(query), echo('d')],
  ['get, Chinese', get(swap('Details=d', 'Details=%E5%BC%A0%E4%B8%89%7C%E6%9D%8E')), echo('张三|李')],
  ['get, business failure', get(swap('echo', 'fail')), faild('Token无效')],
  ['get, names in lower case', get(query.replace(/\w+=/g, (name) => name.toLowerCase())), echo('d')],
  [
    'get, operation in lower case',
    get(query, '/customsend'),
    error(
      'Invalid method name &#39;customsend&#39;,  method names are case sensitive.   The method name &#39;CustomSend&#39; ' +
        'with the same name but different casing was found.\nParameter name: methodName\n',
    ),
  ],
  ['get, unknown operation', get(query, '/CustomSendX'), error('CustomSendX Web Service method name is not valid.\n')],
  ['get, SmsType missing', get(swap('&SmsType=1', '')), error('Missing parameter: SmsType.\n')],
  ['get, SmsType abc', get(swap('SmsType=1', 'SmsType=abc')), wrongInt('abc', FORMAT)],
  ['get, %u escapes', get(swap('Details=d', 'Details=%u4e2d%u6587')), echo('中文')],
  ['post, gb2312', post(swap('Details=d', 'Details=%D6%D0%CE%C4'), 'application/x-www-form-urlencoded; charset=gb2312'), echo('中文')],
  ['post, raw gb2312 bytes', { ...post('', 'application/x-www-form-urlencoded; charset=gb2312'), body: gb2312() }, echo('中文')],
  ['post, media type', post(query, 'text/plain'), error('Request format is invalid: text/plain.\n')],
  ['post, no media type', post(query, ''), error('Request format is invalid: .\n')],
  ['post, media type in capitals', post(query, 'Application/X-WWW-Form-UrlEncoded'), echo('d')],
  ['post, nothing in the body', post(''), error('Missing parameter: Token.\n')],
  ['post, business failure', post(swap('echo', 'fail')), faild('Token无效')],
  ['post, 10,000 phones', post(swap(PHONES, Array.from({ length: 10_000 }, () => '13800000000').join(';'))), ok()],
  ['post, Token missing', post(swap('Token=echo&', '')), error('Missing parameter: Token.\n')],
  ['post, null root', post(swap('echo', 'nullroot')), { status: 200, type: XML, nil: true }],
  ['post, null strings', post(swap('echo', 'nulls')), { status: 200, type: XML, retCode: 'Faild' }],
  ['post, SmsType over', post(swap('SmsType=1', 'SmsType=2147483648')), wrongInt('2147483648', RANGE)],
  ['post, exception', post(swap('echo', 'throw')), error('boom &lt;&amp;&gt; 爆炸\n')],
  ['post ignores the query', { ...post(''), query }, error('Missing parameter: Token.\n')],
  ['get ignores the body', { ...get(''), body: Buffer.from(query) }, error('Missing parameter: Token.\n')],
  ['a name without = is missing', get(swap('Token=echo', 'Token')), error('Missing parameter: Token.\n')],
  ['an empty value is there', get(swap('Details=d', 'Details=')), echo('')],
  ['the first problem in declaration order', get('SmsType=abc&Token=t'), error('Missing parameter: Pattern.\n')],
  ['repeated names are joined', get(`${query}&details=e`), echo('d,e')],
  ['repeated SmsType', get(`${query}&SmsType=2`), wrongInt('1,2', FORMAT)],
  ['; does not separate', get(swap('Details=d', 'Details=d;e')), echo('d;e')],
  ['malformed escapes stay', get(swap('Details=d', 'Details=%zz%u12%')), echo('%zz%u12%')],
  ['wrong bytes become U+FFFD', get(swap('Details=d', 'Details=%E5x')), echo('\ufffdx')],
  ['an unknown charset is UTF-8', post(swap('Details=d', 'Details=%E4%B8%AD'), 'application/x-www-form-urlencoded;charset=x'), echo('中')],
  [
    'line break at the end',
    post(`${query}\r\n`),
    ok('[echo][p][dd][d][13800138000,13900139000][1][01][2026-01-01 08:00:00\r\n]'.replace('\r', '&#xD;')),
  ],
  ['blanks around SmsType', get(swap('SmsType=1', 'SmsType=%20%09-07%0d%0a')), ok(expect.stringContaining('[-7]'))],
  ['SmsType 1.0', get(swap('SmsType=1', 'SmsType=1.0')), wrongInt('1.0', FORMAT)],
  ['markup', get(swap('Details=d', 'Details=<b>x</b>')), dangerous('QueryString', '&lt;b&gt;x&lt;/b&gt;')],
  [
    'markup in the middle',
    post(swap('Details=d', `Details=${'a'.repeat(12)}%26%23${'b'.repeat(20)}`)),
    dangerous('Form', `...${'a'.repeat(10)}&amp;#${'b'.repeat(18)}...`),
  ],
  ['< before a digit is no markup', get(swap('Details=d', 'Details=1<2')), echo('1&lt;2')],
])('%s', (_name, request, facts) => {
  expect(factsOf(request)).toEqual(facts);
});

function dangerous(source: string, value: string): Facts {
  return error(`A potentially dangerous Request.${source} value was detected from the client (Details=&quot;${value}&quot;).\n`);
}

function gb2312(): Uint8Array {
  const [before = '', after = ''] = swap('Details=d', 'Details=|').split('|');
  return Buffer.concat([Buffer.from(before), Buffer.from('d6d0cec4', 'hex'), Buffer.from(after)]);
}

it.each([
  ['PUT', '', 405],
  ['HEAD', '', 405],
  ['post', '', 405],
  ['PUT', '/CustomSend', 500],
  ['HEAD', '/CustomSend', 500],
  ['GET', '/', 500],
  ['POST', '/', 500],
])('%s %s belongs to no protocol: %i as HTML', (method, path, status) => {
  expect(factsOf({ ...get(query), method, path })).toEqual({ status, type: 'text/html; charset=utf-8' });
});

it.each(['gzip', 'GZIP', ' deflate', 'br', 'x'])('refuses Content-Encoding %s by name, on every binding', (encoding) => {
  const headers = { 'content-encoding': encoding };
  for (const request of [post(query), get(query), { ...post(query), path: '' }]) {
    const refused = factsOf({ ...request, headers: { ...request.headers, ...headers } });
    expect(refused).toMatchObject({ status: 415, type: 'text/html; charset=utf-8' });
    expect(String(answerLikeEcho({ ...request, headers: { ...request.headers, ...headers } }).body)).toContain(
      encoding.trim().toLowerCase(),
    );
  }
  const plain = { ...post(query), headers: { ...post(query).headers, 'content-encoding': 'identity' } };
  expect(factsOf(plain)).toEqual(echo('d'));
});

it('keeps the limits of ASP.NET', () => {
  expect(factsOf(get(`${query}&x=${'a'.repeat(2_048)}`)).status).toBe(400);
  expect(factsOf(post(`${query}&x=${'a'.repeat(4_096 * 1_024)}`))).toEqual(error('Maximum request length exceeded.\n'));
  expect(factsOf(post('a=&'.repeat(1_001))).status).toBe(500);
});

it('writes the answer byte by byte like the help page', () => {
  const [success, nulls, nil] = ['echo', 'nulls', 'nullroot'].map((token) => answerLikeEcho(get(swap('echo', token))));
  const head =
    '<?xml version="1.0" encoding="utf-8"?>\n<ROOT xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"';
  expect(success).toEqual({
    status: 200,
    headers: { 'Content-Type': XML, 'Cache-Control': 'private, max-age=0' },
    body:
      `${head} xmlns="CustomJobReturn">\n  <RetCode>Sucess</RetCode>\n  <Message>[echo][p][dd][d][13800138000,13900139000][1][01]` +
      '[2026-01-01 08:00:00]</Message>\n  <CommonJobID>20260101000000001</CommonJobID>\n  <SpecialJobIDs />\n' +
      '  <TotalSendCount>2</TotalSendCount>\n  <ErrorPhones />\n</ROOT>',
  });
  const shortest = '  <RetCode>Faild</RetCode>\n  <TotalSendCount>0</TotalSendCount>\n';
  expect(nulls?.body).toBe(`${head} xmlns="CustomJobReturn">\n${shortest}</ROOT>`);
  expect(nil?.body).toBe(`${head} xsi:nil="true" xmlns="CustomJobReturn" />`);
});

it('says in Cache-Control whether the method ran', () => {
  expect(answerLikeEcho(get(swap('echo', 'throw'))).headers['Cache-Control']).toBe('private, max-age=0');
  expect(answerLikeEcho(get('')).headers['Cache-Control']).toBe('private');
});
