import type { Problem } from '../problem/field-error.ts';
import type { Dialect, Limits } from '../settings.ts';
import type { Recipient } from './encoded-content.ts';
import { type ParsedPattern, parsePattern } from './pattern.ts';
import { normalisePhone } from './phone.ts';

/** A recipient as callers write it; a text alone is a phone. */
export type RecipientInput = string | { phone: string; detail?: readonly string[] | undefined; reference?: string | undefined };

/** What a recipient is held against. Keeps no state, so that a file of any length can go through it line by line. */
export interface RecipientCheck {
  /** What is wrong for all: the pattern, defaultDetail, and the text that they make together. */
  problems: Problem[];
  /** @param place the recipient's own, `recipients[17]`; its phone is `recipients[17].phone` also when it is a text alone. */
  check(input: RecipientInput, place: string): { recipient: Recipient } | { problems: Problem[] };
}

/** The limits that every message is held against. */
export type MessageLimits = Pick<Limits, 'charactersPerMessage'> & Partial<Pick<Limits, 'allowedPhones'>>;

interface Rules {
  dialect: Dialect;
  limits: MessageLimits;
  parsed: ParsedPattern;
}

/**
 * Prepares the check of single recipients. While the pattern itself is wrong nothing can be said about details, and only
 * phones are checked.
 */
export function createRecipientCheck(
  dialect: Dialect,
  limits: MessageLimits,
  pattern: string,
  defaultDetail?: readonly string[],
): RecipientCheck {
  const rules = { dialect, limits, parsed: parsePattern(pattern) };
  const wrongPattern = checkPattern(rules, pattern);
  const { fields } = rules.parsed;
  const notAllowed = phoneGuard(limits);
  const shared = () => {
    if (fields > 0) return defaultDetail ? checkDetail(rules, defaultDetail, 'defaultDetail', 'defaultDetail') : [];
    return [...checkText(rules, [], 'pattern'), ...checkFields(fields, defaultDetail ?? [], 'defaultDetail')];
  };

  const detailProblems = (own: readonly string[] | null, place: string): Problem[] => {
    if (wrongPattern.length > 0) return [];
    if (own !== null) return checkDetail(rules, own, `${place}.detail`, place);
    if (fields === 0 || defaultDetail) return [];
    const detail = `The pattern has ${fields} field(s), and there is neither a detail nor a defaultDetail.`;
    return [{ place: `${place}.detail`, code: 'detail-missing', detail }];
  };

  return {
    problems: wrongPattern.length > 0 ? wrongPattern : shared(),
    check(input, place) {
      const written: Exclude<RecipientInput, string> = typeof input === 'string' ? { phone: input } : input;
      const phone = normalisePhone(written.phone);
      const detail = fields === 0 && written.detail?.length === 0 ? null : (written.detail ?? null);
      const problems = detailProblems(detail, place);
      if (phone === null) problems.unshift(malformedPhone(`${place}.phone`));
      else problems.unshift(...notAllowed(phone, `${place}.phone`));
      return phone === null || problems.length > 0
        ? { problems }
        : { recipient: { phone, detail, ...(written.reference !== undefined && { reference: written.reference }) } };
    },
  };
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

function checkPattern({ dialect, parsed }: Rules, pattern: string): Problem[] {
  const place = 'pattern';
  if (pattern.trim() === '') return [{ place, code: 'pattern-empty', detail: 'The pattern is empty.' }];
  if (!dialect.confirmed && /[{}]/.test(pattern)) {
    const detail = 'How this provider fills in fields is not confirmed yet: only patterns without braces can be sent in this form.';
    return [{ place, code: 'dialect-unconfirmed', detail }];
  }
  return parsed.problems;
}

function checkDetail(rules: Rules, detail: readonly string[], place: string, textPlace: string): Problem[] {
  const misfit = checkFields(rules.parsed.fields, detail, place);
  if (misfit.length > 0) return misfit;
  if (detail.length === 1 && detail[0] === '') {
    return [{ place, code: 'detail-empty', detail: 'A single empty field cannot be told from no detail at all.' }];
  }
  const { recipientSeparator, fieldSeparator } = rules.dialect;
  const problems: Problem[] = [];
  for (const [index, value] of detail.entries()) {
    const separator = [recipientSeparator, fieldSeparator].find((character) => value.includes(character));
    if (separator === undefined) continue;
    const reason = `The value contains "${separator}", which separates values on the way to the provider.`;
    problems.push({ place: `${place}[${index}]`, code: 'separator-in-value', detail: reason });
  }
  return [...problems, ...checkText(rules, detail, textPlace)];
}

function checkFields(fields: number, detail: readonly string[], place: string): Problem[] {
  if (detail.length === fields) return [];
  const code = detail.length < fields ? 'field-missing' : 'field-surplus';
  return [{ place, code, detail: `The pattern has ${fields} field(s), the detail ${detail.length}.` }];
}

function checkText({ limits, parsed: { parts } }: Rules, detail: readonly string[], place: string): Problem[] {
  const length = textLength(parts, detail);
  if (length > limits.charactersPerMessage) return [overlongText(place, length, limits.charactersPerMessage)];
  const written = parts.some((part) => (typeof part === 'string' ? part : (detail[part] ?? '')).trim() !== '');
  return written ? [] : [{ place, code: 'text-empty', detail: 'The text would be blank.' }];
}
