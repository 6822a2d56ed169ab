import { NAMESPACE, PARAMETERS } from '../customsend/call.ts';
import { elements, type XmlElement } from '../customsend/xml-element.ts';
import type { ReceivedCall } from './http-exchange.ts';
import { parseInt32 } from './int32.ts';

/** What Body held. `not XML`: a parameter that is no text (wire.md, 3.3), which the service treats like a broken document. */
export type BodyReading = { kind: 'call'; call: ReceivedCall } | { kind: 'problem'; problem: string } | { kind: 'not XML' };

/**
 * The parameters in Body. Of several CustomSend elements the later ones overwrite what they hold; within one the first of
 * equal names counts. Elements of other names or namespaces are skipped; `xsi:nil` and `xsi:type` are not looked at.
 * @param text the whole document, to say where a wrong SmsType ends.
 */
export function readBody(body: XmlElement, text: string): BodyReading {
  const requests = elements(body).filter(({ namespace, name }) => namespace === NAMESPACE.operation && name === 'CustomSend');
  if (requests.length === 0) return { kind: 'problem', problem: `Body has no CustomSend element in the namespace ${NAMESPACE.operation}.` };
  const call: Record<string, string | number | null> = Object.fromEntries(PARAMETERS.map((name) => [name, null]));
  call.SmsType = 0;
  for (const request of requests) {
    for (const [name, element] of firstOfEach(request)) {
      if (!element.children.every((child) => typeof child === 'string')) return { kind: 'not XML' };
      const value = element.children.join('');
      const number = name === 'SmsType' ? parseInt32(value) : undefined;
      if (number && 'problem' in number) {
        return { kind: 'problem', problem: `There is an error in XML document ${endOfSmsType(text)}. ---> ${number.problem}` };
      }
      call[name] = number ? number.value : value;
    }
  }
  return { kind: 'call', call: call as ReceivedCall };
}

function firstOfEach(request: XmlElement): Map<string, XmlElement> {
  const first = new Map<string, XmlElement>();
  for (const element of elements(request)) {
    const known = element.namespace === NAMESPACE.operation && (PARAMETERS as readonly string[]).includes(element.name);
    if (known && !first.has(element.name)) first.set(element.name, element);
  }
  return first;
}

/** Line and column after the first SmsType, as a reader that stops there would give them. */
function endOfSmsType(text: string): string {
  const tag = SMS_TYPE_TAG.exec(text);
  const lines = text.slice(0, tag ? tag.index + tag[0].length : 0).split(/\r\n|\r|\n/);
  return `(${lines.length}, ${(lines.at(-1) as string).length + 1})`;
}

/** A tag at which the element ends, or is found to be empty. Begins with `<` and holds no other, so a search takes no more than linear time. */
const SMS_TYPE_TAG = /<\/?(?:[^\s<>/:]*:)?SmsType(?:\s*>(?=\s*<)|[^<>]*\/>)/;
