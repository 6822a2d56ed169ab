import { SaxesParser } from 'saxes';
import { XmlError, type XmlLimits } from '../customsend/xml-element.ts';

interface QualifiedName {
  namespace: string;
  name: string;
}

/** How a document begins, up to the first child of Body; what follows is not looked at and may be broken. */
export interface Opening {
  /** The root element; absent when the document is not XML up to there. */
  envelope?: QualifiedName;
  /** The first child of Body; absent when Body holds none. */
  request?: QualifiedName;
  /** Why the first child of Body could not be reached. */
  problem?: string;
}

/**
 * Reads only the beginning of a SOAP request. ASMX judges version and operation before it has seen the end of the
 * document, so the same error gives another answer before that point than after it.
 */
export function readOpening(text: string, limits: XmlLimits): Opening {
  const opening: Opening = {};
  try {
    walk(text, limits, opening);
  } catch (error) {
    if (error instanceof XmlError) opening.problem = error.message;
    else if (error !== FOUND) throw error;
  }
  return opening;
}

/** Thrown to leave the parser, which has no other way to be stopped. */
const FOUND = new Error('found');

function walk(text: string, limits: XmlLimits, opening: Opening): void {
  const parser = new SaxesParser({ xmlns: true });
  let depth = 0;
  let count = 0;
  let inBody = false;
  const refuse = (message: string): never => {
    throw new XmlError(message);
  };
  const stop = (): never => {
    throw FOUND;
  };
  parser.on('error', ({ message }) => refuse(`${message.replace(/^\d+:\d+: /, '')} Line ${parser.line}, position ${parser.column + 1}.`));
  parser.on('doctype', () => refuse('For security reasons a document type is not allowed.'));
  const onText = (content: string) => {
    if (inBody && /[^ \t\r\n]/.test(content)) stop();
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('opentag', ({ uri, local }) => {
    const element = { namespace: uri, name: local };
    if (++depth > limits.depth || ++count > limits.elements) refuse('The document is too deep or too large.');
    if (depth === 1) {
      opening.envelope = element;
      if (local !== 'Envelope') refuse('Request format is invalid: Missing required soap:Envelope element.');
    } else if (inBody) {
      opening.request = element;
      stop();
    } else if (depth === 2 && local === 'Body' && uri === opening.envelope?.namespace) inBody = true;
  });
  parser.on('closetag', () => {
    if (inBody) stop();
    depth--;
  });
  parser.write(text).close();
  refuse('Request format is invalid: Missing required soap:Body element.');
}
