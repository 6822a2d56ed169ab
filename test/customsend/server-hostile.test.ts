import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NAMESPACE, SOAP_ACTION } from '../../functions/shared/customsend/call.ts';
import { readXml } from '../../functions/shared/customsend/strict-reader.ts';
import { answerLikeEcho, raw } from '../support/asmx.ts';
import { hostileBodies, wrap } from '../support/hostile.ts';

const call = '<CustomSend xmlns="http://tempuri.org/"><Token>echo</Token><Details>张三</Details><SmsType>1</SmsType></CustomSend>';
const form = 'Token=echo&Pattern=p&DefaultDetail=%E5%BC%A0&Details=%u4e2d&Phones=1;2&SmsType=1&PostFixNumber=&SendTime=';
const soap = (body: string | Uint8Array, action = `SOAPAction: "${SOAP_ACTION}"`) =>
  raw(`POST /Services.asmx\nContent-Type: text/xml; charset=utf-8\n${action}`, body);

it.each(hostileBodies())('refuses $name in good time, routed by its action and by its element', ({ body }) => {
  const start = performance.now();
  for (const action of [undefined, 'Accept: */*']) expect(answerLikeEcho(soap(body, action)).status).toBeOneOf([400, 500]);
  expect(performance.now() - start).toBeLessThan(10_000);
});

it.each(['%', '%u4e2d', '+', '&', '=', '&a='])('reads 4 MB of %s in a form within seconds', (piece) => {
  const start = performance.now();
  const head = 'POST /Services.asmx/CustomSend\nContent-Type: application/x-www-form-urlencoded';
  expect(answerLikeEcho(raw(head, `${form}&x=${piece.repeat(4_000_000 / piece.length)}`)).status).toBeOneOf([200, 500]);
  expect(performance.now() - start).toBeLessThan(3_000);
});

it('does not let names reach prototypes', () => {
  const answer = answerLikeEcho(raw(`GET /Services.asmx/CustomSend?${form}&__proto__=x&constructor=y&toString=z`));
  expect(answer.status).toBe(200);
  expect(Object.prototype).not.toHaveProperty('x');
});

const types = [
  'text/xml',
  'text/xml; charset=utf-16',
  'application/soap+xml; charset=gbk',
  'application/x-www-form-urlencoded',
  '',
  'x;;=',
];
const header = fc.option(fc.constantFrom(SOAP_ACTION, `"${SOAP_ACTION}"`, '"', '', '%', '%u00'), { nil: undefined });
const bodies = [wrap(call), wrap(call).replaceAll(NAMESPACE.soap11, 'http://www.w3.org/2003/05/soap-envelope'), form];

/** One of the good bodies with some bytes changed, left out or repeated. */
const mutated = fc
  .tuple(fc.constantFrom(...bodies), fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.nat(255)), { maxLength: 4 }))
  .map(([body, changes]) => {
    let bytes = [...Buffer.from(body)];
    for (const [position, kind, byte] of changes) {
      const index = position % bytes.length;
      bytes =
        kind === 3
          ? [...bytes.slice(0, index), ...bytes.slice(index / 2)]
          : bytes.toSpliced(index, kind === 0 ? 0 : 1, ...(kind === 2 ? [] : [byte]));
    }
    return Uint8Array.from(bytes);
  });

const requests = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', ''),
  path: fc.oneof(fc.constantFrom('', '/', '/CustomSend', '/customsend'), fc.string()),
  query: fc.oneof(fc.constant(form), fc.string({ unit: 'binary' })),
  headers: fc.record({ 'content-type': fc.constantFrom(...types), soapaction: header }),
  body: fc.oneof(mutated, fc.uint8Array()),
});

it('answers anything, and what it says is XML is well-formed', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const { status, headers, body } = answerLikeEcho(request);
      expect(status).toBeOneOf([200, 400, 405, 415, 500]);
      if (/xml/.test(headers['Content-Type'] ?? '') && body !== '') readXml(String(body), { characters: 1e6, depth: 16, elements: 99 });
    }),
    { numRuns: 5_000 },
  );
});
