import type { TextDecoder } from 'node:util';
import { PARAMETERS } from '../customsend/call.ts';
import { formDecoder, mediaType } from './content-type.ts';
import { type HttpRequest, MAXIMUM_REQUEST_BYTES, type Reading, type ReceivedCall, TOO_LONG } from './http-exchange.ts';
import { parseInt32 } from './int32.ts';
import { type Pair, readPairs } from './url-encoding.ts';
import { plainText } from './write-answer.ts';

/** ASP.NET's default `MaxHttpCollectionKeys`. */
const MAXIMUM_KEYS = 1_000;

/** A call by HTTP GET (parameters in the query) or HTTP POST (in the body alone), the operation's name being known to fit. */
export function readForm(request: HttpRequest): Reading {
  const contentType = request.headers['content-type'] ?? '';
  const isPost = request.method === 'POST';
  if (isPost && mediaType(contentType) !== 'application/x-www-form-urlencoded') {
    return refuse(`Request format is invalid: ${contentType}.`);
  }
  if (isPost && request.body.length > MAXIMUM_REQUEST_BYTES) return refuse(TOO_LONG);
  // A query string is never UTF-16, whatever is declared.
  const decoder = formDecoder(isPost || !/utf-?16/i.test(contentType) ? contentType : '');
  const values = readValues(isPost ? request.body : Buffer.from(request.query), decoder);
  if (!values) return refuse('Operation is not valid due to the current state of the object.');
  for (const { name, value } of values.values()) {
    const danger = dangerIn(name, value);
    if (danger)
      return refuse(`A potentially dangerous Request.${isPost ? 'Form' : 'QueryString'} value was detected from the client (${danger}).`);
  }
  return toCall(values);
}

/** Values by name in lower case; a repeated name's values are joined with commas. */
type Values = Map<string, { name: string; value: string }>;

function readValues(bytes: Uint8Array, decoder: TextDecoder): Values | undefined {
  let pairs: Pair[];
  try {
    pairs = readPairs(bytes, decoder, MAXIMUM_KEYS);
  } catch {
    return undefined;
  }
  const values: Values = new Map();
  for (const [name, value] of pairs) {
    if (name === null) continue;
    const key = name.toLowerCase();
    const before = values.get(key);
    values.set(key, before ? { name: before.name, value: `${before.value},${value}` } : { name, value });
  }
  return values;
}

/** The parameters in declaration order: the first problem is the one that is reported. */
function toCall(values: Values): Reading {
  const call: Partial<Record<string, string | number>> = {};
  for (const name of PARAMETERS) {
    const value = values.get(name.toLowerCase())?.value;
    if (value === undefined) return refuse(`Missing parameter: ${name}.`);
    const number = name === 'SmsType' ? parseInt32(value) : undefined;
    if (number && 'problem' in number) {
      return refuse(`Cannot convert ${value} to System.Int32.\nParameter name: type`, number.problem);
    }
    call[name] = number ? number.value : value;
  }
  return { kind: 'call', call: call as ReceivedCall, reply: 'form' };
}

/** .NET 4's request validation: what in a value could be markup, as its message quotes it. */
function dangerIn(name: string, value: string): string | undefined {
  const at = value.search(/<[a-zA-Z!/?]|&#/);
  if (at < 0) return undefined;
  const start = Math.max(at - 10, 0);
  const end = Math.min(at + 20, value.length);
  return `${name}="${start > 0 ? '...' : ''}${value.slice(start, end)}${end < value.length ? '...' : ''}"`;
}

function refuse(...messages: string[]): Reading {
  return { kind: 'refused', answer: plainText(messages) };
}
