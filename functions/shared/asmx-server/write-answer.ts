import { type CustomSendReturn, NAMESPACE } from '../customsend/call.ts';
import { escapeXml } from '../customsend/escape-xml.ts';
import type { HttpAnswer, Reply, SoapVersion } from './http-exchange.ts';

/** Fault codes by their SOAP 1.1 names; SOAP 1.2 calls the first two Sender and Receiver. */
export type FaultCode = 'Client' | 'Server' | 'MustUnderstand' | 'VersionMismatch';

/** `private, max-age=0` once the method was to run, `private` on errors before that. */
type Stage = 'method' | 'reading';

/** What the method returned, on the request's binding (wire.md, section 2). `null` is a null ROOT. */
export function writeReturn(reply: Reply, root: CustomSendReturn | null): HttpAnswer {
  if (reply !== 'form') {
    const response = `<CustomSendResponse xmlns="${NAMESPACE.operation}">${writeRoot(root, '', ['', ''])}</CustomSendResponse>`;
    return xmlAnswer(200, SOAP[reply].mediaType, envelope(reply, '', response), 'method');
  }
  return xmlAnswer(200, 'text/xml', writeRoot(root, INSTANCE_NAMESPACES, ['\n  ', '\n']), 'method', '\n');
}

/** An exception in the method: it may have been thrown after the send, so clients cannot take it for a refusal. */
export function writeException(reply: Reply, message: string): HttpAnswer {
  if (reply === 'form') return plainText([message], 'method');
  return writeFault(reply, 'Server', `Server was unable to process request. ---> ${message}`, 'method');
}

/** A SOAP fault: HTTP 500. A header's fault has no detail; a version mismatch names the envelopes that are known. */
export function writeFault(version: SoapVersion, code: FaultCode, text: string, stage: Stage = 'reading'): HttpAnswer {
  const detail = code !== 'MustUnderstand';
  const fault =
    version === 'soap11'
      ? `<faultcode>soap:${code}</faultcode><faultstring>${write(text)}</faultstring>${detail ? '<detail />' : ''}`
      : `<soap:Code><soap:Value>soap:${SOAP12_CODE[code]}</soap:Value></soap:Code>` +
        `<soap:Reason><soap:Text xml:lang="en">${write(text)}</soap:Text></soap:Reason>${detail ? '<soap:Detail />' : ''}`;
  const header = code === 'VersionMismatch' ? UPGRADE : '';
  return xmlAnswer(500, SOAP[version].mediaType, envelope(version, header, `<soap:Fault>${fault}</soap:Fault>`), stage);
}

/** An error of the form bindings: 500 with the messages of the chain of exceptions as text, written for HTML. */
export function plainText(messages: readonly string[], stage: Stage = 'reading'): HttpAnswer {
  const text = messages.map(escapeHtml).join(' ---> ');
  return { status: 500, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...cache(stage) }, body: `${text}\n` };
}

/** 400 (not XML) or 415 (media type) on a SOAP address: no body, only the media type of the version. */
export function emptyAnswer(status: 400 | 415, version: SoapVersion): HttpAnswer {
  return { status, headers: { 'Content-Type': `${SOAP[version].mediaType}; charset=utf-8`, ...cache('reading') }, body: '' };
}

/** A page from in front of the service, as ASP.NET and IIS give for what no protocol handler takes. */
export function htmlPage(status: number, text: string): HttpAnswer {
  const body = `<!DOCTYPE html>\n<html><head><title>${escapeHtml(text)}</title></head><body><h1>${escapeHtml(text)}</h1></body></html>\n`;
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8', ...cache('reading') }, body };
}

const SOAP = {
  soap11: { namespace: NAMESPACE.soap11, mediaType: 'text/xml' },
  soap12: { namespace: NAMESPACE.soap12, mediaType: 'application/soap+xml' },
} as const;

const SOAP12_CODE: Record<FaultCode, string> = {
  Client: 'Sender',
  Server: 'Receiver',
  MustUnderstand: 'MustUnderstand',
  VersionMismatch: 'VersionMismatch',
};

const INSTANCE_NAMESPACES = ` xmlns:xsi="${NAMESPACE.xsi}" xmlns:xsd="${NAMESPACE.xsd}"`;

const UPGRADE =
  `<soap:Header><soap12:Upgrade xmlns:soap12="${NAMESPACE.soap12}">` +
  `<soap12:SupportedEnvelope qname="soap:Envelope" xmlns:soap="${NAMESPACE.soap11}" />` +
  `<soap12:SupportedEnvelope qname="soap12:Envelope" xmlns:soap12="${NAMESPACE.soap12}" /></soap12:Upgrade></soap:Header>`;

const ROOT_ELEMENTS = [
  'RetCode',
  'Message',
  'CommonJobID',
  'SpecialJobIDs',
  'TotalSendCount',
  'ErrorPhones',
] as const satisfies readonly (keyof CustomSendReturn)[];

function writeRoot(root: CustomSendReturn | null, namespaces: string, [indent, end]: readonly [string, string]): string {
  if (root === null) return `<ROOT${namespaces} xsi:nil="true" xmlns="${NAMESPACE.root}" />`;
  const children = ROOT_ELEMENTS.map((name) => {
    const value = root[name];
    if (value === null) return '';
    return indent + (value === '' ? `<${name} />` : `<${name}>${write(String(value))}</${name}>`);
  });
  return `<ROOT${namespaces} xmlns="${NAMESPACE.root}">${children.join('')}${end}</ROOT>`;
}

function envelope(version: SoapVersion, header: string, body: string): string {
  const open = `<soap:Envelope xmlns:soap="${SOAP[version].namespace}"${INSTANCE_NAMESPACES}>`;
  return `${open}${header}<soap:Body>${body}</soap:Body></soap:Envelope>`;
}

function xmlAnswer(status: number, mediaType: string, document: string, stage: Stage, lineBreak = ''): HttpAnswer {
  return {
    status,
    headers: { 'Content-Type': `${mediaType}; charset=utf-8`, ...cache(stage) },
    body: `<?xml version="1.0" encoding="utf-8"?>${lineBreak}${document}`,
  };
}

function cache(stage: Stage): Record<string, string> {
  return { 'Cache-Control': stage === 'method' ? 'private, max-age=0' : 'private' };
}

// XML 1.0 has no way to write any other (ASMX writes `&#x1;`, which strict readers refuse).
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function write(text: string): string {
  return escapeXml(text.replace(FORBIDDEN, '\ufffd'));
}

/** .NET's HtmlEncode: quotes too, and U+00A0 to U+00FF by number. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'\u00a0-\u00ff]/g, (character) => HTML[character] ?? `&#${character.charCodeAt(0)};`);
}

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
