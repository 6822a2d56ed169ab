import { TextDecoder } from 'node:util';

/**
 * Decodes an XML document. A byte order mark decides over the charset of the Content-Type, that over the XML declaration,
 * that over UTF-8. Labels that no decoder knows are passed over. `undefined`: the bytes are not of that encoding.
 */
export function decodeText(body: Uint8Array, contentType: string | undefined): string | undefined {
  const decoder =
    decoderOf(byteOrderMark(body)) ?? decoderOf(declaredByHeader(contentType)) ?? decoderOf(declaredByDocument(body)) ?? decoderOf('utf-8');
  try {
    return decoder?.decode(body);
  } catch {
    return undefined;
  }
}

/** Whether the XML declaration, if there is one, names an encoding that exists, be it the one by which the text was decoded or not. */
export function declaresKnownEncoding(text: string): boolean {
  const label = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
  return label === undefined || decoderOf(label) !== undefined;
}

function byteOrderMark(body: Uint8Array): string | undefined {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) return 'utf-8';
  if (body[0] === 0xff && body[1] === 0xfe) return 'utf-16le';
  if (body[0] === 0xfe && body[1] === 0xff) return 'utf-16be';
  return undefined;
}

function declaredByHeader(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i
    .exec(contentType ?? '')
    ?.slice(1)
    .find(Boolean);
}

/**
 * UTF-16 without a byte order mark shows by its declaration. A declaration that can be read byte by byte cannot be in UTF-16, whatever
 * it says (a .NET StringWriter says so).
 */
function declaredByDocument(body: Uint8Array): string | undefined {
  if (startsWith(body, [0x3c, 0, 0x3f, 0])) return 'utf-16le';
  if (startsWith(body, [0, 0x3c, 0, 0x3f])) return 'utf-16be';
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 200)).toString('latin1');
  const label = /^<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']+)["']/.exec(start)?.[1];
  return label && /^utf-?16/i.test(label) ? 'utf-8' : label;
}

function startsWith(body: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => body[index] === byte);
}

/** Strict decoders, made once each. The few labels that servers use keep this small. */
const decoders = new Map<string, Decoder>();

type Decoder = Pick<TextDecoder, 'decode'>;

function decoderOf(label: string | undefined): Decoder | undefined {
  if (label === undefined) return undefined;
  const known = decoders.get(label);
  if (known) return known;
  try {
    const decoder = LATIN1_LABEL.test(label) ? LATIN1 : new TextDecoder(label, { fatal: true });
    if (decoders.size < 32) decoders.set(label, decoder);
    return decoder;
  } catch {
    return undefined;
  }
}

/** Browsers mean windows-1252 by it, and so does TextDecoder; XML and .NET do not. */
const LATIN1_LABEL = /^(iso-?8859-1|latin-?1)$/i;
const LATIN1: Decoder = { decode: (bytes) => Buffer.from(bytes as Uint8Array).toString('latin1') };
