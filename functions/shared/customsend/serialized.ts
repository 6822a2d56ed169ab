import { NAMESPACE } from './call.ts';

/** The children of ROOT, in the order in which the server writes them. */
export const ROOT_FIELDS = ['RetCode', 'Message', 'CommonJobID', 'SpecialJobIDs', 'TotalSendCount', 'ErrorPhones'] as const;

/** The texts of ROOT's children in that order; `null` is one that is not there. */
export type RootTexts = (string | null)[];

/**
 * Recognises a whole answer in the one form that .NET's XmlSerializer gives a ROOT, on any binding, with no `&`, `>` or
 * carriage return in a text. Nearly every answer is such, and this costs a tenth of reading it with the strict reader.
 * It takes a part of what that one takes and says the same about it; `undefined` leaves the answer to it.
 */
export function readSerialized(text: string): RootTexts | undefined {
  const found = BARE.exec(text) ?? ENVELOPED.exec(text);
  if (!found) return undefined;
  return ROOT_FIELDS.map((_name, index) => {
    const element = found[2 * index + 1];
    return element === undefined ? null : (found[2 * index + 2] ?? '');
  });
}

const GAP = '[ \\t\\r\\n]*';
/** What XML allows, but for `&`, `<`, `>` and the carriage return, which the strict reader resolves. */
const TEXT = "[\\t\\n -%'-;=?-\\uFFFD]*";
/** The dot is the only character of these names that means something to a regular expression. */
const literal = (name: keyof typeof NAMESPACE) => `"${NAMESPACE[name].replaceAll('.', '\\.')}"`;
const XSI = ` xmlns:xsi=${literal('xsi')}`;
const XSD = ` xmlns:xsd=${literal('xsd')}`;
const SCHEMA = `(?:${XSI}${XSD}|${XSD}${XSI})?`;
const DECLARATION = '(?:<\\?xml version="1\\.0" encoding="[A-Za-z][\\w-]*"\\?>)?';
/** A gap belongs to the element after it: gaps side by side would take for ever on a long one. */
const FIELDS = ROOT_FIELDS.map((name) => `(?:${GAP}(<${name}(?: />|>(${TEXT})</${name}>)))?`).join('');
const CONTENT = ` xmlns=${literal('root')}>${FIELDS}${GAP}</ROOT>`;

const BARE = new RegExp(`^${DECLARATION}${GAP}<ROOT${SCHEMA}${CONTENT}${GAP}$`);
const ENVELOPED = new RegExp(
  `^${DECLARATION}${GAP}<soap:Envelope xmlns:soap=(?:${literal('soap11')}|${literal('soap12')})${SCHEMA}><soap:Body>` +
    `<CustomSendResponse xmlns=${literal('operation')}><ROOT${CONTENT}</CustomSendResponse></soap:Body></soap:Envelope>${GAP}$`,
);
