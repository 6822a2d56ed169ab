import { XMLParser } from 'fast-xml-parser';
import { SaxesParser } from 'saxes';

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

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  processEntities: false,
  cdataPropName: '#cdata',
  commentPropName: '#comment',
  maxNestedTags: 1_000,
});

/**
 * Reads one XML document strictly: exactly one root and nothing but comments after it, every prefix bound, no document
 * type, no entities but the five of XML and character references. saxes judges, fast-xml-parser builds the tree (its own
 * validator passes documents that are not well-formed).
 * @throws {XmlError}
 */
export function readXml(text: string, limits: XmlLimits): XmlElement {
  if (text.length > limits.characters) throw new XmlError(`The document is longer than ${limits.characters} characters.`);
  checkWellFormed(text, limits);
  const scope = (prefix: string) => (prefix === 'xml' ? 'http://www.w3.org/XML/1998/namespace' : prefix === '' ? '' : undefined);
  const root = build(text)
    .flatMap((node) => toChildren(node, scope))
    .find(isElement);
  if (!root) throw new XmlError('Root element is missing.');
  return root;
}

/** Narrows a child to an element. */
export function isElement(child: XmlElement | string | null): child is XmlElement {
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

function checkWellFormed(text: string, limits: XmlLimits): void {
  const judge = new SaxesParser({ xmlns: true });
  let depth = 0;
  let count = 0;
  const refuse = (message: string): never => {
    throw new XmlError(message, judge.line, judge.column + 1);
  };
  judge.on('error', (error) => refuse(error.message.replace(/^\d+:\d+: /, '')));
  judge.on('doctype', () => refuse('For security reasons a document type is not allowed.'));
  judge.on('opentag', () => {
    if (++depth > limits.depth) refuse(`The document is nested deeper than ${limits.depth} levels.`);
    if (++count > limits.elements) refuse(`The document has more than ${limits.elements} elements.`);
  });
  judge.on('closetag', () => {
    depth--;
  });
  judge.write(text).close();
}

/** fast-xml-parser throws on names that could reach a prototype (`__proto__`): such a document is refused like a broken one. */
function build(text: string): XmlNode[] {
  try {
    return parser.parse(text) as XmlNode[];
  } catch (error) {
    throw new XmlError(error instanceof Error ? error.message : String(error));
  }
}

type XmlNode = Record<string, XmlNode[] | string | Record<string, string>>;
type Scope = XmlElement['resolve'];

function toChildren(node: XmlNode, scope: Scope): XmlElement['children'] {
  const tag = Object.keys(node).find((key) => key !== ':@') as string;
  if (tag === '#text') return [decode(String(node[tag]))];
  const content = node[tag] as XmlNode[];
  if (tag === '#cdata') return [content.map((part) => String(part['#text'])).join('')];
  if (tag === '#comment' || tag.startsWith('?')) return [null];
  return [toElement(tag, content, (node[':@'] ?? {}) as Record<string, string>, scope)];
}

function toElement(tag: string, content: XmlNode[], raw: Record<string, string>, outer: Scope): XmlElement {
  const declared = new Map<string, string>();
  for (const [key, value] of Object.entries(raw)) {
    if (key === 'xmlns') declared.set('', decode(value));
    else if (key.startsWith('xmlns:')) declared.set(key.slice(6), decode(value));
  }
  const resolve: Scope = declared.size === 0 ? outer : (prefix) => declared.get(prefix) ?? outer(prefix);
  const [prefix, name] = split(tag);
  const attributes = new Map<string, string>();
  for (const [key, value] of Object.entries(raw)) {
    const [attributePrefix, local] = split(key);
    attributes.set(attributePrefix ? `{${resolve(attributePrefix) ?? ''}}${local}` : local, decode(value));
  }
  const children: XmlElement['children'] = [];
  for (const child of content.flatMap((part) => toChildren(part, resolve))) {
    const last = children.length - 1;
    if (typeof child === 'string' && typeof children[last] === 'string') children[last] += child;
    else children.push(child);
  }
  return { namespace: resolve(prefix) ?? '', name, attributes, children, resolve };
}

function split(qualified: string): [prefix: string, local: string] {
  const colon = qualified.indexOf(':');
  return colon < 0 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decode(raw: string): string {
  if (!raw.includes('&')) return raw;
  return raw.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (_whole, hex: string, decimal: string, entity: string) =>
    entity ? (ENTITIES[entity] as string) : String.fromCodePoint(Number.parseInt(hex ?? decimal, hex ? 16 : 10)),
  );
}
