import { elements, type XmlElement } from '../customsend/xml.ts';

/**
 * Whether a well-formed document is one for other readers too. libxml2 refuses more than the standard does: namespace names that are no
 * URI references, values of xml:id that are no names or stand twice, and names of more than 50,000 characters. No request has any of
 * these, so the whole of them is refused, and nothing is read here that a front of another make would have stopped.
 */
export function isCommonXml(element: XmlElement): boolean {
  if (element.name.length > LONGEST_NAME) return false;
  for (const [name, value] of element.attributes) {
    if (name.length > LONGEST_NAME || name === XML_ID) return false;
    if ((name === 'xmlns' || name.startsWith(DECLARATION)) && !URI_REFERENCE.test(value)) return false;
  }
  return elements(element).every(isCommonXml);
}

const LONGEST_NAME = 1_000;
const XML_ID = '{http://www.w3.org/XML/1998/namespace}id';
const DECLARATION = '{http://www.w3.org/2000/xmlns/}';

/** RFC 3986, but for user names and addresses in brackets: `scheme:`, `//host:port`, a path (without a scheme its first part holds no colon), query, fragment. */
const URI_REFERENCE = (() => {
  const escaped = '%[0-9a-f]{2}';
  const some = (more: string) => `(?:[\\w.~!$&'()*+,;=@${more}-]|${escaped})*`;
  const authority = `(?://(?:[\\w.~!$&'()*+,;=-]|${escaped})*(?::\\d{0,5})?(?=[/?#]|$))`;
  const [path, relativePath] = [`${authority}?(?!//)${some(':/')}`, `${authority}?(?!//)${some('')}(?:/${some(':/')})?`];
  return new RegExp(`^(?:[a-z][a-z0-9+.-]*:${path}|${relativePath})(?:\\?${some(':/?')})?(?:#${some(':/?')})?$`, 'i');
})();
