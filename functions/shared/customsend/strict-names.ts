import type { SaxesTagNS } from 'saxes';
import { NAMESPACE } from './call.ts';
import { isUriReference } from './uri-reference.ts';
import { XML_NAMESPACE } from './xml-element.ts';

type Attribute = SaxesTagNS['attributes'][string];

/**
 * Refuses what saxes takes in the names of an element and its attributes, and other readers do not:
 * - the part after a colon begins with what no name may begin with (`s:1`, `s:-a`);
 * - a namespace name that is no URI reference (libxml2 stops there). One with white space around it, which saxes cuts off and so takes
 *   for another name, is among them;
 * - `xml:id`, which libxml2 holds against rules of its own; names of more than 1,000 characters (libxml2 stops at 50,000);
 * - element names that reach an object's prototype where later code uses them as keys.
 * No request and no answer of this service has any of these.
 * @param refuse throws
 */
export function checkNames(tag: SaxesTagNS, refuse: (message: string) => never): void {
  if (PROTOTYPE_NAMES.has(tag.local)) refuse('For security reasons this element name is not allowed.');
  checkName(tag, refuse);
  for (const key in tag.attributes) {
    const attribute = tag.attributes[key] as Attribute;
    checkName(attribute, refuse);
    if (attribute.local === 'id' && attribute.uri === XML_NAMESPACE) refuse('xml:id is not allowed.');
    const declares = attribute.prefix === 'xmlns' || key === 'xmlns';
    if (declares && !USUAL_NAMESPACES.has(attribute.value) && !isUriReference(attribute.value))
      refuse('A namespace name is no URI reference.');
  }
}

/** Those of the contract need no look. */
const USUAL_NAMESPACES: ReadonlySet<string> = new Set(Object.values(NAMESPACE));

const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);
const LONGEST_NAME = 1_000;

function checkName({ name, prefix, local }: { name: string; prefix: string; local: string }, refuse: (message: string) => never): void {
  if (name.length > LONGEST_NAME) refuse(`A name is longer than ${LONGEST_NAME} characters.`);
  // saxes has checked every character, and the beginning of the whole; so what follows a colon is left.
  if (prefix !== '' && !STARTS_NAME.test(local)) refuse('A name begins with a character that no name may begin with.');
}

/** Production 4 of XML 1.0 (NameStartChar), without the colon, by production 4 of Namespaces in XML (NCName). */
const STARTS_NAME =
  /^[A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{EFFFF}]/u;
