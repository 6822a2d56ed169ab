import type { CustomSendCall } from '../customsend/call.ts';
import { encodedLength } from '../customsend/encoded-length.ts';
import { QUERY_BYTES_LIMIT, requestBytes } from '../customsend/write-request.ts';
import type { BatchingSnapshot } from '../job/items.ts';
import { joinEntries, splitEntries } from '../message/encoded-content.ts';
import type { Message, Payload } from '../message/message.ts';
import type { Dialect } from '../settings.ts';

/** A batch's recipients stay below DynamoDB's 400 KB even if they should not compress at all (bytes of JSON). */
const PAYLOAD_BYTES = 250_000;
/** Kept free in every request for the token, which is not known when a job is cut (bytes, encoded). */
const TOKEN_BYTES = 256;
/** The same where every byte counts: a query string holds 2,048 in all. */
const TOKEN_BYTES_IN_QUERY = 64;

/** The rules of a plan that decide where a job is cut. */
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

/** One recipient on its way into a batch: what it adds to Phones and to Details. */
interface Entry {
  phone: string;
  detail: string;
}

/**
 * Cuts a job's recipients into batches, in order, each as large as phones per call, bytes of the request and size of the stored
 * item allow. The same plan always gives the same batches. Strings are cut only where the dialect says how; details of an
 * unconfirmed dialect stay in one piece.
 * @throws TooLargeError for a recipient, or for strings that cannot be cut, that fit into no call
 */
export function splitIntoBatches(rules: BatchingRules, shared: Shared, payload: Payload): Payload[] {
  const entries = entriesOf(rules, payload);
  if (!entries) {
    const room = roomFor(rules, shared);
    const whole = payload as Payload & { form: 'strings' };
    const text = (whole.text ?? joinEntries({ ...rules.dialect, trailingSeparator: true }, whole.phones)) + whole.details;
    const fits = encodedLength(rules.protocol, text) <= room && Buffer.byteLength(text) <= PAYLOAD_BYTES;
    if (whole.phones.length > rules.phonesPerCall || !fits) throw new TooLargeError(0);
    return [payload];
  }
  const batcher = createBatcher(rules, shared);
  const slices: [from: number, to: number][] = [];
  let from = 0;
  for (const [index, { phone, detail }] of entries.entries()) {
    const place = batcher.add(phone, detail);
    if (place === 'too-large') throw new TooLargeError(index);
    if (place === 'current' || index === from) continue;
    slices.push([from, index]);
    from = index;
  }
  slices.push([from, entries.length]);
  return slices.length === 1 ? [payload] : slices.map(([start, end]) => slice(rules.dialect, payload, entries, start, end));
}

/** Says, recipient by recipient, where one batch ends and the next begins: for lists and for files that nobody holds in memory. */
export interface Batcher {
  /**
   * Takes the next recipient, unless it fits into no call at all.
   * @param detail the recipient's own field values, joined as in Details; empty for the default
   * @returns `current`: it goes into the batch at hand; `new`: it is the first of a new one
   */
  add(phone: string, detail: string): 'current' | 'new' | 'too-large';
}

/** @param shared what every batch of the job carries beside its recipients */
export function createBatcher(rules: BatchingRules, shared: Shared): Batcher {
  const { protocol, dialect, phonesPerCall } = rules;
  const room = roomFor(rules, shared);
  const separators = 2 * encodedLength(protocol, dialect.recipientSeparator);
  let [phones, bytes, stored] = [0, 0, 0];
  return {
    add(phone, detail) {
      const own = encodedLength(protocol, phone) + encodedLength(protocol, detail) + separators;
      const raw = Buffer.byteLength(phone) + Buffer.byteLength(detail) + 40;
      if (own > room || raw > PAYLOAD_BYTES) return 'too-large';
      const fits = phones < phonesPerCall && bytes + own <= room && stored + raw <= PAYLOAD_BYTES;
      if (!fits) [phones, bytes, stored] = [0, 0, 0];
      phones += 1;
      bytes += own;
      stored += raw;
      return fits ? 'current' : 'new';
    },
  };
}

function slice(dialect: Dialect, payload: Payload, entries: readonly Entry[], start: number, end: number): Payload {
  if (payload.form === 'structured') return { form: 'structured', recipients: payload.recipients.slice(start, end) };
  const details = entries.slice(start, end).map((entry) => entry.detail);
  return {
    form: 'strings',
    phones: payload.phones.slice(start, end),
    details: details.some((detail) => detail !== '') ? joinEntries(dialect, details) : '',
  };
}

/** The recipients one by one, or `undefined` for strings whose phones or details nobody knows how to take apart. */
function entriesOf({ dialect }: BatchingRules, payload: Payload): Entry[] | undefined {
  if (payload.form === 'structured') {
    return payload.recipients.map(({ phone, detail }) => ({ phone, detail: detail?.join(dialect.fieldSeparator) ?? '' }));
  }
  if (payload.text !== undefined || (payload.details !== '' && !dialect.confirmed)) return undefined;
  const details = splitEntries(dialect, payload.details);
  return payload.phones.map((phone, index) => ({ phone, detail: details[index] ?? '' }));
}

/** Bytes that are left for recipients once everything that all batches share is written. */
function roomFor(rules: BatchingRules, { message, smsType, postFixNumber }: Shared): number {
  const { protocol, dialect } = rules;
  const defaultDetail = message.form === 'structured' ? message.defaultDetail.join(dialect.fieldSeparator) : message.defaultDetail;
  const shared: CustomSendCall = {
    Token: '',
    Pattern: message.pattern,
    DefaultDetail: defaultDetail,
    Details: '',
    Phones: '',
    SmsType: smsType,
    PostFixNumber: postFixNumber,
    SendTime: '2000-01-01 00:00:00',
  };
  const inQuery = protocol === 'http-get';
  const limit = inQuery ? Math.min(rules.requestBytes, QUERY_BYTES_LIMIT) : rules.requestBytes;
  return limit - requestBytes(protocol, shared) - (inQuery ? TOKEN_BYTES_IN_QUERY : TOKEN_BYTES);
}
