/**
 * Whether a text is a URI reference by RFC 3986, absolute or relative, as libxml2 demands it of a namespace name. User names and
 * addresses in brackets are left out: no namespace has them. The empty text is one (it undeclares the default namespace).
 */
export function isUriReference(text: string): boolean {
  const parts = PARTS.exec(text)?.groups;
  if (!parts) return false;
  const { scheme, authority, path = '', query = '', fragment = '' } = parts;
  if (scheme !== undefined && !SCHEME.test(scheme)) return false;
  if (authority !== undefined && !AUTHORITY.test(authority)) return false;
  // Up to its first slash, the path of a relative reference would else be taken for a scheme.
  const mayHoldColon = scheme !== undefined || authority !== undefined;
  if (!mayHoldColon && (path.split('/', 1)[0] as string).includes(':')) return false;
  return PATH.test(path) && QUERY.test(query) && QUERY.test(fragment);
}

/** How RFC 3986, appendix B, takes any text apart. */
const PARTS = /^(?:(?<scheme>[^:/?#]+):)?(?:\/\/(?<authority>[^/?#]*))?(?<path>[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/s;

const SCHEME = /^[a-z][a-z0-9+.-]*$/i;
/** `host` or `host:port`; the port has digits. */
const AUTHORITY = /^(?:[\w.~!$&'()*+,;=-]|%[0-9a-f]{2})*(?::\d{1,5})?$/i;
const PATH = /^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*$/i;
const QUERY = /^(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*$/i;
