import type { TextDecoder } from 'node:util';

/** Names and values of a form or a query string, decoded, in the order in which they were sent. `null`: no `=`, so no name. */
export type Pair = readonly [name: string | null, value: string];

const [AMPERSAND, EQUALS, PERCENT, PLUS, BLANK, LETTER_U] = [0x26, 0x3d, 0x25, 0x2b, 0x20, 0x75];

/**
 * Splits and decodes as ASP.NET does: `&` alone separates, `+` is a blank.
 * @throws {RangeError} beyond `maximum` pairs.
 */
export function readPairs(bytes: Uint8Array, decoder: TextDecoder, maximum: number): Pair[] {
  const pairs: Pair[] = [];
  for (let start = 0; start < bytes.length; ) {
    if (pairs.length === maximum) throw new RangeError(`More than ${maximum} pairs.`);
    const ampersand = bytes.indexOf(AMPERSAND, start);
    const end = ampersand < 0 ? bytes.length : ampersand;
    const equals = bytes.subarray(start, end).indexOf(EQUALS);
    const name = equals < 0 ? null : urlDecode(bytes.subarray(start, start + equals), decoder);
    pairs.push([name, urlDecode(bytes.subarray(start + equals + 1, end), decoder)]);
    start = end + 1;
  }
  return pairs;
}

/**
 * Undoes URL encoding: `%XX` is a byte of the decoder's charset, `%uXXXX` a UTF-16 unit (.NET's form proxies write every
 * character beyond ASCII so), a malformed escape stays as it is.
 */
export function urlDecode(bytes: Uint8Array, decoder: TextDecoder): string {
  const run = new Uint8Array(bytes.length);
  let length = 0;
  let text = '';
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === PERCENT && bytes[index + 1] === LETTER_U) {
      const unit = hexadecimal(bytes, index + 2, 4);
      if (unit !== undefined) {
        text += decoder.decode(run.subarray(0, length)) + String.fromCharCode(unit);
        length = 0;
        index += 5;
        continue;
      }
    }
    const escaped = byte === PERCENT ? hexadecimal(bytes, index + 1, 2) : undefined;
    if (escaped !== undefined) index += 2;
    run[length++] = escaped ?? (byte === PLUS ? BLANK : byte);
  }
  return text + decoder.decode(run.subarray(0, length));
}

function hexadecimal(bytes: Uint8Array, start: number, digits: number): number | undefined {
  if (start + digits > bytes.length) return undefined;
  let value = 0;
  for (let index = start; index < start + digits; index++) {
    const digit = digitOf(bytes[index] as number);
    if (digit === undefined) return undefined;
    value = value * 16 + digit;
  }
  return value;
}

function digitOf(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const content = byte | 0x20;
  return content >= 0x61 && content <= 0x66 ? content - 0x61 + 10 : undefined;
}
