import type { Problem } from '../problem/field-error.ts';
import type { Dialect, Limits } from '../settings.ts';
import { type DetailInput, readDetail } from './detail.ts';
import { type NamedPattern, type ParsedPattern, parseNamedPattern } from './pattern.ts';
import { createRouter, type DetailPlaces, type Personalise } from './personalise.ts';
import { normalisePhone } from './phone.ts';
import type { RecipientCheck, RecipientInput } from './recipient-input.ts';
import { withSignatures } from './signature-rule.ts';
import { problemOfText, withLineFeeds } from './text-problems.ts';

/** What all recipients of a request share. */
export interface MessageInput {
  pattern: string;
  defaultDetail?: DetailInput | undefined;
  /** `auto` unless given. */
  personalise?: Personalise | undefined;
  /** Whether a field without a value may stay empty. */
  allowEmpty?: boolean | undefined;
}

/** The limits that every message is held against. */
export type MessageLimits = Pick<Limits, 'charactersPerMessage'> & Partial<Pick<Limits, 'allowedPhones' | 'callsPerJob'>> & SignatureLimits;

/** The signatures 【...】 of a caller's texts, without the brackets; all are allowed where it is absent. */
export interface SignatureLimits {
  signatures?: readonly string[] | undefined;
}

/** How a detail goes out: its values in the order of the fields, and the finished text if there is one. */
type CheckedDetail = { values: readonly string[]; text?: string | undefined } | { problems: Problem[] };

/**
 * Prepares the check of single recipients. While the pattern itself is wrong nothing can be said about details, and only
 * phones are checked.
 */
export function createRecipientCheck(dialect: Dialect, limits: MessageLimits, input: MessageInput): RecipientCheck {
  const pattern = withLineFeeds(input.pattern);
  const parsed = parseNamedPattern(pattern);
  const wrongPattern = checkPattern(pattern, parsed);
  const checkDetail = detailChecker(dialect, limits, parsed, input);
  const shared = wrongPattern.length > 0 ? { problems: wrongPattern } : checkShared(checkDetail, parsed, input.defaultDetail);
  const defaults = 'problems' in shared ? undefined : shared;
  const notAllowed = phoneGuard(limits);
  const message = { form: 'structured', pattern: parsed.numbered, defaultDetail: defaults?.values ?? [] } as const;
  const detailOf = (own: DetailInput | undefined, place: string): CheckedDetail | undefined => {
    if (wrongPattern.length > 0) return undefined;
    if (own !== undefined) return checkDetail(own, `${place}.detail`, place, parsed.fields > 0 ? defaults?.values : undefined);
    return parsed.fields === 0 || input.defaultDetail ? undefined : { problems: [missingDetail(parsed, place)] };
  };
  const check: RecipientCheck = {
    message: parsed.names ? { ...message, written: pattern } : message,
    problems: 'problems' in shared ? shared.problems : [],
    check(written, place) {
      const given: Exclude<RecipientInput, string> = typeof written === 'string' ? { phone: written } : written;
      const phone = normalisePhone(given.phone);
      const detail = detailOf(given.detail, place);
      const wrongPhone = phone === null ? [malformedPhone(`${place}.phone`)] : notAllowed(phone, `${place}.phone`);
      if (detail && 'problems' in detail) return { problems: [...wrongPhone, ...detail.problems] };
      if (phone === null || wrongPhone.length > 0) return { problems: wrongPhone };
      const values = detail && detail.values.length > 0 ? detail.values : null;
      const { reference } = given;
      const recipient = { phone, detail: values, ...(reference !== undefined && { reference }) };
      return { recipient, text: detail ? detail.text : defaults?.text };
    },
  };
  return withSignatures(check, limits.signatures, input);
}

function missingDetail({ fields }: ParsedPattern, place: string): Problem {
  const detail = `The pattern has ${fields} field(s), and there is neither a detail nor a defaultDetail.`;
  return { place: `${place}.detail`, code: 'detail-missing', detail };
}

/** The problem of a phone that no normalising helps. */
export function malformedPhone(place: string): Problem {
  const detail = 'Not a mobile number: 1, then 3 to 9, then nine digits; +86, 0086 or 86 may stand in front.';
  return { place, code: 'phone-malformed', detail };
}

/** Where only some phones may be sent to (a stage that is not production, with a real provider), the problem of any other. */
export function phoneGuard({ allowedPhones }: MessageLimits): (phone: string, place: string) => Problem[] {
  if (!allowedPhones) return () => [];
  const allowed = new Set(allowedPhones);
  const detail = 'This stage sends only to the phones on its list, and this is none of them.';
  return (phone, place) => (allowed.has(phone) ? [] : [{ place, code: 'phone-not-allowed', detail }]);
}

/** The problem of a text that its stage does not send. `length` and `limit` in UTF-16 code units. */
export function overlongText(place: string, length: number, limit: number): Problem {
  return { place, code: 'text-too-long', detail: `The text has ${length} characters; ${limit} are allowed.` };
}

/** UTF-16 code units of the rendered text; a missing field counts nothing. */
export function textLength(parts: ParsedPattern['parts'], detail: readonly string[]): number {
  return parts.reduce<number>((sum, part) => sum + (typeof part === 'string' ? part : (detail[part] ?? '')).length, 0);
}

function checkPattern(pattern: string, parsed: ParsedPattern): Problem[] {
  const place = 'pattern';
  if (pattern.trim() === '') return [{ place, code: 'pattern-empty', detail: 'The pattern is empty.' }];
  const problem = problemOfText(pattern);
  return problem ? [{ place, ...problem }] : parsed.problems;
}

type CheckDetail = (input: DetailInput, place: string, textPlace: string, fillIn?: readonly string[]) => CheckedDetail;

function detailChecker(dialect: Dialect, limits: MessageLimits, parsed: NamedPattern, input: MessageInput): CheckDetail {
  const route = createRouter(dialect, input.personalise ?? 'auto', parsed);
  return (written, place, textPlace, defaultDetail) => {
    const read = readDetail({ pattern: parsed, defaultDetail, allowEmpty: input.allowEmpty }, written, place);
    if ('problems' in read) return read;
    const { values } = read;
    const places: DetailPlaces = {
      detail: place,
      field: (index) => (parsed.names ? `${place}.${parsed.names[index]}` : `${place}[${index}]`),
    };
    const routed = route(values, places);
    const problems = ['problems' in routed ? routed.problems : [], checkText(limits, parsed.parts, values, textPlace)].flat();
    if (problems.length > 0) return { problems };
    return { values, text: (routed as { text?: string }).text };
  };
}

function checkShared(checkDetail: CheckDetail, { fields }: ParsedPattern, defaultDetail: DetailInput | undefined): CheckedDetail {
  if (fields > 0) return defaultDetail ? checkDetail(defaultDetail, 'defaultDetail', 'defaultDetail') : { values: [] };
  return checkDetail(defaultDetail ?? [], 'defaultDetail', 'pattern');
}

function checkText(limits: MessageLimits, parts: ParsedPattern['parts'], detail: readonly string[], place: string): Problem[] {
  const length = textLength(parts, detail);
  if (length > limits.charactersPerMessage) return [overlongText(place, length, limits.charactersPerMessage)];
  const written = parts.some((part) => (typeof part === 'string' ? part : (detail[part] ?? '')).trim() !== '');
  return written ? [] : [{ place, code: 'text-empty', detail: 'The text would be blank.' }];
}
