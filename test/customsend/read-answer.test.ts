import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { splitList } from '../../functions/shared/customsend/answer-content.ts';
import { isXmlMediaType } from '../../functions/shared/customsend/classify-answer.ts';
import { readAnswer } from '../../functions/shared/customsend/read-answer.ts';
import { bareRoot, envelope, envelopedRoot, fault11, fault12, SUCESS } from '../support/answers.ts';

const read = (text: string, contentType = 'text/xml; charset=utf-8') => readAnswer(contentType, Buffer.from(text));
const kind = (text: string) => read(text).kind;
const ROOT = {
  RetCode: 'Sucess',
  Message: '收到 <b>&',
  CommonJobID: '20260101000000001',
  SpecialJobIDs: '',
  TotalSendCount: 2,
  ErrorPhones: '',
};

describe('a ROOT', () => {
  test('is read on every binding, in either schema order, with any prefixes and layout', () => {
    const pretty = bareRoot(SUCESS.replaceAll('><', '>\r\n  <'));
    const prefixed = bareRoot(SUCESS).replace('xmlns="', 'xmlns:r="').replace('<ROOT', '<r:ROOT').replace('</ROOT', '</r:ROOT');
    const inner = prefixed.replace(/<(\/?)(RetCode|Message|CommonJobID|SpecialJobIDs|TotalSendCount|ErrorPhones)/g, '<$1r:$2');
    const others = [envelopedRoot('soap11', SUCESS), envelopedRoot('soap12', SUCESS).replaceAll('soap:', 's:').replace(':soap=', ':s=')];
    for (const text of [bareRoot(SUCESS), `\uFEFF${bareRoot(SUCESS)}`, pretty, inner, ...others, `${pretty}<!-- end -->`]) {
      expect(read(text)).toEqual({ kind: 'root', root: ROOT });
    }
  });

  test('may leave elements out, have them nil, in any order, beside unknown ones', () => {
    expect(read(bareRoot('<RetCode>Sucess</RetCode>'))).toMatchObject({ root: { Message: null, TotalSendCount: null, ErrorPhones: null } });
    const odd =
      '<More>1</More><ErrorPhones>1;</ErrorPhones><Message xsi:nil="true" /><x:RetCode xmlns:x="other">x</x:RetCode><RetCode>Faild</RetCode>';
    expect(read(bareRoot(odd))).toMatchObject({ root: { RetCode: 'Faild', Message: null, ErrorPhones: '1;' } });
  });

  test.each([
    ['2', 2],
    [' +007\r\n', 7],
    ['-1', -1],
    ['', null],
    ['1.0', null],
    ['1,000', null],
    ['2147483648', null],
    ['２', null],
  ])('TotalSendCount "%s" is %s, and the answer counts all the same', (text, count) => {
    const content = read(bareRoot(`<RetCode>Sucess</RetCode><TotalSendCount>${text}</TotalSendCount>`));
    expect(content).toMatchObject({ root: { RetCode: 'Sucess', TotalSendCount: count } });
  });

  test('is none when nil, foreign, doubled, not alone, or not where it belongs', () => {
    expect(kind(bareRoot('').replace('xmlns="', 'xsi:nil=" true " xmlns="'))).toBe('nil-root');
    expect(kind(envelopedRoot('soap11', '').replace('<ROOT', '<ROOT xsi:nil="1"'))).toBe('nil-root');
    for (const text of [
      bareRoot(SUCESS).replace('"CustomJobReturn"', '"http://tempuri.org/"'),
      `<ROOT>${SUCESS}</ROOT>`,
      `<A>${bareRoot(SUCESS).replace(/^.*\r\n/, '')}</A>`,
      envelopedRoot('soap11', SUCESS).replace('"http://tempuri.org/"', '"http://tempuri.org"'),
      envelopedRoot('soap11', SUCESS).replace('http://schemas.xmlsoap.org/soap/envelope/', 'urn:env'),
      envelope('soap11', '<ROOT xmlns="CustomJobReturn"><RetCode>Sucess</RetCode></ROOT>'),
      envelope('soap12', '<r xmlns="http://tempuri.org/"/>'.repeat(2)),
      envelope('soap12', ''),
      '<html><body>502</body></html>',
    ]) {
      expect([text, kind(text)]).toEqual([text, 'no-root']);
    }
    const twice = /(<ROOT.*<\/ROOT>)/;
    expect(kind(envelopedRoot('soap11', SUCESS).replace(twice, '$1$1'))).toBe('no-root');
    expect(kind(bareRoot(`${SUCESS}<RetCode>Faild</RetCode>`))).toBe('invalid-root');
    expect(kind(bareRoot('<RetCode>Suc<b/>ess</RetCode>'))).toBe('invalid-root');
  });

  test('is none in what is not well-formed', () => {
    const bare = bareRoot(SUCESS);
    const broken = [
      '',
      ' ',
      bare.slice(0, -1),
      `${bare}x`,
      bare + bare.replace(/^.*\r\n/, ''),
      ` ${bare}`,
      bare.replace('<ROOT', '<!DOCTYPE ROOT><ROOT'),
      bare.replace('Sucess', 'Sucess&#x1;'),
      bare.replace('Sucess', 'Sucess\u0001'),
      bare.replace('Sucess', '&sucess;'),
      bare.replace('Sucess', 'Suc]]>ess'),
      bare.replace('<Message', '<x:Message').replace('</Message', '</x:Message'),
      bare.replace('xmlns="', 'xmlns:xsi="x" xmlns="'),
      bare.replace('1.0', '1.1'),
      bareRoot(`${SUCESS}<__proto__/>`),
    ];
    for (const text of broken) expect([text, kind(text)]).toEqual([text, 'not-xml']);
  });
});

test('faults of both versions are read by the namespace of their code', () => {
  const code = (text: string) => {
    const content = read(text);
    return content.kind === 'fault' ? content.code : content.kind;
  };
  expect(['Client', 'Server', 'VersionMismatch', 'MustUnderstand'].map((name) => code(fault11(`soap:${name}`)))).not.toContain(null);
  expect(code(fault11('\r\n soap:Client.Authentication.1 '))).toBe('Client');
  expect(code(fault12('soap:Sender'))).toBe('Sender');
  expect(code(fault12(' soap:Receiver\n'))).toBe('Receiver');
  expect(code(fault11('x:Client').replace('<faultcode', '<faultcode xmlns:x="http://schemas.xmlsoap.org/soap/envelope/"'))).toBe('Client');
  for (const odd of ['Client', 'x:Client', 'soap:client', 'soap:Clientele', 'soap:Sender', 'soap:', '', 'a:b:Client']) {
    expect([odd, code(fault11(odd))]).toEqual([odd, null]);
  }
  for (const odd of ['soap:Client', 'soap:Sender.x', 'Sender']) expect([odd, code(fault12(odd))]).toEqual([odd, null]);
  expect(read(fault12('soap:Sender', 'Wörter &amp; 中文'))).toEqual({ kind: 'fault', code: 'Sender', text: 'Wörter & 中文' });
  expect(code(fault11('soap:Client').replace('<detail />', '<faultcode>soap:Server</faultcode>'))).toBe(null);
});

test('the charset comes from the byte order mark, else the header, else the declaration, else it is UTF-8', () => {
  const text = bareRoot('<RetCode>Sucess</RetCode><Message>余额不足</Message>');
  const declared = (label: string) => text.replace('utf-8', label);
  const message = (bytes: Uint8Array, contentType?: string) => {
    const content = readAnswer(contentType, bytes);
    return content.kind === 'root' ? content.root.Message : content.kind;
  };
  const encoded: [Buffer, string | undefined][] = [
    [iconv.encode(text, 'gbk'), 'text/xml; charset=GBK'],
    [iconv.encode(text, 'gbk'), 'text/xml;Charset="gb2312" ; x=y'],
    [iconv.encode(declared('gb2312'), 'gbk'), 'text/xml'],
    [iconv.encode(declared('GB18030'), 'gb18030'), undefined],
    [iconv.encode(text, 'utf-16le'), 'text/xml; charset=utf-16'],
    [iconv.encode(declared('utf-16'), 'utf-16le', { addBOM: true }), 'text/xml; charset=gbk'],
    [iconv.encode(declared('utf-16'), 'utf-16be', { addBOM: true }), undefined],
    [iconv.encode(declared('utf-16'), 'utf-16be'), undefined],
    [iconv.encode(declared('utf-16'), 'utf-16le'), undefined],
    [Buffer.from(declared('utf-16')), undefined],
    [Buffer.from(`\uFEFF${declared('gb2312')}`), 'text/xml; charset=gb2312'],
    [Buffer.from(declared('gb2312')), 'text/xml; charset=utf-8'],
    [Buffer.from(text), 'text/xml; charset=no-such-thing'],
    [Buffer.from(text), undefined],
  ];
  for (const [bytes, contentType] of encoded) expect([contentType, message(bytes, contentType)]).toEqual([contentType, '余额不足']);
  const wrong = iconv.encode(text, 'gbk');
  expect(message(wrong, 'text/xml; charset=utf-8')).toBe('not-decodable');
  expect(message(iconv.encode(text, 'gbk').subarray(0, -1), 'text/xml; charset=gbk')).toBe('not-xml');
  expect(message(Buffer.from(text), 'text/xml; charset=utf-8')).toBe('余额不足');
  // Without a mark or a declaration nothing says UTF-16; and Latin-1 is that of XML and .NET, not that of browsers.
  expect(message(iconv.encode(text.replace(/^<\?.*?\?>\s*/, ''), 'utf-16le'))).toBe('not-decodable');
  expect(message(Buffer.from(text.replace('余额不足', 'é\u0085'), 'latin1'), 'text/xml; charset=iso-8859-1')).toBe('é\u0085');
});

test('XML media types', () => {
  for (const type of ['text/xml', 'Text/XML; charset=utf-8', 'application/xml', 'application/soap+xml ;x'])
    expect(isXmlMediaType(type)).toBe(true);
  for (const type of [undefined, '', 'text/html', 'text/plain', 'text/xmlx', 'xml']) expect(isXmlMediaType(type)).toBe(false);
});

test('missing, empty, blank and lone separators are an empty list', () => {
  for (const none of [null, '', ' ', ';', ';;', ', ;\r\n']) expect(splitList(none)).toEqual([]);
  expect(splitList('1; 2;3,4;')).toEqual(['1', '2', '3', '4']);
});

test('a hostile answer of the largest size costs little', () => {
  const started = performance.now();
  const gap = ' '.repeat(1_000_000);
  for (const inside of [gap, `<RetCode>${gap}`, `<RetCode>Sucess</RetCode>${gap}<Message>${gap}`, '<RetCode>'.repeat(100_000)]) {
    expect(kind(bareRoot(`${inside}<`))).toBe('not-xml');
  }
  expect(kind(`${gap}<ROOT`)).toBe('not-xml');
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('no answer, whatever it holds, is more than a kind of answer', () => {
  const real = [bareRoot(SUCESS), envelopedRoot('soap12', SUCESS), fault11('soap:Client'), fault12('soap:Sender')].map((text) =>
    Buffer.from(text),
  );
  const mutated = fc.tuple(fc.constantFrom(...real), fc.array(fc.tuple(fc.nat(900), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }));
  const contentType = fc.option(fc.oneof(fc.string(), fc.constantFrom('text/xml', 'text/xml; charset=gbk', 'x; charset=utf-16')), {
    nil: undefined,
  });
  fc.assert(
    fc.property(mutated, contentType, fc.nat(900), ([sample, changes], type, length) => {
      const bytes = Buffer.from(sample.subarray(0, sample.length - (length % 7)));
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
      expect(readAnswer(type, bytes).kind).toBeTypeOf('string');
    }),
    { numRuns: 5_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), contentType, (bytes, type) => readAnswer(type, bytes).kind !== 'root'));
});
