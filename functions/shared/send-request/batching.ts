import type { CustomSendCall } from '../customsend/call.ts';
import { encodedLength } from '../customsend/encoded-length.ts';
import { QUERY_BYTES_LIMIT, requestBytes } from '../customsend/write-request.ts';
import type { BatchingSnapshot } from '../job/batch-item.ts';
import { encodeDefault, encodeText, joinEntries, splitEntries } from '../message/encoded-content.ts';
import type { Message, Payload } from '../message/message.ts';
import type { Dialect } from '../settings.ts';

/** A batch's recipients stay below DynamoDB's 400 KB even if they should not compress at all (bytes of JSON). */
const PAYLOAD_BYTES = 250_000;
/** Kept free in every request for the token, which is not known when a job is batched (bytes, encoded). */
const TOKEN_BYTES = 256;
/** The same where every byte counts: a query string holds 2,048 in all. */
const TOKEN_BYTES_IN_QUERY = 64;

/** The rules of a snapshot that decide where one batch ends and the next begins. */
export type BatchingRules = Pick<BatchingSnapshot, 'phonesPerCall' | 'requestBytes' | 'protocol' | 'dialect'>;

/** What all batches of a job share. */
export interface Shared {
  message: Message;
  smsType: number;
  postFixNumber: string;
}

/** A recipient does not even fit into a call of its own; `index` counts from 0. */
export class TooLargeError extends Error {
  readonly index: number;

  constructor(index: number) {
    super(`Recipient ${index} does not fit into a call.`);
    this.name = 'TooLargeError';
    this.index = index;
  }
}

/** What a recipient adds to Phones and to Details. */
interface Entry {
  phone: string;
  detail: string;
}

/**
 * Divides strings into batches, in order, each as large as phones per call, bytes of the request and size of the stored item allow. The same
 * rules always give the same batches. Strings are divided only where the dialect says how; details of an unconfirmed dialect stay in one piece.
 * @throws TooLargeError for strings that cannot be divided and fit into no call
 */
export function splitStrings(rules: BatchingRules, shared: Shared, payload: Payload & { form: 'strings' }): Payload[] {
  const binding = { ...rules, protocol: payload.protocol ?? rules.protocol };
  const room = roomFor(binding, { ...shared, ...textsOf(rules.dialect, shared.message) });
  const entries = entriesOf(rules, payload);
  if (!entries) {
    const text = (payload.text ?? joinEntries({ ...rules.dialect, trailingSeparator: true }, payload.phones)) + payload.details;
    const fits = encodedLength(binding.protocol, text) <= room && Buffer.byteLength(text) <= PAYLOAD_BYTES;
    if (payload.phones.length > rules.phonesPerCall || !fits) throw new TooLargeError(0);
    return [payload];
  }
  const fill = createFill(binding, room);
  const starts = [0];
  for (const [index, { phone, detail }] of entries.entries()) {
    const taken = fill(phone, detail);
    if (taken === 'too-large') throw new TooLargeError(index);
    if (taken === 'new') starts.push(index);
  }
  if (starts.length === 1) return [payload];
  return starts.map((start, batch) => sliceStrings(rules.dialect, payload, entries, start, starts[batch + 1] ?? entries.length));
}

function sliceStrings(
  dialect: Dialect,
  { text: _never, ...payload }: Payload & { form: 'strings' },
  entries: readonly Entry[],
  start: number,
  end: number,
): Payload {
  const details = entries.slice(start, end).map((entry) => entry.detail);
  return {
    ...payload,
    phones: payload.phones.slice(start, end),
    details: details.some((detail) => detail !== '') ? joinEntries(dialect, details) : '',
  };
}

/** The recipients one by one, or `undefined` for strings whose phones or details cannot be taken apart for certain. */
function entriesOf({ dialect }: BatchingRules, payload: Payload & { form: 'strings' }): Entry[] | undefined {
  if (payload.text !== undefined || (payload.details !== '' && !dialect.confirmed)) return undefined;
  const details = splitEntries(dialect, payload.details);
  return payload.phones.map((phone, index) => ({ phone, detail: details[index] ?? '' }));
}

/**
 * Takes the next recipient into the open batch, or begins a new one, unless it fits into no call at all.
 * @param detail as it goes out @param kept what is stored of it, where that is something else
 */
export type Fill = (phone: string, detail: string, kept?: string) => 'current' | 'new' | 'too-large';

/** Says where a batch is full. @param room bytes that are left for recipients */
export function createFill({ protocol, dialect, phonesPerCall }: BatchingRules, room: number): Fill {
  const separators = 2 * encodedLength(protocol, dialect.recipientSeparator);
  let [phones, bytes, stored] = [0, 0, 0];
  return (phone, detail, kept = detail) => {
    const own = encodedLength(protocol, phone) + encodedLength(protocol, detail) + separators;
    const raw = Buffer.byteLength(phone) + Buffer.byteLength(kept) + 40;
    if (own > room || raw > PAYLOAD_BYTES) return 'too-large';
    const fits = phones < phonesPerCall && bytes + own <= room && stored + raw <= PAYLOAD_BYTES;
    if (!fits) [phones, bytes, stored] = [0, 0, 0];
    phones += 1;
    bytes += own;
    stored += raw;
    return fits ? 'current' : 'new';
  };
}

/** Pattern and DefaultDetail as they stand on the wire. */
export function textsOf(dialect: Dialect, message: Message): { pattern: string; defaultDetail: string } {
  const { pattern } = message;
  return { pattern, defaultDetail: message.form === 'structured' ? encodeDefault(dialect, message.defaultDetail) : message.defaultDetail };
}

/** The same of a batch with a finished text. */
export function finishedTextOf(dialect: Dialect, text: string): { pattern: string; defaultDetail: string } {
  return { pattern: encodeText(dialect, text), defaultDetail: '' };
}

/** Bytes that are left for recipients once everything that all batches share is written. */
export function roomFor(
  { protocol, requestBytes: largest }: BatchingRules,
  { pattern, defaultDetail, smsType, postFixNumber }: Omit<Shared, 'message'> & { pattern: string; defaultDetail: string },
): number {
  const shared: CustomSendCall = {
    Token: '',
    Pattern: pattern,
    DefaultDetail: defaultDetail,
    Details: '',
    Phones: '',
    SmsType: smsType,
    PostFixNumber: postFixNumber,
    SendTime: '2000-01-01 00:00:00',
  };
  const inQuery = protocol === 'http-get';
  const limit = inQuery ? Math.min(largest, QUERY_BYTES_LIMIT) : largest;
  return limit - requestBytes(protocol, shared) - (inQuery ? TOKEN_BYTES_IN_QUERY : TOKEN_BYTES);
}
