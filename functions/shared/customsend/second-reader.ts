import { XMLParser } from 'fast-xml-parser';
import { XML_NAMESPACE, XMLNS_NAMESPACE, type XmlElement } from './xml-element.ts';

/**
 * Whether fast-xml-parser sees the same document as the strict reader did: the same elements, attributes and texts in the same
 * order, under the same namespaces. Comments and processing instructions do not count. A document that it cannot read is not the same.
 *
 * It judges nothing (it takes two roots, unbound prefixes and much else), so it comes second and is given only what the strict reader
 * has taken. Prefixes, character references and white space in attributes are resolved here, since it does none of that by itself
 * without also doing too much.
 */
export function seesSame(text: string, element: XmlElement): boolean {
  let nodes: Node[];
  try {
    nodes = parser.parse(text) as Node[];
  } catch {
    return false;
  }
  const roots = nodes.filter((node) => !(TEXT in node));
  return roots.length === 1 && isSameElement(roots[0] as Node, element, OUTERMOST);
}

const TEXT = '#text';
const CDATA = '#cdata';
const ATTRIBUTES = ':@';

/** An element under its qualified name, beside its attributes; a text; or a CDATA section, which holds texts. */
type Node = Record<string, Node[] | string | Record<string, string> | undefined>;

function ignore(): void {}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: TEXT,
  cdataPropName: CDATA,
  ignoreDeclaration: true,
  ignorePiTags: true,
  trimValues: false,
  parseTagValue: false,
  // It takes HTML's names for references of XML once it is to read numbers, so references are resolved here.
  processEntities: false,
  // Never asked to decode. Without it, each document would cost a new table of entities: a third of the reading.
  entityDecoder: { decode: (text) => text, reset: ignore, setXmlVersion: ignore, addInputEntities: ignore, setExternalEntities: ignore },
  jPath: false,
});

/** Namespaces by prefix, as they are bound at an element. */
type Scope = Readonly<Record<string, string>>;

const OUTERMOST: Scope = Object.assign(Object.create(null), { '': '', xml: XML_NAMESPACE, xmlns: XMLNS_NAMESPACE });

function isSameElement(node: Node, element: XmlElement, outer: Scope): boolean {
  const attributes = attributesOf(node);
  const scope = inner(outer, attributes);
  const tag = tagOf(node);
  if (tag === undefined || expand(tag, scope, scope['']) !== `{${element.namespace}}${element.name}`) return false;
  if (attributes.length !== element.attributes.size) return false;
  for (const [name, value] of attributes) {
    const expanded = expand(name, scope, undefined);
    if (expanded === undefined || element.attributes.get(expanded) !== value) return false;
  }
  return areSameChildren(node[tag] as Node[], element, scope);
}

function areSameChildren(nodes: readonly Node[], element: XmlElement, scope: Scope): boolean {
  const children = element.children.filter((child) => child !== null);
  let next = 0;
  let text = '';
  for (const node of nodes) {
    const piece = textOf(node);
    if (piece === undefined) {
      if (text !== takeText()) return false;
      text = '';
      const child = children[next++];
      if (typeof child !== 'object' || !isSameElement(node, child, scope)) return false;
    } else text += piece;
  }
  return text === takeText() && next === children.length;

  /** The text that the strict reader saw up to the next element. A comment or an instruction parts it. */
  function takeText(): string {
    let seen = '';
    for (let child = children[next]; typeof child === 'string'; child = children[next]) {
      seen += child;
      next++;
    }
    return seen;
  }
}

/** Of a text or a CDATA section; `undefined` for an element, and for a text that holds what is no reference. */
function textOf(node: Node): string | undefined {
  const text = node[TEXT];
  if (text !== undefined) return resolveReferences(String(text));
  return (node[CDATA] as Node[] | undefined)?.map((part) => String(part[TEXT])).join('');
}

function tagOf(node: Node): string | undefined {
  for (const key in node) if (key !== ATTRIBUTES) return key;
  return undefined;
}

/** White space in an attribute is blanks (XML 1.0, section 3.3.3), unless a reference names it. */
function attributesOf(node: Node): [name: string, value: string | undefined][] {
  const raw = node[ATTRIBUTES] as Record<string, string> | undefined;
  return raw ? Object.entries(raw).map(([name, value]) => [name, resolveReferences(value.replace(/[\t\n]/g, ' '))]) : [];
}

function inner(outer: Scope, attributes: readonly [string, string | undefined][]): Scope {
  const declared = attributes.filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  if (declared.length === 0) return outer;
  return Object.assign(Object.create(null), outer, Object.fromEntries(declared.map(([name, value]) => [name.slice(6), value])));
}

/** `p:name` as `{namespace}name`. Without a prefix, elements are in the default namespace, and attributes in none. */
function expand(name: string, scope: Scope, unprefixed: string | undefined): string | undefined {
  const colon = name.indexOf(':');
  if (colon < 0) return unprefixed === undefined ? name : `{${unprefixed}}${name}`;
  const namespace = scope[name.slice(0, colon)];
  return namespace === undefined ? undefined : `{${namespace}}${name.slice(colon + 1)}`;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** `undefined` for an ampersand that begins no reference of XML. */
function resolveReferences(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let unresolved = false;
  const resolved = text.replace(/&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(amp|lt|gt|quot|apos));|&/g, (_all, hexadecimal, decimal, name) => {
    const code = hexadecimal ? Number.parseInt(hexadecimal, 16) : decimal ? Number.parseInt(decimal, 10) : undefined;
    if (code !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
    if (name === undefined) unresolved = true;
    return NAMED[name] ?? '';
  });
  return unresolved ? undefined : resolved;
}
