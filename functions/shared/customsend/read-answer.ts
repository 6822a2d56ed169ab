import { ANSWER_BYTES_LIMIT, type AnswerContent, type FaultCode } from './answer-content.ts';
import { type CustomSendReturn, NAMESPACE } from './call.ts';
import { decodeText } from './charset.ts';
import { seesSame } from './second-reader.ts';
import { readXml } from './strict-reader.ts';
import { elements, textOf, type XmlElement, XmlError } from './xml-element.ts';

const LIMITS = { characters: ANSWER_BYTES_LIMIT, depth: 32, elements: 1_000 };

/**
 * Reads a body by its shape, whatever the binding was: a bare ROOT, or an envelope of either SOAP version around a ROOT or
 * a Fault. Names count with their namespaces. Every document is read twice, by two libraries: the strict one goes first, and only what
 * both see alike is an answer. One reader's mistake would else become a batch that counts as accepted.
 */
export function readAnswer(contentType: string | undefined, body: Uint8Array): AnswerContent {
  const text = decodeText(body, contentType);
  if (text === undefined) return { kind: 'not-decodable' };
  try {
    const document = readXml(text, LIMITS);
    return seesSame(text, document) ? readDocument(document) : { kind: 'readers-disagree' };
  } catch (error) {
    if (error instanceof XmlError) return { kind: 'not-xml' };
    throw error;
  }
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

const ROOT_FIELDS = ['RetCode', 'Message', 'CommonJobID', 'SpecialJobIDs', 'TotalSendCount', 'ErrorPhones'] as const;

function readRoot(root: XmlElement): AnswerContent {
  if (isNil(root)) return { kind: 'nil-root' };
  const texts = new Map<string, string | null>();
  for (const child of elements(root)) {
    if (child.namespace !== NAMESPACE.root || !(ROOT_FIELDS as readonly string[]).includes(child.name)) continue;
    if (texts.has(child.name) || elements(child).length > 0) return { kind: 'invalid-root' };
    texts.set(child.name, isNil(child) ? null : textOf(child));
  }
  const text = (name: keyof CustomSendReturn) => texts.get(name) ?? null;
  return {
    kind: 'root',
    root: {
      RetCode: text('RetCode'),
      Message: text('Message'),
      CommonJobID: text('CommonJobID'),
      SpecialJobIDs: text('SpecialJobIDs'),
      TotalSendCount: readInt(text('TotalSendCount')),
      ErrorPhones: text('ErrorPhones'),
    },
  };
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
function readInt(text: string | null): number | null {
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
