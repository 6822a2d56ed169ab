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

/** A declaration that can be read byte by byte cannot be in UTF-16, whatever it says (a .NET StringWriter says so). */
function declaredByDocument(body: Uint8Array): string | undefined {
  if (body[0] === 0x3c && body[1] === 0) return 'utf-16le';
  if (body[0] === 0 && body[1] === 0x3c) return 'utf-16be';
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 200)).toString('latin1');
  const label = /^<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']+)["']/.exec(start)?.[1];
  return label && /^utf-?16/i.test(label) ? 'utf-8' : label;
}

/** Strict decoders, made once each. The few labels that servers use keep this small. */
const decoders = new Map<string, TextDecoder>();

function decoderOf(label: string | undefined): TextDecoder | undefined {
  if (label === undefined) return undefined;
  const known = decoders.get(label);
  if (known) return known;
  try {
    const decoder = new TextDecoder(label, { fatal: true });
    if (decoders.size < 32) decoders.set(label, decoder);
    return decoder;
  } catch {
    return undefined;
  }
}
