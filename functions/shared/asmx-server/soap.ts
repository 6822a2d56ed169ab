import { NAMESPACE, SOAP_ACTION } from '../customsend/call.ts';
import { readXml } from '../customsend/strict-reader.ts';
import { type XmlElement, XmlError } from '../customsend/xml-element.ts';
import { decodeXml, mediaType, parameter } from './content-type.ts';
import { type HttpRequest, MAXIMUM_REQUEST_BYTES, type Reading, type SoapVersion, TOO_LONG } from './http-exchange.ts';
import { readBody } from './soap-body.ts';
import { type Opening, readOpening } from './soap-opening.ts';
import { urlDecode } from './url-encoding.ts';
import { emptyAnswer, type FaultCode, writeFault } from './write-answer.ts';

/** No well-meant request has more; a hostile one costs little. */
const LIMITS = { characters: MAXIMUM_REQUEST_BYTES, depth: 64, elements: 10_000 };

const UNREADABLE = 'Server was unable to read request. ---> ';
const MISSING = (element: string) => `${UNREADABLE}Request format is invalid: Missing required soap:${element} element.`;

/** A POST to the bare address. The order of the checks decides which answer a request with two faults gets (wire.md, 3.2). */
export function readSoap(request: HttpRequest): Reading {
  const contentType = request.headers['content-type'] ?? '';
  const type = mediaType(contentType);
  const action = request.headers.soapaction;
  const guess: SoapVersion = action === undefined || type === 'application/soap+xml' ? 'soap12' : 'soap11';
  const named = guess === 'soap11' ? decodeAction(unquote(action as string)) : decodeAction(parameter(contentType, 'action') ?? '');
  if (guess === 'soap11' && named !== SOAP_ACTION) {
    return fault('soap11', 'Client', `Server did not recognize the value of HTTP Header SOAPAction: ${named}.`);
  }
  if (request.body.length > MAXIMUM_REQUEST_BYTES) {
    return fault(guess, 'Server', `There was an exception running the extensions specified in the config file. ---> ${TOO_LONG}`);
  }
  const { text, opening } = open(request.body, contentType);
  const unrouted = named === SOAP_ACTION ? undefined : routeByElement(opening, named, guess);
  if (unrouted) return unrouted;
  if (type !== 'text/xml' && type !== 'application/soap+xml') return { kind: 'refused', answer: emptyAnswer(415, guess) };
  if (!opening.envelope) return { kind: 'refused', answer: emptyAnswer(400, guess) };
  const version = versionOf(opening.envelope.namespace);
  if (!version) return mismatch(opening.envelope.namespace);
  if (version === 'soap11' && type !== 'text/xml') return { kind: 'refused', answer: emptyAnswer(415, version) };
  return readEnvelope(text, version);
}

/** Decodes and looks at the beginning; bytes that are no text begin with no element. */
function open(body: Uint8Array, contentType: string): { text: string; opening: Opening } {
  const text = decodeXml(body, contentType);
  return text === undefined
    ? { text: '', opening: { problem: 'Invalid character in the given encoding.' } }
    : { text, opening: readOpening(text, LIMITS) };
}

/** Without a known action the first element of Body names the operation. The answer to return when it does not. */
function routeByElement(opening: Opening, action: string, guess: SoapVersion): Reading | undefined {
  const { envelope, request, problem } = opening;
  if (request?.namespace === NAMESPACE.operation && request.name === 'CustomSend') return undefined;
  const version = envelope ? versionOf(envelope.namespace) : guess;
  if (!version) return mismatch(envelope?.namespace ?? '');
  if (problem) return fault(version, 'Server', `Server was unable to process request. ---> ${problem}`);
  if (action === '') {
    return fault(version, 'Client', 'Unable to handle request without a valid action parameter. Please supply a valid soap action.');
  }
  return fault(version, 'Client', `Unable to handle request. The action '${action}' was not recognized.`);
}

function readEnvelope(text: string, version: SoapVersion): Reading {
  let envelope: XmlElement;
  try {
    envelope = readXml(text, LIMITS);
  } catch (error) {
    if (error instanceof XmlError) return { kind: 'refused', answer: emptyAnswer(400, version) };
    throw error;
  }
  if (envelope.name !== 'Envelope') return fault(version, 'Client', MISSING('Envelope'));
  const content = envelope.children.filter((child) => child !== null && !(typeof child === 'string' && child.trim() === ''));
  const isPart = (child: (typeof content)[number] | undefined, name: string): child is XmlElement =>
    typeof child === 'object' && child?.name === name && child.namespace === NAMESPACE[version];
  const header = isPart(content[0], 'Header') ? content[0] : undefined;
  const body = content[header ? 1 : 0];
  if (!isPart(body, 'Body')) return fault(version, 'Client', MISSING('Body'));
  const read = readBody(body, text);
  if (read.kind === 'not XML') return { kind: 'refused', answer: emptyAnswer(400, version) };
  if (read.kind === 'problem') return fault(version, 'Client', UNREADABLE + read.problem);
  const strange = header?.children.find((child) => typeof child === 'object' && child !== null && mustBeUnderstood(child));
  if (typeof strange === 'object' && strange) {
    const answer = writeFault(version, 'MustUnderstand', `SOAP header ${strange.name} was not understood.`, 'method');
    return { kind: 'refused', answer };
  }
  return { kind: 'call', call: read.call, reply: version };
}

function mustBeUnderstood({ attributes }: XmlElement): boolean {
  const value = attributes.get(`{${NAMESPACE.soap11}}mustUnderstand`) ?? attributes.get(`{${NAMESPACE.soap12}}mustUnderstand`);
  return value === '1' || value === 'true';
}

function versionOf(namespace: string): SoapVersion | undefined {
  if (namespace === NAMESPACE.soap11) return 'soap11';
  return namespace === NAMESPACE.soap12 ? 'soap12' : undefined;
}

function mismatch(namespace: string): Reading {
  const text = `Possible SOAP version mismatch: Envelope namespace ${namespace} was unexpected. Expecting ${NAMESPACE.soap11}.`;
  return fault('soap11', 'VersionMismatch', text);
}

function unquote(action: string): string {
  return action.startsWith('"') && action.endsWith('"') ? action.slice(1, -1) : action;
}

function decodeAction(action: string): string {
  return urlDecode(Buffer.from(action), new TextDecoder());
}

function fault(version: SoapVersion, code: FaultCode, text: string): Reading {
  return { kind: 'refused', answer: writeFault(version, code, text) };
}
