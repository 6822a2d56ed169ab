import { XmlElement as LibElement, ParseOption, XmlCData, XmlDocument, XmlText, XmlXPath } from 'libxml2-wasm';
import { XMLNS_NAMESPACE, type XmlElement } from '../../functions/shared/customsend/xml-element.ts';

/** What two readers must see alike: names and attributes with their namespaces, and the texts in their order. */
export interface Tree {
  name: string;
  attributes: string[];
  children: (Tree | string)[];
}

const { XML_PARSE_NONET, XML_PARSE_IGNORE_ENC } = ParseOption;

/** libxml2's document of a text, whatever encoding the text declares. To be disposed of. @throws when libxml2 refuses it */
function parseText(text: string): XmlDocument {
  return XmlDocument.fromBuffer(Buffer.from(text), { option: XML_PARSE_NONET | XML_PARSE_IGNORE_ENC });
}

/** What libxml2 sees in a text; `undefined` when it refuses it. */
export function treeByLibxml2(text: string): Tree | undefined {
  let document: XmlDocument;
  try {
    document = parseText(text);
  } catch {
    return undefined;
  }
  try {
    return treeOfDocument(document);
  } finally {
    document.dispose();
  }
}

/** What libxml2 saw. */
export function treeOfDocument({ root }: XmlDocument): Tree {
  return treeOfLibElement(root);
}

/** By a path, since a walk from sibling to sibling ends at an instruction. */
const CHILDREN = XmlXPath.compile('child::node()');

function treeOfLibElement(element: LibElement): Tree {
  const children: (Tree | string)[] = [];
  for (const child of element.find(CHILDREN)) {
    if (child instanceof LibElement) children.push(treeOfLibElement(child));
    else if (child instanceof XmlText || child instanceof XmlCData) children.push(child.content);
  }
  const attributes = element.attrs.map((attribute) => `${expanded(attribute)}=${attribute.value}`);
  return { name: expanded(element), attributes: attributes.sort(), children: joined(children) };
}

function expanded({ name, namespaceUri }: { name: string; namespaceUri: string }): string {
  return namespaceUri === '' ? name : `{${namespaceUri}}${name}`;
}

/** What the strict reader saw. */
export function treeOf(element: XmlElement): Tree {
  const attributes = [...element.attributes].filter(([name]) => name !== 'xmlns' && !name.startsWith(`{${XMLNS_NAMESPACE}}`));
  const children = element.children.flatMap((child) => (child === null ? [] : [typeof child === 'string' ? child : treeOf(child)]));
  return {
    name: expanded({ name: element.name, namespaceUri: element.namespace }),
    attributes: attributes.map(([name, value]) => `${name}=${value}`).sort(),
    children: joined(children),
  };
}

/** Neighbouring texts are one, whatever pieces a reader makes of them. libxml2-wasm takes a byte order mark off the beginning of any text. */
function joined(children: (Tree | string)[]): (Tree | string)[] {
  const done: (Tree | string)[] = [];
  for (const child of children) {
    const last = done.length - 1;
    if (typeof child === 'string' && typeof done[last] === 'string') done[last] += child;
    else if (child !== '') done.push(child);
  }
  return done.map((child) => (typeof child === 'string' ? child.replaceAll('\ufeff', '') : child));
}
