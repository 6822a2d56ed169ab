import iconv from 'iconv-lite';
import { NAMESPACE, PARAMETERS, SOAP_ACTION } from '../../functions/shared/customsend/call.ts';

/** A request as old callers send it, with some of it changed. */
export interface MutatedRequest {
  method: string;
  /** What follows `.asmx` as it stands in the request line, without the query. */
  path: string;
  query: string;
  contentType: string | undefined;
  soapAction: string | undefined;
  body: Buffer;
}

/** Numbers from 0 to below 1; the same for the same seed (mulberry32). */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A request on one of the four bindings, in one of the charsets, with up to four changes; every twelfth or so is left as it is. */
export function mutate(random: Random): MutatedRequest {
  const request = pick(random, [writeSoap, writeSoap, writeForm, writeQuery])(random);
  const { body } = request;
  for (let left = Math.floor(random() * 5) - 1; left > 0; left--) request.body = changeBytes(random, request.body);
  if (request.body.length === 0 && body.length > 0 && random() < 0.9) request.body = body;
  if (random() < 0.05) request.contentType = pick(random, CONTENT_TYPES);
  if (random() < 0.05) request.soapAction = pick(random, ACTIONS);
  if (random() < 0.02) request.method = pick(random, ['GET', 'POST', 'HEAD', 'PUT', 'post', 'OPTIONS', '']);
  if (random() < 0.02)
    request.path = pick(random, ['', '/', '/CustomSend', '/customsend', '/CustomSend/', '/%', '/%00', '/__proto__', '//x']);
  return request;
}

const CHARSETS = ['utf-8', 'utf-8', 'utf-8', 'gb2312', 'gbk', 'gb18030', 'big5', 'utf-16', 'utf-16le', 'utf-16be', 'iso-8859-1'] as const;

const FORM = 'application/x-www-form-urlencoded';

const CONTENT_TYPES: readonly (string | undefined)[] = [
  undefined,
  ...CHARSETS.flatMap((charset) => [`text/xml; charset=${charset}`, `application/soap+xml;charset="${charset}"`]),
  ...'|;;=;charset|text/xml|TEXT/XML;CHARSET=UTF-8|text/xml; charset=|text/xml; charset=nonsense|text/xml; charset=__proto__'.split('|'),
  ...`text/plain|application/soap+xml|application/soap+xml; action="${SOAP_ACTION}"|application/soap+xml; action=x; charset=x-none`.split(
    '|',
  ),
  ...`${FORM}|${FORM}; charset=gbk|multipart/form-data; boundary=x`.split('|'),
];

const ACTIONS = [undefined, ...`${SOAP_ACTION} "${SOAP_ACTION}" "" " urn:x % ${SOAP_ACTION}%00 '${SOAP_ACTION}'`.split(' '), ''];

/** What means something to one reader of XML or of forms, and may mean something else to another. */
const PIECES: readonly string[] = [
  '\t \r \r\n \0 \u0001 \u0085 \u2028 \ufeff \ufffe \ud800 😀 \u00e9 \u4e2d \ue000'.split(' '),
  `< > </ /> & ; " ' = <!-- --> -- <!--x--> <? ?> <?x?> <![CDATA[ ]]> <![CDATA[]]> <! <!x> &e; &amp; &lt; &nbsp; &# &#x`.split(' '),
  '&#1; &#0; &#x110000; &#xD800; &#xFFFE; &#65; &#x41; &constructor; &__proto__; &#x00000000000000041; &#9999999999;'.split(' '),
  'xmlns="" xmlns:p="" xmlns:p="u" xmlns:xml="u" xmlns:xmlns="u" version="1.1" encoding="gbk" 1.0 urn:x <x:y:z/> <:x/> <x:/> <1/>'.split(
    ' ',
  ),
  '<__proto__/> <constructor> <Token> </Token> <SmsType>abc</SmsType> <SmsType>99999999999</SmsType> <x/> <x> </x> <p:x/>'.split(' '),
  '</s:Body> <s:Body> <s:Header/> <CustomSend> </CustomSend> <customsend/> % %u %u4e2d %u00 %uD800 %00 %zz %ff%fe + && &= =&'.split(' '),
  '__proto__=1& constructor=1& Token=a& &#60; <b>'.split(' '),
  [' ', ' a="1"', ' a="1" a="2"', ' p:a="1"', " a='<'", ' a', ' a=1', ' xml:space="x"', ' xml:lang=""', ' xsi:nil="true"', '<x xmlns="">'],
  [' s:mustUnderstand="1"', ' standalone="maybe"', ' encoding="nonsense"', ' encoding="utf-16"', '<?xml version="1.0"?>'],
  ['<!DOCTYPE x>', '<!DOCTYPE x [<!ENTITY e "v">]>', '<!DOCTYPE x SYSTEM "file:///etc/passwd">'],
  [`<CustomSend xmlns="${NAMESPACE.operation}"/>`, `<CustomSend xmlns="${NAMESPACE.operation}"><Token>b</Token></CustomSend>`],
].flat();

const VALUES = '|echo|13800138000;13900139000;|张三,100;李四,200|【签】{0}您好|1|-1|+007|2147483648|éü|2026-01-01 08:00:00|\n 1 \t'.split(
  '|',
);
const ODD_VALUES = 'a&amp;b <![CDATA[<x>&]]> &#x4E2D; x<!--c-->y ]]&gt; ]]>'.split(' ');

/** Mostly one that goes through, so that there is something to send. */
function valueFor(random: Random, name: string, odd: number): string {
  if (name === 'SmsType') return pick(random, ['1', '1', '0', ' 7']);
  if (name === 'Phones' && random() < 0.7) return '13800138000;13900139000;';
  return pick(random, random() < odd ? ODD_VALUES : VALUES);
}

function writeSoap(random: Random): MutatedRequest {
  const version = pick(random, ['soap11', 'soap12'] as const);
  const charset = pick(random, CHARSETS);
  const values = PARAMETERS.map((name) => `<${name}>${valueFor(random, name, 0.1)}</${name}>`);
  if (random() < 0.2) values.reverse();
  if (random() < 0.2) values.splice(Math.floor(random() * 8), 1);
  const declaration = pick(random, [
    '',
    `<?xml version="1.0" encoding="${charset}"?>`,
    '<?xml version="1.0"?>\n',
    `<?xml version='1.0' encoding='utf-8'?>`,
  ]);
  const header = random() < 0.1 ? `<s:Header><h xmlns="urn:h"${pick(random, ['', ' s:mustUnderstand="0"'])}>x</h></s:Header>` : '';
  let text = `${declaration}<s:Envelope xmlns:s="${NAMESPACE[version]}" xmlns:xsi="${NAMESPACE.xsi}">${header}<s:Body><CustomSend xmlns="${NAMESPACE.operation}">${values.join('')}</CustomSend></s:Body></s:Envelope>`;
  for (let left = Math.floor(random() * 4) - 1; left > 0; left--) text = changeText(random, text);
  const action = random() < 0.5 ? `"${SOAP_ACTION}"` : undefined;
  const type = version === 'soap11' ? 'text/xml' : 'application/soap+xml';
  const inType = version === 'soap12' && action ? `; action=${action}` : '';
  return {
    method: 'POST',
    path: '',
    query: '',
    contentType: `${type}${random() < 0.85 ? `; charset=${charset}` : ''}${inType}`,
    soapAction: version === 'soap11' ? action : undefined,
    body: encode(random, text, charset),
  };
}

/** With the mark of its byte order or without. */
function encode(random: Random, text: string, charset: string): Buffer {
  return iconv.encode(text, charset, { addBOM: random() < 0.3 });
}

function writeForm(random: Random): MutatedRequest {
  const charset = pick(random, CHARSETS);
  const contentType = random() < 0.5 ? `${FORM}; charset=${charset}` : FORM;
  const soapAction = random() < 0.05 ? SOAP_ACTION : undefined;
  return { method: 'POST', path: '/CustomSend', query: '', contentType, soapAction, body: Buffer.from(writePairs(random, charset)) };
}

function writeQuery(random: Random): MutatedRequest {
  const document = random() < 0.1;
  const query = document ? pick(random, ['wsdl', 'WSDL', 'wsdl=1', 'op=CustomSend', 'disco', 'schema=1', '']) : writePairs(random, 'utf-8');
  const mutated = random() < 0.3 ? changeText(random, query) : query;
  const path = document ? '' : '/CustomSend';
  return { method: 'GET', path, query: mutated, contentType: undefined, soapAction: undefined, body: Buffer.alloc(0) };
}

function writePairs(random: Random, charset: string): string {
  const write = pick(random, [
    (text: string) => Array.from(iconv.encode(text, charset), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    (text: string) => text.replace(/[^\w;,]/g, (character) => `%u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
    (text: string) => encodeURIComponent(text.toWellFormed()),
  ]);
  const pairs = PARAMETERS.map((name) => `${name}=${write(valueFor(random, name, 0.02))}`);
  if (random() < 0.1) pairs.splice(Math.floor(random() * 8), 1);
  const text = pairs.join('&');
  return random() < 0.4 ? changeText(random, text) : text;
}

/** Puts a piece in, mostly where markup begins or ends, or instead of something; or takes something out. */
export function changeText(random: Random, text: string): string {
  const piece = pick(random, PIECES);
  const ends = [...text.matchAll(/[<>&="]/g)].map(({ index }) => index);
  const position =
    random() < 0.6 && ends.length > 0 ? pick(random, ends) + (random() < 0.5 ? 1 : 0) : Math.floor(random() * (text.length + 1));
  const length = random() < 0.6 ? 0 : Math.floor(random() * 12);
  return text.slice(0, position) + (random() < 0.85 ? piece : '') + text.slice(position + length);
}

function changeBytes(random: Random, bytes: Buffer): Buffer {
  const position = Math.floor(random() * bytes.length);
  const [before, after] = [bytes.subarray(0, position), bytes.subarray(position)];
  switch (Math.floor(random() * 6)) {
    case 0:
      return Buffer.concat([before, Buffer.of(Math.floor(random() * 256)), after.subarray(1)]);
    case 1:
      return Buffer.concat([before, Buffer.of(Math.floor(random() * 256)), after]);
    case 2:
      return Buffer.concat([before, after.subarray(Math.floor(random() * 20))]);
    case 3:
      return Buffer.concat([before, bytes.subarray(Math.floor(random() * position), position + 20), after]);
    case 4:
      return random() < 0.2 ? before : bytes;
    default:
      return Buffer.concat([before, Buffer.from(pick(random, PIECES)), after]);
  }
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)] as Item;
}
