import { type CustomSendReturn, NAMESPACE } from './call.ts';
import { decodeText } from './charset.ts';
import { ROOT_FIELDS, type RootTexts, readSerialized } from './serialized.ts';
import { elements, readXml, textOf, type XmlElement, XmlError } from './xml.ts';

/** What came back on the wire. */
export interface RawAnswer {
  status: number;
  contentType: string | undefined;
  body: Uint8Array;
  /** Whether the whole body came, by the framing of HTTP. */
  complete: boolean;
}

/** A fault that the SOAP standard names; `null` for any other code, and for one that cannot be read. Dots and what follows are cut. */
type FaultCode = 'Client' | 'Server' | 'Sender' | 'Receiver' | 'VersionMismatch' | 'MustUnderstand' | 'DataEncodingUnknown';

/** What an answer's body says. */
export type AnswerContent =
  | { kind: 'root'; root: CustomSendReturn }
  | { kind: 'nil-root' }
  | { kind: 'fault'; code: FaultCode | null; text: string | null }
  /** `invalid-root`: a ROOT that repeats an element or nests something inside one. */
  | { kind: 'not-decodable' | 'not-xml' | 'no-root' | 'invalid-root' };

/** The largest answer that is read. A real one has under 1 KB, and some 12 bytes for each wrong phone. */
export const ANSWER_BYTES_LIMIT = 1_048_576;

const LIMITS = { characters: ANSWER_BYTES_LIMIT, depth: 32, elements: 1_000 };

/**
 * Reads a body by its shape, whatever the binding was: a bare ROOT, or an envelope of either SOAP version around a ROOT or
 * a Fault. Names count with their namespaces, and nothing but a strictly well-formed document is read.
 */
export function readAnswer(contentType: string | undefined, body: Uint8Array): AnswerContent {
  const text = decodeText(body, contentType);
  if (text === undefined) return { kind: 'not-decodable' };
  const texts = readSerialized(text);
  if (texts) return rootOf(texts);
  try {
    return readDocument(readXml(text, LIMITS));
  } catch (error) {
    if (error instanceof XmlError) return { kind: 'not-xml' };
    throw error;
  }
}

/** Whether a Content-Type says that the body is XML. */
export function isXmlMediaType(contentType: string | undefined): boolean {
  return /^\s*(text\/xml|application\/xml|[\w.-]+\/[\w.-]+\+xml)\s*(;|$)/i.test(contentType ?? '');
}

/**
 * The entries of SpecialJobIDs or ErrorPhones. Missing, empty, blank and a lone separator all mean none.
 */
export function splitList(text: string | null): string[] {
  if (text === null) return [];
  return text
    .split(/[;,]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function readDocument(document: XmlElement): AnswerContent {
  if (is(document, NAMESPACE.root, 'ROOT')) return readRoot(document);
  const soap = document.namespace;
  if (document.name !== 'Envelope' || (soap !== NAMESPACE.soap11 && soap !== NAMESPACE.soap12)) return { kind: 'no-root' };
  const body = only(elements(document).filter((child) => is(child, soap, 'Body')));
  const content = only(body && elements(body));
  if (content && is(content, soap, 'Fault')) return soap === NAMESPACE.soap11 ? readFault11(content) : readFault12(content);
  if (!content || !is(content, NAMESPACE.operation, 'CustomSendResponse')) return { kind: 'no-root' };
  const root = only(elements(content));
  return root && is(root, NAMESPACE.root, 'ROOT') ? readRoot(root) : { kind: 'no-root' };
}

function readRoot(root: XmlElement): AnswerContent {
  if (isNil(root)) return { kind: 'nil-root' };
  const texts: RootTexts = ROOT_FIELDS.map(() => null);
  const seen = new Set<number>();
  for (const child of elements(root)) {
    const field = child.namespace === NAMESPACE.root ? (ROOT_FIELDS as readonly string[]).indexOf(child.name) : -1;
    if (field < 0) continue;
    if (seen.has(field) || elements(child).length > 0) return { kind: 'invalid-root' };
    seen.add(field);
    texts[field] = isNil(child) ? null : textOf(child);
  }
  return rootOf(texts);
}

function rootOf([
  RetCode = null,
  Message = null,
  CommonJobID = null,
  SpecialJobIDs = null,
  count,
  ErrorPhones = null,
]: RootTexts): AnswerContent {
  return { kind: 'root', root: { RetCode, Message, CommonJobID, SpecialJobIDs, TotalSendCount: readInt(count), ErrorPhones } };
}

/** SOAP 1.1: the children of a Fault are in no namespace, and a code may be refined after a dot. */
function readFault11(fault: XmlElement): AnswerContent {
  const code = only(elements(fault).filter((child) => is(child, '', 'faultcode')));
  const text = only(elements(fault).filter((child) => is(child, '', 'faultstring')));
  const name = code && localName(code, NAMESPACE.soap11)?.replace(/\..*$/s, '');
  return {
    kind: 'fault',
    code: standard(name, ['Client', 'Server', 'VersionMismatch', 'MustUnderstand']),
    text: text ? textOf(text) : null,
  };
}

function readFault12(fault: XmlElement): AnswerContent {
  const child = (parent: XmlElement | undefined, name: string) =>
    only(parent && elements(parent).filter((element) => is(element, NAMESPACE.soap12, name)));
  const value = child(child(fault, 'Code'), 'Value');
  const reason = child(fault, 'Reason');
  const text = reason && elements(reason)[0];
  const name = value && localName(value, NAMESPACE.soap12);
  const codes = ['Sender', 'Receiver', 'VersionMismatch', 'MustUnderstand', 'DataEncodingUnknown'] as const;
  return { kind: 'fault', code: standard(name, codes), text: text ? textOf(text) : null };
}

function standard<Code extends FaultCode>(name: string | undefined, codes: readonly Code[]): Code | null {
  return codes.find((code) => code === name) ?? null;
}

/** The local part of a QName in text, if its prefix stands for the namespace where it is written. */
function localName(element: XmlElement, namespace: string): string | undefined {
  const qualified = textOf(element).trim();
  const colon = qualified.indexOf(':');
  return element.resolve(qualified.slice(0, Math.max(colon, 0))) === namespace ? qualified.slice(colon + 1) : undefined;
}

/** xs:int: white space around, a sign and leading zeros are legal. Anything else counts as not stated. */
function readInt(text: string | null | undefined): number | null {
  if (!/^[ \t\r\n]*[+-]?\d+[ \t\r\n]*$/.test(text ?? '')) return null;
  const value = Number(text);
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : null;
}

const NIL = `{${NAMESPACE.xsi}}nil`;

function isNil(element: XmlElement): boolean {
  const nil = element.attributes.get(NIL)?.trim();
  return nil === 'true' || nil === '1';
}

function is(element: XmlElement, namespace: string, name: string): boolean {
  return element.name === name && element.namespace === namespace;
}

/** The one entry of a list that has exactly one. */
function only<Entry>(entries: readonly Entry[] | undefined): Entry | undefined {
  return entries?.length === 1 ? entries[0] : undefined;
}
