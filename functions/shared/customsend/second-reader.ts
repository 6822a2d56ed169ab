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

/** A prefix that is bound at an element or around it; the one of the innermost element comes first. */
interface Scope {
  prefix: string;
  namespace: string;
  outer: Scope | undefined;
}

const OUTERMOST = [
  ['', ''],
  ['xml', XML_NAMESPACE],
  ['xmlns', XMLNS_NAMESPACE],
].reduce<Scope | undefined>((outer, [prefix = '', namespace = '']) => ({ prefix, namespace, outer }), undefined);

function namespaceOf(prefix: string, innermost: Scope | undefined): string | undefined {
  for (let scope = innermost; scope; scope = scope.outer) if (scope.prefix === prefix) return scope.namespace;
  return undefined;
}

function isSameElement(node: Node, element: XmlElement, outer: Scope | undefined): boolean {
  const attributes = node[ATTRIBUTES] as Record<string, string> | undefined;
  const scope = attributes ? inner(outer, attributes) : outer;
  const tag = tagOf(node);
  return (
    tag !== undefined &&
    isSameName(tag, element, scope) &&
    areSameAttributes(attributes, element.attributes, scope) &&
    areSameChildren(node[tag] as Node[], element.children, scope)
  );
}

/** Without a prefix, an element is in the default namespace. */
function isSameName(tag: string, { namespace, name }: XmlElement, scope: Scope | undefined): boolean {
  const colon = tag.indexOf(':');
  if (colon < 0) return tag === name && namespaceOf('', scope) === namespace;
  return tag.slice(colon + 1) === name && namespaceOf(tag.slice(0, colon), scope) === namespace;
}

function areSameAttributes(raw: Record<string, string> = {}, attributes: XmlElement['attributes'], scope: Scope | undefined): boolean {
  let count = 0;
  for (const name in raw) {
    const expanded = expand(name, scope);
    if (expanded === undefined || attributes.get(expanded) !== attributeValueOf(raw[name] as string)) return false;
    count++;
  }
  return count === attributes.size;
}

/** @param children as the strict reader saw them; comments and instructions, which are `null`, part texts that are one here */
function areSameChildren(nodes: readonly Node[], children: XmlElement['children'], scope: Scope | undefined): boolean {
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

/** White space in an attribute is blanks (XML 1.0, section 3.3.3), unless a reference names it. */
function attributeValueOf(raw: string): string | undefined {
  return resolveReferences(raw.replace(/[\t\n]/g, ' '));
}

/** What is bound in an element with these attributes. */
function inner(outer: Scope | undefined, attributes: Record<string, string>): Scope | undefined {
  let scope = outer;
  for (const name in attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    scope = { prefix: name.slice(6), namespace: attributeValueOf(attributes[name] as string) ?? '', outer: scope };
  }
  return scope;
}

/** `p:name` as `{namespace}name`, as the strict reader calls an attribute. Without a prefix it is in no namespace. */
function expand(name: string, scope: Scope | undefined): string | undefined {
  const colon = name.indexOf(':');
  if (colon < 0) return name;
  const namespace = namespaceOf(name.slice(0, colon), scope);
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
