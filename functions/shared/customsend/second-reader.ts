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
    nodes = parser.parse(text.replace(DECLARATION, '')) as Node[];
  } catch {
    return false;
  }
  const roots = nodes.filter((node) => !(TEXT in node));
  return roots.length === 1 && isSameElement(roots[0] as Node, element, OUTERMOST);
}

/** The strict reader has judged it, and it holds no content. */
const DECLARATION = /^<\?xml[ \t\r\n][^>]*\?>/;

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
  const raw = node[ATTRIBUTES] as Record<string, string> | undefined;
  const attributes = raw ? attributesOf(raw) : NONE;
  const scope = raw ? inner(outer, attributes) : outer;
  const tag = tagOf(node);
  if (tag === undefined || !isSameName(tag, element, scope) || attributes.length !== element.attributes.size) return false;
  for (const [name, value] of attributes) {
    const expanded = expand(name, scope);
    if (expanded === undefined || element.attributes.get(expanded) !== value) return false;
  }
  return areSameChildren(node[tag] as Node[], element.children, scope);
}

/** Without a prefix, an element is in the default namespace. */
function isSameName(tag: string, { namespace, name }: XmlElement, scope: Scope): boolean {
  const colon = tag.indexOf(':');
  if (colon < 0) return tag === name && scope[''] === namespace;
  return tag.slice(colon + 1) === name && scope[tag.slice(0, colon)] === namespace;
}

/** @param children as the strict reader saw them; comments and instructions, which are `null`, part texts that are one here */
function areSameChildren(nodes: readonly Node[], children: XmlElement['children'], scope: Scope): boolean {
  let next = 0;
  let text = '';
  for (const node of nodes) {
    const piece = textOf(node);
    if (piece !== undefined) {
      text += piece;
      continue;
    }
    // The texts of both up to this element.
    for (; isText(children[next]); next++) text = without(text, children[next]);
    const child = children[next++];
    if (text !== '' || typeof child !== 'object' || child === null || !isSameElement(node, child, scope)) return false;
  }
  for (; isText(children[next]); next++) text = without(text, children[next]);
  return text === '' && next === children.length;
}

function isText(child: XmlElement['children'][number] | undefined): child is string | null {
  return child === null || typeof child === 'string';
}

/** What is left of a text after the strict reader's piece of it; if it does not begin so, what is left cannot be empty. */
function without(text: string, piece: string | null | XmlElement | undefined): string {
  if (typeof piece !== 'string') return text;
  return text.startsWith(piece) ? text.slice(piece.length) : `${text}${UNEQUAL}`;
}

/** No document holds it. */
const UNEQUAL = '\0';

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

type Attribute = [name: string, value: string | undefined];
const NONE: readonly Attribute[] = [];

/** White space in an attribute is blanks (XML 1.0, section 3.3.3), unless a reference names it. */
function attributesOf(raw: Record<string, string>): Attribute[] {
  return Object.entries(raw).map(([name, value]) => [name, resolveReferences(value.replace(/[\t\n]/g, ' '))]);
}

function inner(outer: Scope, attributes: readonly Attribute[]): Scope {
  let scope: Record<string, string> | undefined;
  for (const [name, value] of attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    scope ??= Object.assign(Object.create(null) as Record<string, string>, outer);
    scope[name.slice(6)] = value ?? '';
  }
  return scope ?? outer;
}

/** `p:name` as `{namespace}name`, as the strict reader calls an attribute. Without a prefix it is in no namespace. */
function expand(name: string, scope: Scope): string | undefined {
  const colon = name.indexOf(':');
  if (colon < 0) return name;
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
