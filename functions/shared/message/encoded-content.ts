import type { Problem } from '../problem/field-error.ts';
import type { Dialect } from '../settings.ts';
import { escapeBraces } from './pattern.ts';

/** A phone, and the field values of its message. */
export interface Recipient {
  phone: string;
  /** null: DefaultDetail, or a pattern without fields. */
  detail: readonly string[] | null;
  /** The caller's own name for it. */
  reference?: string;
}

/** A message in the provider's own strings: four of the eight parameters of CustomSend. */
export interface EncodedContent {
  Pattern: string;
  DefaultDetail: string;
  Details: string;
  Phones: string;
}

/** A message as the structured form has it. */
export interface StructuredMessage {
  pattern: string;
  /** Empty when there is none. */
  defaultDetail: readonly string[];
  recipients: readonly Recipient[];
}

/**
 * Writes a message in the dialect. Details runs parallel to Phones, an empty entry being DefaultDetail, and is empty as a
 * whole when no recipient has a detail of its own. The message must have passed its check (check-recipients.ts): values with a
 * separator, and a single empty field, cannot be told apart afterwards.
 */
export function encodeContent(dialect: Dialect, message: StructuredMessage): EncodedContent {
  const details = message.recipients.map((recipient) => recipient.detail?.join(dialect.fieldSeparator) ?? '');
  return {
    Pattern: message.pattern,
    DefaultDetail: encodeDefault(dialect, message.defaultDetail),
    Details: details.some((entry) => entry !== '') ? joinEntries(dialect, details) : '',
    Phones: joinEntries(
      dialect,
      message.recipients.map((recipient) => recipient.phone),
    ),
  };
}

/** Writes a finished text as Pattern. While the dialect is unconfirmed, texts with braces are refused and nothing is escaped. */
export function encodeText(dialect: Dialect, text: string): string {
  return dialect.confirmed ? escapeBraces(text) : text;
}

/** DefaultDetail, or nothing where the dialect cannot carry it: then its recipients are sent a finished text. */
export function encodeDefault(dialect: Dialect, defaultDetail: readonly string[]): string {
  return carriesDetail(dialect, defaultDetail) ? defaultDetail.join(dialect.fieldSeparator) : '';
}

/** Whether field values come through the dialect unharmed. A single empty field could not be told from no detail at all. */
export function carriesDetail({ recipientSeparator, fieldSeparator }: Dialect, detail: readonly string[]): boolean {
  if (detail.length === 1 && detail[0] === '') return false;
  return !detail.some((value) => value.includes(recipientSeparator) || value.includes(fieldSeparator));
}

/**
 * Reads a content back. Phones come as they were written, malformed and empty ones too, so that Details stays in step.
 * Where Details ends before Phones, the rest is DefaultDetail. Details that go on after Phones belong to no phone: one
 * problem, and no recipients.
 */
export function decodeContent(
  dialect: Dialect,
  content: Pick<EncodedContent, 'DefaultDetail' | 'Details' | 'Phones'>,
): { defaultDetail: string[]; recipients: Recipient[]; problems: Problem[] } {
  const fields = (entry: string | undefined) => (entry ? entry.split(dialect.fieldSeparator) : null);
  const phones = splitEntries(dialect, content.Phones);
  const details = splitEntries(dialect, content.Details);
  const defaultDetail = fields(content.DefaultDetail) ?? [];
  if (details.length > phones.length) {
    const detail = `There are ${details.length} details for ${phones.length} phones.`;
    return { defaultDetail, recipients: [], problems: [{ place: 'details', code: 'details-surplus', detail }] };
  }
  return { defaultDetail, recipients: phones.map((phone, index) => ({ phone, detail: fields(details[index]) })), problems: [] };
}

/** Joins phones or details, with a separator after the last one when the dialect wants it. */
export function joinEntries(dialect: Dialect, entries: readonly string[]): string {
  const joined = entries.join(dialect.recipientSeparator);
  return dialect.trailingSeparator && entries.length > 0 ? joined + dialect.recipientSeparator : joined;
}

/** Takes phones or details apart. A separator after the last one may be there or not, whatever the dialect writes. */
export function splitEntries(dialect: Dialect, text: string): string[] {
  const entries = text.split(dialect.recipientSeparator);
  if (entries.at(-1) === '') entries.pop();
  return entries;
}
