import type { Protocol } from './call.ts';

/** What encodeURIComponent leaves as it is. */
const UNRESERVED = /^[A-Za-z0-9\-_.!~*'()]*$/;
/** Bytes that an escaped character of XML takes beyond its own. */
const ESCAPED: Partial<Record<string, number>> = { '&': 4, '<': 3, '>': 3, '\r': 4 };

/** The bytes that a text takes in a request of this binding, counted without encoding it. A lone surrogate counts as U+FFFD does. */
export function encodedLength(protocol: Protocol, text: string): number {
  return protocol === 'http-post' || protocol === 'http-get' ? formLength(text) : xmlLength(text);
}

function formLength(text: string): number {
  if (UNRESERVED.test(text)) return text.length;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes += UNRESERVED.test(character) ? 1 : 3;
    else bytes += code < 0x800 ? 6 : code < 0x10000 ? 9 : 12;
  }
  return bytes;
}

function xmlLength(text: string): number {
  let bytes = Buffer.byteLength(text);
  for (const character of text.match(/[&<>\r]/g) ?? []) bytes += ESCAPED[character] ?? 0;
  return bytes;
}
