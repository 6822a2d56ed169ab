import { addFieldErrors, type FieldErrors } from '../problem/field-error.ts';
import type { Dialect } from '../settings.ts';
import {
  createRecipientCheck,
  type MessageInput,
  type MessageLimits,
  malformedPhone,
  overlongText,
  phoneGuard,
  textLength,
} from './check-recipient.ts';
import { decodeContent, type EncodedContent, joinEntries, type Recipient, splitEntries } from './encoded-content.ts';
import type { Message } from './message.ts';
import { parsePattern } from './pattern.ts';
import { normalisePhone } from './phone.ts';
import type { RecipientInput, RoutedRecipient } from './recipient-input.ts';
import { problemOfText, withLineFeeds } from './text-problems.ts';

/** The structured form of a request. */
export interface StructuredInput extends MessageInput {
  recipients: readonly RecipientInput[];
}

/** A recipient that was left out, because it stands in the list before with the same text. */
export interface Removed {
  /** `recipients[5]` */
  place: string;
  /** Normalised, not masked: it goes back to the caller who wrote it. */
  phone: string;
  /** Where the number stands first: `recipients[0]`. */
  firstPlace: string;
}

/** Nothing may be sent unless `problems` is empty. */
export interface StructuredCheck extends FieldErrors {
  message: Message & { form: 'structured' };
  /** Without the removed ones, phones normalised, in the order of the request. */
  recipients: RoutedRecipient[];
  removed: Removed[];
}

/**
 * Checks a whole request of the structured form. A phone that occurs again with the same effective detail is removed and
 * reported; with another one it is a problem that names both places, because only the caller knows which is right.
 */
export function checkStructured(dialect: Dialect, limits: MessageLimits, input: StructuredInput): StructuredCheck {
  const { message, problems, check } = createRecipientCheck(dialect, limits, input);
  const result: StructuredCheck = { message, problems: [], furtherProblems: 0, recipients: [], removed: [] };
  addFieldErrors(result, problems);
  if (input.recipients.length === 0) {
    addFieldErrors(result, [{ place: 'recipients', code: 'recipients-empty', detail: 'There is no recipient.' }]);
  }
  const firsts = new Map<string, { place: string; detail: Recipient['detail'] }>();
  for (const [index, written] of input.recipients.entries()) {
    const place = `recipients[${index}]`;
    const checked = check(written, place);
    if ('problems' in checked) {
      addFieldErrors(result, checked.problems);
      continue;
    }
    const { phone, detail } = checked.recipient;
    const first = firsts.get(phone);
    if (first === undefined) {
      firsts.set(phone, { place, detail });
      result.recipients.push(checked);
    } else if (sameDetail(first.detail ?? message.defaultDetail, detail ?? message.defaultDetail)) {
      result.removed.push({ place, phone, firstPlace: first.place });
    } else {
      const reason = `The same number as ${first.place}.phone, with another detail.`;
      addFieldErrors(result, [{ place: `${place}.phone`, code: 'phone-duplicate', detail: reason }]);
    }
  }
  return result;
}

function sameDetail(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** The strings form of a request: the provider's own parameters. */
export interface StringsInput {
  pattern: string;
  phones: string;
  defaultDetail?: string | undefined;
  details?: string | undefined;
}

/** Nothing may be sent unless `problems` is empty. */
export interface StringsCheck extends FieldErrors {
  /** Normalised, in the order of the request. */
  phones: string[];
  content: EncodedContent;
}

/**
 * Checks a request of the strings form. Pattern, DefaultDetail and Details go on as they came, but for CR LF, which is LF; Phones is
 * written anew from the normalised numbers, ending as the dialect says or, while that is unconfirmed, as the caller wrote
 * it. Any number that occurs twice is a problem, since removing it would shift Details. Only with a confirmed dialect are
 * Details counted and texts measured.
 */
export function checkStrings(dialect: Dialect, limits: MessageLimits, input: StringsInput): StringsCheck {
  const result: FieldErrors = { problems: [], furtherProblems: 0 };
  if (input.pattern.trim() === '') addFieldErrors(result, [{ place: 'pattern', code: 'pattern-empty', detail: 'The pattern is empty.' }]);
  const { pattern, defaultDetail = '', details = '' } = input;
  for (const [place, text] of Object.entries({ pattern, defaultDetail, details })) {
    const problem = problemOfText(withLineFeeds(text));
    if (problem) addFieldErrors(result, [{ place, ...problem }]);
  }
  const phones = checkPhones(result, limits, splitEntries(dialect, input.phones));
  const trailingSeparator = dialect.confirmed ? dialect.trailingSeparator : input.phones.endsWith(dialect.recipientSeparator);
  const content = {
    Pattern: withLineFeeds(pattern),
    DefaultDetail: withLineFeeds(defaultDetail),
    Details: withLineFeeds(details),
    Phones: joinEntries({ ...dialect, trailingSeparator }, phones),
  };
  if (dialect.confirmed) checkDetails(result, dialect, limits, { ...content, Phones: input.phones });
  return { ...result, phones, content };
}

function checkPhones(list: FieldErrors, limits: MessageLimits, written: readonly string[]): string[] {
  if (written.length === 0) addFieldErrors(list, [{ place: 'phones', code: 'phones-empty', detail: 'There is no phone.' }]);
  const notAllowed = phoneGuard(limits);
  const firsts = new Map<string, number>();
  for (const [index, text] of written.entries()) {
    const place = `phones[${index}]`;
    const phone = normalisePhone(text);
    const first = phone === null ? undefined : firsts.get(phone);
    if (phone !== null) addFieldErrors(list, notAllowed(phone, place));
    if (phone === null) addFieldErrors(list, [malformedPhone(place)]);
    else if (first === undefined) firsts.set(phone, index);
    else addFieldErrors(list, [{ place, code: 'phone-duplicate', detail: `The same number as phones[${first}].` }]);
  }
  return [...firsts.keys()];
}

function checkDetails(list: FieldErrors, dialect: Dialect, limits: MessageLimits, content: EncodedContent): void {
  const { parts, problems } = parsePattern(content.Pattern);
  const { defaultDetail, recipients, problems: surplus } = decodeContent(dialect, content);
  addFieldErrors(list, surplus);
  if (problems.length > 0) return;
  for (const [index, { detail }] of recipients.entries()) {
    const length = textLength(parts, detail ?? defaultDetail);
    if (length <= limits.charactersPerMessage) continue;
    addFieldErrors(list, [overlongText(`phones[${index}]`, length, limits.charactersPerMessage)]);
  }
}
