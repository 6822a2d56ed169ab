import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HttpRequest, Reply } from '../../functions/shared/asmx-server/http-exchange.ts';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { writeException, writeFault, writeReturn } from '../../functions/shared/asmx-server/write-answer.ts';
import { type CustomSendReturn, PROTOCOLS, type Protocol } from '../../functions/shared/customsend/call.ts';
import { problemsOf } from '../../functions/shared/customsend/encodability.ts';
import { readAnswer } from '../../functions/shared/customsend/read-answer.ts';
import { encodeRequest } from '../../functions/shared/customsend/write-request.ts';

const url = new URL('http://127.0.0.1/GateWay/Services.asmx');
const REPLY: Record<Protocol, Reply> = { 'http-post': 'form', 'http-get': 'form', soap11: 'soap11', soap12: 'soap12' };

const telling = fc.constantFrom(
  '张三',
  '😀',
  ' ',
  '\r\n',
  '\r',
  '\t',
  '&',
  '&amp;',
  '<',
  ']]>',
  '"',
  "'",
  '+',
  '%',
  '%41',
  '%u4e2d',
  '\ufeff',
  '=',
  ';',
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(telling).map((parts) => parts.join('')),
);
const call = fc.record({
  Token: text,
  Pattern: text,
  DefaultDetail: text,
  Details: text,
  Phones: text,
  SmsType: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  PostFixNumber: text,
  SendTime: text,
});

it.each(PROTOCOLS)('a server reads what the client wrote: %s', (protocol) => {
  fc.assert(
    fc.property(call, (written) => {
      fc.pre(problemsOf(protocol, written).length === 0);
      const reading = readRequest(received(encodeRequest(protocol, written, url)));
      expect(reading).toEqual({ kind: 'call', call: written, reply: REPLY[protocol] });
    }),
    { numRuns: 500 },
  );
});

/** The request as it arrives below the address: header names in lower case, the path as it goes on after .asmx. */
function received({ method, path, headers, body }: ReturnType<typeof encodeRequest>): HttpRequest {
  const { pathname, search } = new URL(path, url);
  return {
    method,
    path: pathname.slice(url.pathname.length),
    query: search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body ?? ''),
  };
}

const EMPTY = { Token: '', Pattern: '', DefaultDetail: '', Details: '', Phones: '', SmsType: 1, PostFixNumber: '', SendTime: '' };
const carried = text.filter((value) => problemsOf('soap11', { ...EMPTY, Token: value }).length === 0);
const field = fc.option(carried);
const root: fc.Arbitrary<CustomSendReturn> = fc.record({
  RetCode: fc.constantFrom('Sucess', 'Faild'),
  Message: field,
  CommonJobID: field,
  SpecialJobIDs: field,
  TotalSendCount: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  ErrorPhones: field,
});

it.each(['form', 'soap11', 'soap12'] as const)('the client reads what a server answered: %s', (reply) => {
  fc.assert(
    fc.property(root, (written) => {
      expect(contentOf(writeReturn(reply, written))).toEqual({ kind: 'root', root: written });
    }),
    { numRuns: 500 },
  );
  expect(contentOf(writeReturn(reply, null))).toEqual({ kind: 'nil-root' });
});

it('the client reads the faults of a server', () => {
  fc.assert(
    fc.property(carried, (reason) => {
      expect(contentOf(writeFault('soap11', 'Client', reason))).toEqual({ kind: 'fault', code: 'Client', text: reason });
      expect(contentOf(writeFault('soap12', 'Client', reason))).toEqual({ kind: 'fault', code: 'Sender', text: reason });
      expect(contentOf(writeException('soap12', reason))).toMatchObject({ kind: 'fault', code: 'Receiver' });
      expect(contentOf(writeFault('soap11', 'VersionMismatch', reason))).toMatchObject({ kind: 'fault', code: 'VersionMismatch' });
      expect(contentOf(writeFault('soap12', 'MustUnderstand', reason))).toMatchObject({ kind: 'fault', code: 'MustUnderstand' });
    }),
  );
});

function contentOf({ headers, body }: ReturnType<typeof writeReturn>): ReturnType<typeof readAnswer> {
  return readAnswer(headers['Content-Type'], Buffer.from(body as string));
}
