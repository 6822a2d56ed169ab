import { SaxesParser, type SaxesTagNS } from 'saxes';
import { checkNames } from './strict-names.ts';
import { XML_NAMESPACE, type XmlElement, XmlError, type XmlLimits } from './xml-element.ts';

/**
 * Reads one XML document strictly, in one pass: exactly one root and nothing but comments after it, every prefix bound, no
 * document type, no entities but the five of XML and character references. Line ends are read as line feeds. What libxml2
 * refuses beyond the standard is refused as well, so that nothing is read here that another reader would have stopped.
 *
 * saxes, since it is the strictest of the readers that npm has; `checkNames` mends what it lets through.
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
    if (open.length >= limits.depth) refuse(`The document is nested deeper than ${limits.depth} levels.`);
    if (++count > limits.elements) refuse(`The document has more than ${limits.elements} elements.`);
    checkNames(tag, refuse);
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

type Resolve = XmlElement['resolve'];

const OUTERMOST: Resolve = (prefix) => (prefix === 'xml' ? XML_NAMESPACE : prefix === '' ? '' : undefined);

function toElement(tag: SaxesTagNS, outer: Resolve): XmlElement {
  let declares = false;
  let attributes: Map<string, string> | undefined;
  for (const key in tag.attributes) {
    const { prefix, local, uri, value } = tag.attributes[key] as (typeof tag.attributes)[string];
    declares ||= prefix === 'xmlns' || key === 'xmlns';
    attributes ??= new Map();
    attributes.set(prefix ? `{${uri}}${local}` : local, value);
  }
  const resolve: Resolve = declares ? (prefix) => tag.ns[prefix] ?? outer(prefix) : outer;
  return { namespace: tag.uri, name: tag.local, attributes: attributes ?? NONE, children: [], resolve };
}

const NONE: XmlElement['attributes'] = new Map();

function append(parent: XmlElement | undefined, piece: string): void {
  if (!parent || piece === '') return;
  const last = parent.children.length - 1;
  if (typeof parent.children[last] === 'string') parent.children[last] += piece;
  else parent.children.push(piece);
}
