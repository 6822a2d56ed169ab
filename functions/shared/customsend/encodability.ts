import { type CustomSendCall, PARAMETERS, type Protocol } from './call.ts';
import { encodeFormValue, QUERY_BYTES_LIMIT, requestBytes } from './write-request.ts';

/** Why a binding cannot carry a parameter. `detail` is for people and never holds the value. */
export interface EncodingProblem {
  parameter: keyof CustomSendCall;
  code: 'lone-surrogate' | 'null-character' | 'forbidden-character' | 'markup' | 'not-an-int' | 'query-too-long';
  detail: string;
}

/** What the binding cannot carry, by parameter, found before anything is sent. Empty: the call arrives unharmed. */
export function problemsOf(protocol: Protocol, call: CustomSendCall): EncodingProblem[] {
  const problems = valueProblemsOf(protocol, call);
  if (protocol !== 'http-get') return problems;
  const bytes = requestBytes(protocol, call);
  if (bytes <= QUERY_BYTES_LIMIT) return problems;
  const parameter = longest(call);
  const detail = `${parameter} and the others make a query string of ${bytes} bytes; HTTP GET carries at most ${QUERY_BYTES_LIMIT}.`;
  return [...problems, { parameter, code: 'query-too-long', detail }];
}

/** The same for some of the parameters, and without the length that all of them have together: so nothing has to be encoded. */
export function valueProblemsOf(protocol: Protocol, values: Partial<CustomSendCall>): EncodingProblem[] {
  return PARAMETERS.flatMap((parameter) => {
    const value = values[parameter];
    return value === undefined ? [] : (problemOf(protocol, parameter, value) ?? []);
  });
}

/** Whether a binding refuses a text for its markup, so that it has to go out over SOAP. */
export function isMarkupFor(protocol: Protocol, text: string): boolean {
  return (protocol === 'http-post' || protocol === 'http-get') && MARKUP.test(text);
}

/** What ASP.NET's request validation refuses on the form bindings. */
const MARKUP = /<[a-z!/?]|&#/i;

const INT32 = 2 ** 31;

function problemOf(protocol: Protocol, parameter: keyof CustomSendCall, value: string | number): EncodingProblem | undefined {
  const soap = protocol === 'soap11' || protocol === 'soap12';
  const found = typeof value === 'number' ? problemOfNumber(value) : problemOfText(value, soap);
  return found && { parameter, code: found[0], detail: `${parameter} ${found[1]}` };
}

type Found = [code: EncodingProblem['code'], detail: string] | undefined;

function problemOfNumber(value: number): Found {
  if (Number.isInteger(value) && value >= -INT32 && value < INT32) return undefined;
  return ['not-an-int', 'is not a 32-bit integer.'];
}

function problemOfText(value: string, soap: boolean): Found {
  if (!value.isWellFormed()) return ['lone-surrogate', 'holds half of a surrogate pair, which no encoding can carry.'];
  if (value.includes('\0')) return ['null-character', 'holds U+0000, which servers cut off or refuse.'];
  const forbidden = soap ? forbiddenInXml(value) : undefined;
  if (forbidden) return ['forbidden-character', `holds ${forbidden}, which XML cannot carry; use a form binding.`];
  if (!soap && MARKUP.test(value)) return ['markup', 'holds markup, which ASP.NET refuses on the form bindings; use SOAP.'];
  return undefined;
}

function longest(call: CustomSendCall): keyof CustomSendCall {
  const length = (name: keyof CustomSendCall) => encodeFormValue(String(call[name])).length;
  return PARAMETERS.reduce((most, name) => (length(name) > length(most) ? name : most));
}

/** The first character outside production 2 of XML 1.0, which not even a character reference may name. Surrogates are paired here. */
function forbiddenInXml(text: string): string | undefined {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const control = unit < 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0d;
    if (control || unit >= 0xfffe) return `U+${unit.toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return undefined;
}
