import { type CustomSendCall, NAMESPACE, PARAMETERS, type Protocol, SOAP_ACTION } from './call.ts';
import { escapeXml } from './escape-xml.ts';

/** One CustomSend request, ready for the wire. Host and Connection are the transport's. */
export interface EncodedRequest {
  method: 'GET' | 'POST';
  /** Path and query of the request line: the provider's own, with what the binding adds. */
  path: string;
  headers: Record<string, string>;
  /** To be written in UTF-8. A text and not its bytes: Node hands headers and a text to the system in one piece, which takes half the time. */
  body: string | undefined;
}

/** IIS refuses a longer query string (404.15), and so does ASP.NET 4 (400). In bytes, without the question mark. */
export const QUERY_BYTES_LIMIT = 2_048;

/**
 * Writes a call in one of the four bindings. The SOAP bindings post to the provider's URL, the form bindings to the
 * operation below it; a query string of the URL is kept. Text is UTF-8 and always declared so, since ASMX reads text/xml
 * without a charset as ASCII. The call must have no problem by `problemsOf`.
 */
export function encodeRequest(protocol: Protocol, call: CustomSendCall, url: URL): EncodedRequest {
  const payload = encodePayload(protocol, call);
  if (protocol === 'http-get') {
    const query = url.search === '' ? `?${payload}` : `${url.search}&${payload}`;
    return { method: 'GET', path: `${operationPath(url)}${query}`, headers: {}, body: undefined };
  }
  const path = `${protocol === 'http-post' ? operationPath(url) : url.pathname}${url.search}`;
  const headers = { ...HEADERS[protocol], 'Content-Length': String(Buffer.byteLength(payload)) };
  return { method: 'POST', path, headers, body: payload };
}

/** The bytes that count against a limit: of the body or, for `http-get`, of the query string. */
export function requestBytes(protocol: Protocol, call: CustomSendCall): number {
  return Buffer.byteLength(encodePayload(protocol, call));
}

/** A form value: UTF-8, percent-encoded. A lone surrogate, which UTF-8 cannot express, counts as the replacement character. */
export function encodeFormValue(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

const HEADERS = {
  'http-post': { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
  soap11: { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: `"${SOAP_ACTION}"` },
  // With the action, ASMX answers a broken document with a plain 400 and not with a Receiver fault, which would be unknown.
  soap12: { 'Content-Type': `application/soap+xml; charset=utf-8; action="${SOAP_ACTION}"` },
} as const;

function encodePayload(protocol: Protocol, call: CustomSendCall): string {
  switch (protocol) {
    case 'http-get':
    case 'http-post':
      return PARAMETERS.map((name) => `${name}=${encodeFormValue(String(call[name]))}`).join('&');
    case 'soap11':
    case 'soap12':
      return encodeEnvelope(NAMESPACE[protocol], call);
  }
}

function encodeEnvelope(namespace: string, call: CustomSendCall): string {
  const parameters = PARAMETERS.map((name) => `<${name}>${escapeXml(String(call[name]))}</${name}>`).join('');
  return (
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${namespace}"><soap:Body>` +
    `<CustomSend xmlns="${NAMESPACE.operation}">${parameters}</CustomSend></soap:Body></soap:Envelope>`
  );
}

function operationPath(url: URL): string {
  const { pathname } = url;
  return pathname.endsWith('/') ? `${pathname}CustomSend` : `${pathname}/CustomSend`;
}
