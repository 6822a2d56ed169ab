import { SaxesParser, type SaxesTagNS } from 'saxes';

/** An element with its namespace resolved. Attributes are kept by `{namespace}local` (no braces when unqualified). */
export interface XmlElement {
  namespace: string;
  name: string;
  attributes: Map<string, string>;
  /** In document order. Neighbouring text and CDATA are one string; comments and processing instructions are `null`. */
  children: (XmlElement | string | null)[];
  /** Resolves a prefix in scope here (`''` is the default namespace), as a QName in text needs it. */
  resolve: (prefix: string) => string | undefined;
}

/** Bounds on a document, so that a hostile one costs little: characters, levels of nesting, elements. */
export interface XmlLimits {
  characters: number;
  depth: number;
  elements: number;
}

/** The text is not a well-formed, namespace-well-formed XML 1.0 document within the limits. `line` and `column` count from 1. */
export class XmlError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, line = 1, column = 1) {
    super(message);
    this.name = 'XmlError';
    this.line = line;
    this.column = column;
  }
}

/**
 * Reads one XML document strictly, in one pass: exactly one root and nothing but comments after it, every prefix bound, no
 * document type, no entities but the five of XML and character references. Line ends are read as line feeds.
 *
 * saxes, since fast-xml-parser's validator passes what is not well-formed (two roots, unbound prefixes, `&#x1;`), and a
 * strict reader in front of it would parse twice, may see another document than it, and costs three times as much.
 * @throws {XmlError}
 */
export function readXml(text: string, limits: XmlLimits): XmlElement {
  if (text.length > limits.characters) throw new XmlError(`The document is longer than ${limits.characters} characters.`);
  const reader = new SaxesParser({ xmlns: true, position: false });
  const refuse = (message: string): never => {
    throw new XmlError(message, reader.line, reader.column + 1);
  };
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  reader.on('opentag', (tag) => {
    if (!root && (reader.xmlDecl.version ?? '1.0') !== '1.0') refuse('Only XML 1.0 is read.');
    if (PROTOTYPE_NAMES.has(tag.local)) refuse('For security reasons this element name is not allowed.');
    if (open.length >= limits.depth) refuse(`The document is nested deeper than ${limits.depth} levels.`);
    if (++count > limits.elements) refuse(`The document has more than ${limits.elements} elements.`);
    const parent = open.at(-1);
    const element = toElement(tag, parent?.resolve ?? OUTERMOST);
    if (parent) parent.children.push(element);
    else root = element;
    open.push(element);
  });
  reader.on('closetag', () => {
    open.pop();
  });
  reader.on('text', (piece) => append(open.at(-1), piece));
  reader.on('cdata', (piece) => append(open.at(-1), piece));
  reader.on('comment', () => open.at(-1)?.children.push(null));
  reader.on('processinginstruction', ({ body }) => {
    // saxes takes `<?a?b?>`, which has no white space after its name.
    if (body.startsWith('?')) refuse('White space is missing in a processing instruction.');
    open.at(-1)?.children.push(null);
  });
  // A seventh handler makes saxes four times as slow (V8 gives up its object's shape), so this one is for those who need it.
  if (text.includes('<!DOCTYPE')) reader.on('doctype', () => refuse('For security reasons a document type is not allowed.'));
  try {
    reader.write(text).close();
  } catch (error) {
    if (error instanceof XmlError) throw error;
    refuse(error instanceof Error ? error.message : String(error));
  }
  return root ?? refuse('Root element is missing.');
}

/** Narrows a child to an element. */
function isElement(child: XmlElement | string | null): child is XmlElement {
  return typeof child === 'object' && child !== null;
}

/** The child elements, without text, comments and processing instructions. */
export function elements(parent: XmlElement): XmlElement[] {
  return parent.children.filter(isElement);
}

/** The text directly inside an element, as it stands. */
export function textOf(element: XmlElement): string {
  return element.children.filter((child) => typeof child === 'string').join('');
}

/** Text as XML character data. A carriage return is written as a reference, since a raw one is read back as a line feed. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] as string);
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };

/** Names that reach an object's prototype where code further on uses them as keys. */
const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

type Resolve = XmlElement['resolve'];

const OUTERMOST: Resolve = (prefix) => (prefix === 'xml' ? 'http://www.w3.org/XML/1998/namespace' : prefix === '' ? '' : undefined);

function toElement(tag: SaxesTagNS, outer: Resolve): XmlElement {
  let declares = false;
  const attributes = new Map<string, string>();
  for (const key in tag.attributes) {
    const { prefix, local, uri, value } = tag.attributes[key] as (typeof tag.attributes)[string];
    declares ||= prefix === 'xmlns' || key === 'xmlns';
    attributes.set(prefix ? `{${uri}}${local}` : local, value);
  }
  const resolve: Resolve = declares ? (prefix) => tag.ns[prefix] ?? outer(prefix) : outer;
  return { namespace: tag.uri, name: tag.local, attributes, children: [], resolve };
}

function append(parent: XmlElement | undefined, piece: string): void {
  if (!parent || piece === '') return;
  const last = parent.children.length - 1;
  if (typeof parent.children[last] === 'string') parent.children[last] += piece;
  else parent.children.push(piece);
}
