import { NAMESPACE } from '../../functions/shared/customsend/call.ts';

/** An envelope around what is given. */
export const wrap = (body: string) => `<s:Envelope xmlns:s="${NAMESPACE.soap11}"><s:Body>${body}</s:Body></s:Envelope>`;

const PLACEHOLDER = 'echo';
const call = `<CustomSend xmlns="${NAMESPACE.operation}"><Token>${PLACEHOLDER}</Token><Details>张三</Details><SmsType>1</SmsType></CustomSend>`;
const good = wrap(call);
const withToken = (token: string) => good.replace(PLACEHOLDER, token);

const bomb = '<!DOCTYPE x [<!ENTITY a "0123456789">'
  .concat(...Array.from({ length: 12 }, (_, level) => `<!ENTITY b${level} "${`&${level ? `b${level - 1}` : 'a'};`.repeat(10)}">`))
  .concat(']>');
const external = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY % b SYSTEM "http://127.0.0.1:9/x.dtd"> %b;]>';

const bodies: Record<string, () => string | Uint8Array> = {
  'an entity bomb': () => bomb + withToken('&b11;'),
  'an entity bomb in UTF-16': () => Buffer.from(`\ufeff${bomb}${withToken('&b11;')}`, 'utf16le'),
  'one long entity, often': () => `<!DOCTYPE x [<!ENTITY a "${'x'.repeat(100_000)}">]>${withToken('&a;'.repeat(100_000))}`,
  'external entities': () => external + withToken('&a;'),
  'a document type elsewhere': () => `<!DOCTYPE x SYSTEM "file:///etc/passwd">${good}`,
  '100,000 levels': () => wrap('<a>'.repeat(100_000)),
  '100,000 levels, each with a namespace': () =>
    wrap(Array.from({ length: 100_000 }, (_, level) => `<p${level}:a xmlns:p${level}="u">`).join('')),
  '100,000 levels without an envelope': () => '<a>'.repeat(100_000),
  '10 MB': () => withToken('x'.repeat(10_000_000)),
  '4 MB of <': () => '<'.repeat(4_000_000),
  'a million elements': () => wrap('<a/>'.repeat(1_000_000)),
  '100,000 attributes, two of them equal': () =>
    wrap(`<a ${Array.from({ length: 100_000 }, (_, index) => `b${index}="1"`).join(' ')} b0="2"/>${call}`),
  'a wrong SmsType after 4 MB of its name': () =>
    wrap(`<CustomSend xmlns="${NAMESPACE.operation}"><Token>${'SmsType'.repeat(570_000)}</Token><SmsType>x</SmsType></CustomSend>`),
  'a name of 4 MB': () => wrap(`<${'a'.repeat(4_000_000)}/>${call}`),
  'a comment of 2 MB that does not end': () => wrap(`<!--${'- '.repeat(1_000_000)}`),
  'an element named __proto__': () => wrap(`<__proto__/>${call}`),
  'a parameter named __proto__': () => good.replace('<Token>', '<__proto__>x</__proto__><Token>'),
  'a parameter named constructor, by its prefix': () => good.replace('<Token>', '<s:constructor>x</s:constructor><Token>'),
  'an entity named __proto__': () => withToken('&__proto__;'),
  'a control character': () => withToken('&#1;'),
  'an unbound prefix': () => good.replace('<Token>', '<x:y/><Token>'),
  'a namespace name that is no URI': () => good.replace('<Token>', '<x xmlns="a b"/><Token>'),
  'a namespace name with a port that is none': () => good.replace('<Token>', '<x:y xmlns:x="http://h:p"/><Token>'),
  'an xml:id': () => good.replace('<Token>', '<Token xml:id="1 2">'),
  'an encoding that does not exist': () => `<?xml version="1.0" encoding="utf-88"?>${good}`,
  'an instruction whose name runs on': () => `<?a?b c?>${good}`,
  'a byte that is no UTF-8': () => Buffer.from(withToken('\u00ff'), 'latin1'),
  'an overlong < in UTF-8': () => Buffer.from(withToken('\u00c0\u00bc'), 'latin1'),
  'half of a surrogate pair in UTF-8': () => Buffer.from(withToken('\u00ed\u00a0\u0080'), 'latin1'),
  'UTF-8 that is cut off': () => Buffer.from(good).subarray(0, -good.length / 2),
};

/** Documents of which none may be read as a request. */
export function hostileBodies(): { name: string; body: string | Uint8Array }[] {
  return Object.entries(bodies).map(([name, body]) => ({ name, body: body() }));
}
