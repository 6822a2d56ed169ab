/** An element with its namespace resolved. Attributes are kept by `{namespace}local` (no braces when unqualified). */
export interface XmlElement {
  namespace: string;
  name: string;
  attributes: ReadonlyMap<string, string>;
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

/** The text is not a document that every reader takes, or it is beyond the limits. `line` and `column` count from 1. */
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

/** The namespaces that XML itself binds, to the prefixes `xml` and `xmlns`. */
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** The child elements, without text, comments and processing instructions. */
export function elements(parent: XmlElement): XmlElement[] {
  return parent.children.filter(isElement);
}

/** The text directly inside an element, as it stands. */
export function textOf(element: XmlElement): string {
  const { children } = element;
  const [only] = children;
  if (children.length === 1 && typeof only === 'string') return only;
  return children.filter((child) => typeof child === 'string').join('');
}

function isElement(child: XmlElement | string | null): child is XmlElement {
  return typeof child === 'object' && child !== null;
}
