import { TextDecoder } from 'node:util';
import { declaresKnownEncoding, decodeText } from '../customsend/charset.ts';

/** The media type in lower case. Blanks are kept: ASMX compares without trimming, so `text/xml ;` is not `text/xml`. */
export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] as string).toLowerCase();
}

/** A parameter of a Content-Type, blanks and quotes of either kind taken off its ends. */
export function parameter(contentType: string, name: string): string | undefined {
  for (const part of contentType.split(';').slice(1)) {
    const declaration = part.trimStart();
    const equals = declaration.indexOf('=', name.length);
    if (equals >= 0 && declaration.toLowerCase().startsWith(name)) return declaration.slice(equals + 1).replace(/^[ '"\t]+|[ '"\t]+$/g, '');
  }
  return undefined;
}

/** The decoder of a form: by the Content-Type's charset, else UTF-8. Bytes that the charset does not know become U+FFFD. */
export function formDecoder(contentType: string): TextDecoder {
  const options = { ignoreBOM: true };
  try {
    return new TextDecoder(parameter(contentType, 'charset') || 'utf-8', options);
  } catch {
    return new TextDecoder('utf-8', options);
  }
}

/**
 * The text of an XML request: a byte order mark wins over the Content-Type's charset, that over the XML declaration. ASCII
 * counts as no charset; what declares none is UTF-8. `undefined` when the bytes are not of that charset, or the XML declaration names
 * one that does not exist: most readers refuse that, whatever overrules it.
 */
export function decodeXml(bytes: Uint8Array, contentType: string): string | undefined {
  const charset = parameter(contentType, 'charset') ?? '';
  const text = decodeText(bytes, /^((us-)?ascii)?$/i.test(charset) ? undefined : `text/xml; charset="${charset}"`);
  return text !== undefined && declaresKnownEncoding(text) ? text : undefined;
}
