import { NAMESPACE, PARAMETERS } from '../../functions/shared/customsend/call.ts';

/** Where in a document a kind of broken XML stands. */
interface Break {
  /** Before the root element, instead of the XML declaration. */
  prolog?: string;
  /** Among the attributes of the element that holds the values. */
  attributes?: string;
  /** After the values. */
  inside?: string;
  /** After the root element. */
  after?: string;
  /** What is done to the whole document. */
  whole?: (document: string) => string;
}

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';
const inside = (text: string): Break => ({ inside: text });
const attributes = (text: string): Break => ({ attributes: ` ${text}` });
const prolog = (text: string): Break => ({ prolog: text });
const after = (text: string): Break => ({ after: text });
const control = (code: number): Break => inside(String.fromCharCode(code));
const reference = (code: string): Break => inside(`&#${code};`);

/** Kinds of documents that are not well-formed, or not by Namespaces in XML, or that libxml2 does not read for reasons of its own. */
export const BROKEN_XML: Readonly<Record<string, Break>> = {
  // The document as a whole.
  nothing: { whole: () => '' },
  'white space alone': { whole: () => ' \n' },
  'a declaration alone': { whole: () => DECLARATION },
  'a comment alone': { whole: () => '<!-- a -->' },
  'text alone': { whole: () => 'Sucess' },
  'text before the root': prolog('x'),
  'a reference before the root': prolog('&#x20;'),
  'CDATA before the root': prolog('<![CDATA[]]>'),
  'an end tag before the root': prolog('</a>'),
  'text after the root': after('x'),
  'a reference after the root': after('&#32;'),
  'CDATA after the root': after('<![CDATA[ ]]>'),
  'a second root': after('<a/>'),
  'the same root again': { whole: (document) => document + document.replace(DECLARATION, '') },
  'an end tag too many': after('</a>'),
  'a lone < after the root': after('<'),
  'a declaration after the root': after(DECLARATION),
  'a document type after the root': after('<!DOCTYPE a>'),
  'a null character after the root': after('\0'),
  'the last character missing': { whole: (document) => document.slice(0, -1) },
  'the last tag missing': { whole: (document) => document.slice(0, document.lastIndexOf('<')) },
  'the first half alone': { whole: (document) => document.slice(0, document.length / 2) },
  'the root cut off within its tag': { whole: () => '<ROOT xmlns="CustomJobReturn"' },
  // The XML declaration.
  'white space before the declaration': prolog(` ${DECLARATION}`),
  'a line break before the declaration': prolog(`\n${DECLARATION}`),
  'a comment before the declaration': prolog(`<!-- a -->${DECLARATION}`),
  'two declarations': prolog(DECLARATION + DECLARATION),
  'a declaration inside': inside(DECLARATION),
  'a declaration in capitals': prolog('<?XML version="1.0"?>'),
  'a declaration without a version': prolog('<?xml encoding="utf-8"?>'),
  'a declaration with the encoding first': prolog('<?xml encoding="utf-8" version="1.0"?>'),
  'a declaration without quotes': prolog('<?xml version=1.0?>'),
  'a declaration without white space between its parts': prolog('<?xml version="1.0"encoding="utf-8"?>'),
  'a declaration with an unknown part': prolog('<?xml version="1.0" language="en"?>'),
  'a declaration that ends like a tag': prolog('<?xml version="1.0">'),
  'standalone that is neither yes nor no': prolog('<?xml version="1.0" standalone="maybe"?>'),
  'an encoding that is no name': prolog('<?xml version="1.0" encoding="1"?>'),
  'an encoding that is empty': prolog('<?xml version="1.0" encoding=""?>'),
  'a version that is no number': prolog('<?xml version="one"?>'),
  // Characters.
  'a null character': control(0),
  'a control character': control(1),
  'a backspace': control(8),
  'a vertical tab': control(0x0b),
  'a form feed': control(0x0c),
  'an escape character': control(0x1b),
  'U+FFFE': control(0xfffe),
  'U+FFFF': control(0xffff),
  'a control character in an attribute': attributes('a="\u0001"'),
  'a control character in a comment': inside('<!--\u0001-->'),
  'a control character in CDATA': inside('<![CDATA[\u0001]]>'),
  'a control character in an instruction': inside('<?a \u0001?>'),
  // References.
  'a reference to U+0000': reference('0'),
  'a reference to U+0001': reference('x1'),
  'a reference to a form feed': reference('12'),
  'a reference to half of a surrogate pair': reference('xD800'),
  'a reference to two halves of a surrogate pair': inside('&#xD83D;&#xDE00;'),
  'a reference to U+FFFE': reference('xFFFE'),
  'a reference beyond Unicode': reference('x110000'),
  'a reference of a number without an end': reference('99999999999999999999'),
  'a reference without a number': reference(''),
  'a reference with an x and no number': reference('x'),
  'a reference with a capital X': reference('X41'),
  'a reference with a letter in its number': reference('4A'),
  'a reference with a sign': reference('+65'),
  'a reference with a blank': reference(' 65'),
  'a reference without its semicolon': inside('&#65 '),
  'a reference to U+0001 in an attribute': attributes('a="&#1;"'),
  'a lone ampersand': inside('a & b'),
  'an ampersand at the end': inside('a&'),
  'an ampersand in an attribute': attributes('a="b & c"'),
  'an entity of HTML': inside('&nbsp;'),
  'an entity that is declared nowhere': inside('&a;'),
  'an entity in capitals': inside('&LT;'),
  'an entity without its semicolon': inside('&amp '),
  'an entity that is declared nowhere, in an attribute': attributes('a="&b;"'),
  'an entity named after a prototype': inside('&constructor;'),
  // Text, CDATA, comments, instructions.
  ']]> in text': inside(']]>'),
  'CDATA that does not end': inside('<![CDATA[a'),
  'CDATA in small letters': inside('<![cdata[a]]>'),
  'CDATA with a blank': inside('<! [CDATA[a]]>'),
  'CDATA in an attribute': attributes('a="<![CDATA[b]]>"'),
  'a comment with -- in it': inside('<!-- a -- b -->'),
  'a comment that ends in --->': inside('<!-- a --->'),
  'a comment that does not end': inside('<!-- a'),
  'a comment with one hyphen': inside('<!- a -->'),
  'a comment inside a tag': attributes('<!-- a -->'),
  'an instruction that does not end': inside('<?a b>'),
  'an instruction without a name': inside('<? a?>'),
  'an instruction named xml': inside('<?xml?>'),
  'an instruction named XmL': inside('<?XmL a?>'),
  'an instruction whose name runs on': inside('<?a?b?>'),
  'an instruction with a digit for a name': inside('<?1?>'),
  'an element declaration inside': inside('<!ELEMENT a ANY>'),
  'an entity declaration inside': inside('<!ENTITY a "b">'),
  'a document type inside': inside('<!DOCTYPE a>'),
  'a document type that does not end': prolog('<!DOCTYPE a '),
  'a document type without a name': prolog('<!DOCTYPE>'),
  // Elements.
  'an element that does not end': inside('<a>'),
  'an end tag that nothing begins': inside('</a>'),
  'an end tag of another element': inside('<a></b>'),
  'an end tag in other letters': inside('<a></A>'),
  'end tags in the wrong order': inside('<a><b></a></b>'),
  'an end tag with an attribute': inside('<a></a b="c">'),
  'an end tag with a blank at its beginning': inside('<a></ a>'),
  'an end tag that ends like an empty element': inside('<a></a/>'),
  'a tag that does not end': inside('<a <b/>'),
  'a tag with a blank at its beginning': inside('< a/>'),
  'a tag without a name': inside('<></>'),
  'a slash with a blank after it': inside('<a / >'),
  'a slash in the middle of a tag': inside('<a/b>'),
  'a lone <': inside('a < b'),
  'a name that begins with a digit': inside('<1/>'),
  'a name that begins with a hyphen': inside('<-a/>'),
  'a name that begins with a dot': inside('<.a/>'),
  'a name with a character that no name has': inside('<a$/>'),
  // Attributes.
  'an attribute twice': attributes('a="1" a="2"'),
  'an attribute without a value': attributes('a'),
  'an attribute without quotes': attributes('a=1'),
  'an attribute without an end': attributes('a="1'),
  'an attribute with quotes of two kinds': attributes(`a="1'`),
  'an attribute with no name': attributes('="1"'),
  'an attribute whose name begins with a digit': attributes('1="a"'),
  'attributes without white space between them': attributes('a="1"b="2"'),
  'attributes with a comma between them': attributes('a="1", b="2"'),
  '< in an attribute': attributes('a="<"'),
  'two equals signs': attributes('a=="1"'),
  // Namespaces.
  'an unbound prefix': inside('<p:a/>'),
  'an unbound prefix of an attribute': attributes('p:a="1"'),
  'a prefix that is bound further in': inside('<p:a><b xmlns:p="u"/></p:a>'),
  'a prefix that is bound beside': inside('<a xmlns:p="u"/><p:b/>'),
  'a prefix that is unbound again': inside('<a xmlns:p="u"><b xmlns:p=""><p:c/></b></a>'),
  'a prefix without a namespace': attributes('xmlns:p=""'),
  'equal attributes by two prefixes': attributes('xmlns:p="u" xmlns:q="u" p:a="1" q:a="2"'),
  'a namespace declared twice': attributes('xmlns:p="u" xmlns:p="v"'),
  'the prefix xml for another namespace': attributes('xmlns:xml="u"'),
  'the prefix xmlns bound': attributes('xmlns:xmlns="u"'),
  'another prefix for the namespace of xml': attributes('xmlns:p="http://www.w3.org/XML/1998/namespace"'),
  'another prefix for the namespace of xmlns': attributes('xmlns:p="http://www.w3.org/2000/xmlns/"'),
  'an element in the namespace of xmlns': inside('<xmlns:a/>'),
  'a name with two colons': inside('<a:b:c xmlns:a="u"/>'),
  'a name that begins with a colon': inside('<:a/>'),
  'a name that ends with a colon': inside('<a: xmlns:a="u"/>'),
  'an attribute that begins with a colon': attributes(':a="1"'),
  // Names behind a prefix that are no names, and namespace names that are no URI references: saxes takes them.
  'a digit after the prefix': inside('<p:1 xmlns:p="u"/>'),
  'a hyphen after the prefix': inside('<p:-a xmlns:p="u"/>'),
  'a dot after the prefix of an attribute': attributes('xmlns:p="u" p:.a="1"'),
  'a prefix that begins with a hyphen': attributes('xmlns:-q="u"'),
  'a prefix that begins with a hyphen, unbound': attributes('xmlns:-q=""'),
  'a namespace with an empty port': attributes('xmlns:p="http://h:"'),
  'a namespace with a port of letters': attributes('xmlns:p="http://h:p"'),
  'a namespace with a blank': attributes('xmlns:p="a b"'),
  'a namespace with a blank after it': attributes('xmlns:p="u "'),
  'a namespace with a blank before it': attributes('xmlns:p=" u"'),
  'a namespace with a blank by reference': attributes('xmlns:p="u&#32;"'),
  'a namespace with a line break': attributes('xmlns:p="u\n"'),
  'a namespace with half a percent escape': attributes('xmlns:p="%4"'),
  'a namespace with a letter that no URI holds': attributes('xmlns:p="命名"'),
  'an xml:id that is no name': attributes('xml:id="1"'),
};

const ANSWER = ['<ROOT xmlns="CustomJobReturn"', '><RetCode>Sucess</RetCode>', '</ROOT>'] as const;
const PARAMETER_ELEMENTS = PARAMETERS.map((name) => `<${name}>1</${name}>`).join('');
const REQUEST = [
  `<s:Envelope xmlns:s="${NAMESPACE.soap11}"><s:Body><CustomSend xmlns="${NAMESPACE.operation}"`,
  `>${PARAMETER_ELEMENTS}`,
  '</CustomSend></s:Body></s:Envelope>',
] as const;

/** An answer that would be read as accepted, or a request that would be read as a call, but for what is broken in it; whole without it. */
export function documentWith(kind: 'answer' | 'request', broken: Break = {}): string {
  const [open, values, close] = kind === 'answer' ? ANSWER : REQUEST;
  const document = `${broken.prolog ?? DECLARATION}${open}${broken.attributes ?? ''}${values}${broken.inside ?? ''}${close}${broken.after ?? ''}`;
  return broken.whole ? broken.whole(document) : document;
}
