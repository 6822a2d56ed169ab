import { expect, it } from 'vitest';
import { answerLikeEcho, type Facts, factsOf, raw, SOAP12, XML } from '../support/asmx.ts';

const ENVELOPE = { soap11: 'http://schemas.xmlsoap.org/soap/envelope/', soap12: 'http://www.w3.org/2003/05/soap-envelope' };
const parameters =
  '<Token>echo</Token><Pattern>p</Pattern><DefaultDetail>dd</DefaultDetail><Details>d</Details><Phones>1;2</Phones>' +
  '<SmsType>1</SmsType><PostFixNumber>01</PostFixNumber><SendTime>t</SendTime>';
const custom = (inner: string) => `<CustomSend xmlns="http://tempuri.org/">${inner}</CustomSend>`;
const swap = (from: string | RegExp, to: string) => custom(parameters.replace(from, to));
const call = custom(parameters);
const wrap = (namespace: string, body: string, header = '') =>
  `<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:soap="${namespace}">` +
  `${header}\n  <soap:Body>\n    ${body}\n  </soap:Body>\n</soap:Envelope>`;
const header = (attribute: string) => `<soap:Header><h:H xmlns:h="urn:h" soap:${attribute} soap:actor="urn:other">1</h:H></soap:Header>`;

const ACTION = '"http://tempuri.org/CustomSend"';
const post = (body: string | Uint8Array, type = XML, action: string | undefined = ACTION) =>
  raw(`POST /Services.asmx\nContent-Type: ${type}${action === undefined ? '' : `\nSOAPAction: ${action}`}`, body);
const soap11 = (body: string, head?: string) => post(wrap(ENVELOPE.soap11, body, head));
const noAction = (body: string | Uint8Array, type = SOAP12) => raw(`POST /Services.asmx\nContent-Type: ${type}`, body);
const soap12 = (body: string, action = '') => noAction(wrap(ENVELOPE.soap12, body), `${SOAP12}${action}`);

const ok = (message = '[echo][p][dd][d][1;2][1][01][t]', type = XML): Facts => ({ status: 200, type, retCode: 'Sucess', message });
const echo = (details: string) => ok(`[echo][p][dd]${details}[1;2][1][01][t]`);
const ok12 = ok(undefined, SOAP12);
const fault = (code: string, type = XML): Facts => ({ status: 500, type, fault: code });
const empty = (status: number, type = XML): Facts => ({ status, type });

it.each([
  ['1.1', soap11(call), ok()],
  ['1.1 without action is routed by its element', noAction(wrap(ENVELOPE.soap11, call), XML), ok()],
  ['1.1, action unquoted', post(wrap(ENVELOPE.soap11, call), XML, ACTION.slice(1, -1)), ok()],
  ['1.1, action percent-encoded', post(wrap(ENVELOPE.soap11, call), XML, 'http%3a//tempuri.org/Custom%53end'), ok()],
  ['1.1, wrong action', post(wrap(ENVELOPE.soap11, call), XML, '"http://tempuri.org/Foo"'), fault('Client')],
  ...['""', "'http://tempuri.org/CustomSend'", '"http://tempuri.org/CustomSend', '#', '"http://tempuri.org/customsend"'].map(
    (action): [string, ReturnType<typeof raw>, Facts] => [
      `1.1, action ${action}`,
      post(wrap(ENVELOPE.soap11, call), XML, action),
      fault('Client'),
    ],
  ),
  ['CDATA', soap11(swap('>d<', '><![CDATA[<b>&amp;]]]]><![CDATA[>x]]><')), echo('[&lt;b&gt;&amp;amp;]]&gt;x]')],
  ['Chinese', soap11(swap('>d<', '>张三|李四😀<')), echo('[张三|李四😀]')],
  ['text/plain', post(wrap(ENVELOPE.soap11, call), 'text/plain'), empty(415)],
  ['text/plain without action', noAction(wrap(ENVELOPE.soap11, call), 'text/plain'), empty(415, SOAP12)],
  ['document type', post(`<!DOCTYPE x [<!ENTITY e "v">]>${wrap(ENVELOPE.soap11, call).slice(38)}`), empty(400)],
  ['business failure', soap11(swap('echo', 'fail')), { status: 200, type: XML, retCode: 'Faild', message: 'Token无效' }],
  ['header to be understood', soap11(call, header('mustUnderstand="1"')), fault('MustUnderstand')],
  ['header that need not be', soap11(call, header('mustUnderstand="0"')), ok()],
  ['malformed', post('<a'), empty(400)],
  ['some missing', soap11(custom('<Token>echo</Token>')), ok('[echo]~~~~[0]~~')],
  ['nil', soap11(swap('<Details>d</Details>', '<Details xsi:nil="true"/>')), echo('[]')],
  ['no Body', post(`<e:Envelope xmlns:e="${ENVELOPE.soap11}"><e:Header/></e:Envelope>`), fault('Client')],
  ['null strings', soap11(swap('echo', 'nulls')), { status: 200, type: XML, retCode: 'Faild' }],
  ['any order', soap11(custom((parameters.match(/<(\w+)>.*?<\/\1>/g) ?? []).reverse().join(' , '))), ok()],
  ['SmsType abc', soap11(swap('>1<', '>abc<')), fault('Client')],
  ['SmsType nil', soap11(swap('<SmsType>1</SmsType>', '<SmsType xsi:nil="true"/>')), fault('Client')],
  ['exception', soap11(swap('echo', 'throw')), fault('Server')],
  ['null root', soap11(swap('echo', 'nullroot')), { status: 200, type: XML, nil: true }],
  ['utf-16', post(utf16(wrap(ENVELOPE.soap11, swap('>d<', '>中文é<'))), 'text/xml; charset=utf-16'), echo('[中文é]')],
  ['gb2312', post(gb2312(wrap(ENVELOPE.soap11, swap('>d<', '>|<'))), "text/xml; charset='gb2312'"), echo('[中文]')],
  ['a byte order mark wins', post(Buffer.from(`\ufeff${wrap(ENVELOPE.soap11, call)}`), 'text/xml; charset=gb2312'), ok()],
  ['other envelope namespace', post(wrap('urn:env', call)), fault('VersionMismatch')],
  ['other XML, broken later', post('<a><b></a>'), fault('VersionMismatch')],
  ['1.2', soap12(call), ok12],
  ['1.2 with its action', soap12(call, `; action=${ACTION}`), ok12],
  ['1.2 with a wrong action and the right element', soap12(call, '; action="urn:x"'), ok12],
  ['1.2 with SOAPAction', post(wrap(ENVELOPE.soap12, call), SOAP12, '"urn:x"'), ok12],
  ['1.2 as text/xml is answered as 1.2', post(wrap(ENVELOPE.soap12, call)), ok12],
  ['1.1 as application/soap+xml', noAction(wrap(ENVELOPE.soap11, call)), empty(415)],
  ['1.2, wrong element', soap12('<Foo xmlns="http://tempuri.org/"/>'), fault('Sender', SOAP12)],
  ['1.2, wrong element and action', soap12('<Foo/>', '; action="urn:x"'), fault('Sender', SOAP12)],
  ['1.2, exception', soap12(swap('echo', 'throw')), fault('Receiver', SOAP12)],
  ['1.2, business failure', soap12(swap('echo', 'fail')), { status: 200, type: SOAP12, retCode: 'Faild', message: 'Token无效' }],
  ['1.2, header', noAction(wrap(ENVELOPE.soap12, call, header('mustUnderstand="true"'))), fault('MustUnderstand', SOAP12)],
  ['1.2, SmsType too large', soap12(swap('>1<', '>2147483648<')), fault('Sender', SOAP12)],
  ['routed by element: no XML', noAction('no XML'), fault('Receiver', SOAP12)],
  ['routed by element: empty', noAction('', XML), fault('Receiver', SOAP12)],
  ['routed by element: other envelope', noAction(wrap('urn:env', call), XML), fault('VersionMismatch')],
  ['routed by element: no Body', noAction(`<Envelope xmlns="${ENVELOPE.soap12}"/>`), fault('Receiver', SOAP12)],
  ['routed by element: empty Body', soap12(''), fault('Sender', SOAP12)],
  ['routed by element: broken only later', noAction(wrap(ENVELOPE.soap12, call).slice(0, -4)), empty(400, SOAP12)],
  ['routed by action: empty', post(''), empty(400)],
  ['text after the envelope', post(`${wrap(ENVELOPE.soap11, call)}x`), empty(400)],
  ['an element before Body', post(wrap(ENVELOPE.soap11, call, '<x/>')), fault('Client')],
  ['comments between elements', soap11(`<!-- a -->${call}<!-- b -->`, '<!-- c --><soap:Header/><?d e?>'), ok()],
  ['a comment inside a parameter', soap11(swap('>d<', '>d<!-- c --><')), empty(400)],
  ['the first of equal names', soap11(custom(`${parameters}<Details>later</Details>`)), ok()],
  ['later CustomSend elements overwrite', soap11(`${call}<x/>${custom('<Details>later</Details>')}`), echo('[later]')],
  [
    'parameters in no namespace',
    soap11('<t:CustomSend xmlns:t="http://tempuri.org/"><Token>echo</Token></t:CustomSend>'),
    ok('~~~~~[0]~~'),
  ],
  ['any prefix', soap11(call.replace(/(<\/?)/g, '$1t:').replace('xmlns=', 'xmlns:t=')), ok()],
  ['line breaks become line feeds, references stay', soap11(swap('>d<', '> a\r\nb&#xD; <')), echo('[ a\nb&#xD; ]')],
  ['SmsType with blanks and a sign', soap11(swap('>1<', '>\n +01 <')), ok()],
])('%s', (_name, request, facts) => {
  expect(factsOf(request)).toEqual(facts);
});

it.each([
  ['text/xml without a charset is UTF-8', post(wrap(ENVELOPE.soap11, swap('>d<', '>中文<')), 'text/xml'), echo('[中文]')],
  ['an unknown charset too', post(wrap(ENVELOPE.soap11, swap('>d<', '>中文<')), 'text/xml; charset=x-none'), echo('[中文]')],
  ['and ASCII', post(wrap(ENVELOPE.soap11, swap('>d<', '>中文<')), 'text/xml; charset=us-ascii'), echo('[中文]')],
  ['bytes of no charset', post(Buffer.from(wrap(ENVELOPE.soap11, swap('>d<', '>\u00ff<')), 'latin1')), empty(400)],
  ['wrong element, right action', soap11('<Foo/>'), fault('Client')],
  ['request in another namespace', soap11(call.replace('tempuri.org/', 'tempuri.org')), fault('Client')],
  ['empty Body', soap11(''), fault('Client')],
  ['1.2, wrong element, right action', soap12('<Foo/>', `; action=${ACTION}`), fault('Sender', SOAP12)],
  ['an element inside a parameter', soap11(swap('>d<', '><b>d</b><')), empty(400)],
])('departure: %s', (_name, request, facts) => {
  expect(factsOf(request)).toEqual(facts);
});

it('writes envelopes byte by byte like the service', () => {
  const open = (namespace: string) =>
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>';
  const text = 'Server was unable to process request. ---&gt; boom &lt;&amp;&gt; 爆炸';
  expect(answerLikeEcho(soap11(swap('echo', 'fail'))).body).toBe(
    `${open(ENVELOPE.soap11)}<CustomSendResponse xmlns="http://tempuri.org/"><ROOT xmlns="CustomJobReturn"><RetCode>Faild</RetCode>` +
      '<Message>Token无效</Message><CommonJobID /><SpecialJobIDs /><TotalSendCount>0</TotalSendCount><ErrorPhones /></ROOT>' +
      '</CustomSendResponse></soap:Body></soap:Envelope>',
  );
  expect(answerLikeEcho(soap11(swap('echo', 'throw'))).body).toBe(
    `${open(ENVELOPE.soap11)}<soap:Fault><faultcode>soap:Server</faultcode><faultstring>${text}</faultstring><detail /></soap:Fault></soap:Body></soap:Envelope>`,
  );
  expect(answerLikeEcho(soap12(swap('echo', 'throw'))).body).toBe(
    `${open(ENVELOPE.soap12)}<soap:Fault><soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code><soap:Reason>` +
      `<soap:Text xml:lang="en">${text}</soap:Text></soap:Reason><soap:Detail /></soap:Fault></soap:Body></soap:Envelope>`,
  );
  const unread = answerLikeEcho(soap11(swap('>1<', '>abc<'))).body;
  expect(unread).toMatch(/ ---&gt; There is an error in XML document \(4, \d+\)\. ---&gt; Input string was not in a correct format\.</);
  expect(answerLikeEcho(post(wrap('urn:env', call))).body).toContain('<soap12:SupportedEnvelope qname="soap12:Envelope" ');
});

function utf16(text: string): Uint8Array {
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text.replace('utf-8', 'utf-16'), 'utf16le')]);
}

function gb2312(text: string): Uint8Array {
  const [before = '', after = ''] = text.replace('utf-8', 'gb2312').split('|');
  return Buffer.concat([Buffer.from(before), Buffer.from('d6d0cec4', 'hex'), Buffer.from(after)]);
}
