import { expect, test } from 'vitest';
import { classifyAnswer } from '../../functions/shared/customsend/classify-answer.ts';
import { bareRoot, envelopedRoot, FAILD, fault11, fault12, SUCESS } from '../support/answers.ts';

const XML = 'text/xml; charset=utf-8';
const SOAP12 = 'application/soap+xml; charset=utf-8';
const PLAIN = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const NULLS = '<RetCode>Faild</RetCode><TotalSendCount>0</TotalSendCount>';
const NIL = '<ROOT xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true" xmlns="CustomJobReturn" />';

function classify(status: number, contentType: string | undefined, body: string, notSentStatuses: number[] = []): string {
  const outcome = classifyAnswer({ status, contentType, body: Buffer.from(body), complete: true }, notSentStatuses);
  expect(outcome.httpStatus).toBe(status);
  expect(outcome.reason.length).toBeGreaterThan(10);
  return `${outcome.kind} ${outcome.code}`;
}

/** What a real ASMX server was recorded to answer, by case: status, media type, body, outcome. */
const RECORDED: [name: string, status: number, contentType: string, body: string, outcome: string][] = [
  ['GET, Chinese text', 200, XML, bareRoot(SUCESS), 'accepted accepted'],
  ['GET, names in lower case', 200, XML, bareRoot(SUCESS), 'accepted accepted'],
  ['GET, %u escapes', 200, XML, bareRoot(SUCESS), 'accepted accepted'],
  ['GET, business failure', 200, XML, bareRoot(FAILD), 'rejected faild'],
  ['GET, operation in lower case', 500, PLAIN, 'Invalid method name &#39;customsend&#39;', 'unknown http-status'],
  ['GET, parameter missing', 500, PLAIN, 'Missing parameter: SmsType.\r\n', 'unknown http-status'],
  ['GET, SmsType no int', 500, PLAIN, 'Cannot convert abc to System.Int32.\r\n', 'unknown http-status'],
  ['GET, unknown operation', 500, PLAIN, 'CustomSendX Web Service method name is not valid.\r\n', 'unknown http-status'],
  ['POST, Chinese text', 200, XML, bareRoot(SUCESS), 'accepted accepted'],
  ['POST, charset gb2312', 200, XML, bareRoot(SUCESS), 'accepted accepted'],
  ['POST, 10,000 phones', 200, XML, bareRoot(SUCESS.replace('>2<', '>10000<')), 'accepted accepted'],
  [
    'POST, special characters, blank ids',
    200,
    XML,
    bareRoot(SUCESS.replace('<SpecialJobIDs />', '<SpecialJobIDs> </SpecialJobIDs>')),
    'accepted accepted',
  ],
  ['POST, business failure', 200, XML, bareRoot(FAILD), 'rejected faild'],
  ['POST, null strings left out', 200, XML, bareRoot(NULLS), 'rejected faild'],
  ['POST, null ROOT', 200, XML, NIL, 'unknown nil-root'],
  ['POST, text/plain', 500, PLAIN, 'Request format is invalid: text/plain.\r\n', 'unknown http-status'],
  ['POST, empty body', 500, PLAIN, 'Missing parameter: Token.\r\n', 'unknown http-status'],
  ['POST, Token missing', 500, PLAIN, 'Missing parameter: Token.\r\n', 'unknown http-status'],
  ['POST, SmsType out of range', 500, PLAIN, 'Cannot convert 2147483648 to System.Int32.\r\n', 'unknown http-status'],
  ['POST, exception in the method', 500, PLAIN, 'boom &lt;&amp;&gt; 爆炸\r\n', 'unknown http-status'],
  ['1.1, no SOAPAction', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  ['1.1, SOAPAction without quotes', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  ['1.1, wrong SOAPAction', 500, XML, fault11('soap:Client'), 'rejected client-fault'],
  ['1.1, CDATA', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  ['1.1, Chinese text', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  ['1.1, chunked request', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  ['1.1, 100-continue', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  ['1.1, GBK and UTF-16 requests', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  ['1.1, parameters missing, nil, reversed', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  ['1.1, XML-special characters', 200, XML, envelopedRoot('soap11', SUCESS), 'accepted accepted'],
  [
    '1.1, special characters, blank ids',
    200,
    XML,
    envelopedRoot('soap11', SUCESS.replace('<SpecialJobIDs />', '<SpecialJobIDs> </SpecialJobIDs>')),
    'accepted accepted',
  ],
  ['1.1, wrong media type', 415, XML, '', 'rejected http-status'],
  ['1.1, document type', 400, XML, '', 'rejected http-status'],
  ['1.1, malformed', 400, XML, '', 'rejected http-status'],
  ['1.1, business failure', 200, XML, envelopedRoot('soap11', FAILD), 'rejected faild'],
  ['1.1, null strings left out', 200, XML, envelopedRoot('soap11', NULLS), 'rejected faild'],
  ['1.1, header not understood', 500, XML, fault11('soap:MustUnderstand'), 'rejected client-fault'],
  ['1.1, no Body', 500, XML, fault11('soap:Client'), 'rejected client-fault'],
  ['1.1, SmsType no int', 500, XML, fault11('soap:Client'), 'rejected client-fault'],
  ['1.1, exception in the method', 500, XML, fault11('soap:Server'), 'unknown server-fault'],
  ['1.1, envelope of another namespace', 500, XML, fault11('soap:VersionMismatch'), 'rejected client-fault'],
  ['1.2, action, Chinese text, SOAPAction', 200, SOAP12, envelopedRoot('soap12', SUCESS), 'accepted accepted'],
  ['1.2, XML-special characters', 200, SOAP12, envelopedRoot('soap12', SUCESS), 'accepted accepted'],
  ['1.2, business failure', 200, SOAP12, envelopedRoot('soap12', FAILD), 'rejected faild'],
  ['1.2, null strings left out', 200, SOAP12, envelopedRoot('soap12', NULLS), 'rejected faild'],
  ['1.2, header not understood', 500, SOAP12, fault12('soap:MustUnderstand'), 'rejected client-fault'],
  ['1.2, exception in the method', 500, SOAP12, fault12('soap:Receiver'), 'unknown server-fault'],
  ['1.2, wrong element', 500, SOAP12, fault12('soap:Sender'), 'rejected client-fault'],
];

test.each(RECORDED)('recorded: %s', (_name, status, contentType, body, outcome) => {
  expect(classify(status, contentType, body)).toBe(outcome);
});

test.each([400, 401, 403, 404, 405, 413, 414, 415])('status %i is rejected, whatever its body says', (status) => {
  for (const body of ['', '<html>', bareRoot(SUCESS), fault11('soap:Server')]) {
    expect(classify(status, XML, body)).toBe('rejected http-status');
  }
});

test.each([201, 202, 204, 206, 301, 302, 304, 307, 308, 402, 406, 408, 409, 410, 422, 500, 501, 502, 503, 504])(
  'status %i leaves unknown what happened',
  (status) => {
    for (const [type, body] of [
      [HTML, '<html></html>'],
      [PLAIN, 'x'],
      [XML, bareRoot(SUCESS)],
      [XML, bareRoot(FAILD)],
    ] as const) {
      expect(classify(status, type, body)).toBe('unknown http-status');
    }
  },
);

test('429 and what the front guarantees mean not sent', () => {
  expect(classify(429, HTML, '')).toBe('not-sent http-status');
  expect(classify(503, HTML, '<html>', [503])).toBe('not-sent http-status');
  expect(classify(502, HTML, '<html>', [503])).toBe('unknown http-status');
});

test('a Client fault rejects on any status but 408 and 3xx, and only in an XML media type', () => {
  for (const status of [200, 202, 500, 503]) expect(classify(status, XML, fault11('soap:Client'))).toBe('rejected client-fault');
  for (const status of [302, 408]) expect(classify(status, XML, fault11('soap:Client'))).toBe('unknown http-status');
  expect(classify(500, PLAIN, fault11('soap:Client'))).toBe('unknown http-status');
  expect(classify(200, HTML, fault11('soap:Client'))).toBe('unknown no-root');
  expect(classify(500, undefined, fault11('soap:Client'))).toBe('unknown http-status');
});

test('a status decides even when the rest of the answer is lost; nothing else does', () => {
  const lost = (status: number) =>
    classifyAnswer({ status, contentType: XML, body: Buffer.from(bareRoot(SUCESS)), complete: false }, [503]);
  expect([413, 429, 503, 200, 500].map((status) => lost(status).kind)).toEqual(['rejected', 'not-sent', 'not-sent', 'unknown', 'unknown']);
});

test('Faild with a job id is unknown; separators alone are no id', () => {
  const faild = (common: string, special: string) =>
    classify(200, XML, bareRoot(`<RetCode>Faild</RetCode><CommonJobID>${common}</CommonJobID><SpecialJobIDs>${special}</SpecialJobIDs>`));
  expect(faild('', ';')).toBe('rejected faild');
  expect(faild(' ', ' ; , ')).toBe('rejected faild');
  expect(faild('17', '')).toBe('unknown faild-with-job-id');
  expect(faild('', ';18;')).toBe('unknown faild-with-job-id');
});

test.each(['', 'sucess', 'Success', ' Sucess', 'Failed', 'Sucess or Faild', '0'])('RetCode "%s" is unknown', (code) => {
  expect(classify(200, XML, bareRoot(`<RetCode>${code}</RetCode>`))).toBe('unknown unexpected-ret-code');
});

test('RetCode and Message are kept verbatim, and appear in no reason', () => {
  const body = Buffer.from(bareRoot(FAILD.replace('Token无效', ' 13800138000 &lt;无效&gt; ')));
  const outcome = classifyAnswer({ status: 200, contentType: XML, body, complete: true }, []);
  expect(outcome).toMatchObject({ retCode: 'Faild', message: ' 13800138000 <无效> ', root: { TotalSendCount: 0 } });
  expect(outcome.reason).not.toMatch(/138|无效/);
});
