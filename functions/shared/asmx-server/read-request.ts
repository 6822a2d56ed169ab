import { readForm } from './form.ts';
import type { HttpRequest, Reading } from './http-exchange.ts';
import { readSoap } from './soap.ts';
import { htmlPage, plainText } from './write-answer.ts';

/**
 * Reads a request to the .asmx address as a classic ASP.NET web service would, error by error, and never throws.
 *
 * Where the real service harms in silence this one departs from it:
 * - text/xml without a known charset is read by its XML declaration or as UTF-8, not as ASCII with `?` for the rest;
 * - an XML request whose bytes are not of its charset is refused (400), its letters not replaced by U+FFFD;
 * - a Body without a CustomSend element of the right namespace is a Client fault, not a call with nulls;
 * - an element inside a parameter is refused (400), its text not taken for the parameter's;
 * - a document over the reader's limits (depth, number of elements) is refused like a broken one;
 * - one that other readers refuse is refused too: an encoding that does not exist, namespace names that are no URIs, xml:id;
 * - a compressed body is refused by name (415), not read as it is and found to be broken;
 * - in answers a carriage return is written as a reference, so that it arrives, and a character that XML forbids as U+FFFD.
 */
export function readRequest(request: HttpRequest): Reading {
  const { method, path, query, headers } = request;
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    return { kind: 'refused', answer: htmlPage(415, `Content-Encoding '${encoding}' is not supported. Send the body as it is.`) };
  }
  if (path === '') {
    if (method === 'POST') return readSoap(request);
    return method === 'GET' ? { kind: 'document' } : { kind: 'refused', answer: htmlPage(405, 'Method Not Allowed') };
  }
  if (path === '/' || (method !== 'GET' && method !== 'POST')) {
    return { kind: 'refused', answer: htmlPage(500, `Request format is unrecognized for URL unexpectedly ending in '${path}'.`) };
  }
  if (method === 'GET' && Buffer.byteLength(query) > MAXIMUM_QUERY_BYTES) {
    return { kind: 'refused', answer: htmlPage(400, 'The length of the query string for this request exceeds the limit.') };
  }
  const operation = path.slice(1);
  return operation === 'CustomSend' ? readForm(request) : { kind: 'refused', answer: plainText([wrongOperation(operation)]) };
}

/** The default of both IIS and ASP.NET. */
const MAXIMUM_QUERY_BYTES = 2_048;

function wrongOperation(name: string): string {
  if (name.toLowerCase() !== 'customsend') return `${name} Web Service method name is not valid.`;
  return (
    `Invalid method name '${name}',  method names are case sensitive.   ` +
    `The method name 'CustomSend' with the same name but different casing was found.\nParameter name: methodName`
  );
}
