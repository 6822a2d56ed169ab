import type { Problem } from '../problem/field-error.ts';

import { OrderedDetail } from './detail.ts';
import type { RecipientCheck } from './recipient-input.ts';

/** Signatures 【...】 in a text. Escapes, since of a literal beyond ASCII V8 would hold its whole file with two bytes a character. */
export const SIGNATURE = /\u3010([^\u3010\u3011]*)\u3011/g;
const BRACKET = /[\u3010\u3011]/;

/** A request's texts: the pattern, and every value that may be filled into it, with its place. */
interface Texts {
  pattern: string;
  values: readonly (readonly [place: string, value: string])[];
}

/**
 * Holds texts against the signatures 【...】 that their caller may use. The pattern must write out one at least, and only these; values
 * hold no such brackets, since they could make another one.
 * @param allowed names between the brackets; `undefined`: all are
 */
export function signatureProblems(allowed: readonly string[] | undefined, { pattern, values }: Texts): Problem[] {
  if (!allowed) return [];
  return [...patternProblems(allowed, pattern), ...values.flatMap(([place, value]) => valueProblems(place, value))];
}

/** The same for recipients one by one: the pattern is looked at once. `defaultDetail` is one of the values that all share. */
export function withSignatures(
  check: RecipientCheck,
  allowed: readonly string[] | undefined,
  { pattern, defaultDetail }: { pattern: string; defaultDetail?: object | undefined },
): RecipientCheck {
  if (!allowed) return check;
  const shared = signatureProblems(allowed, { pattern, values: valuesOf('defaultDetail', defaultDetail) });
  return {
    ...check,
    problems: [...check.problems, ...shared],
    check(input, place) {
      const own = typeof input === 'string' ? [] : valuesOf(`${place}.detail`, input.detail);
      const problems = own.flatMap(([at, value]) => valueProblems(at, value));
      const checked = check.check(input, place);
      if (problems.length === 0) return checked;
      return { problems: 'problems' in checked ? [...checked.problems, ...problems] : problems };
    },
  };
}

function patternProblems(allowed: readonly string[], pattern: string): Problem[] {
  const place = 'pattern';
  const names = `Allowed: ${allowed.map((name) => `【${name}】`).join(', ')}.`;
  const used = [...pattern.matchAll(SIGNATURE)].map(([, name = '']) => name);
  const other = used.find((name) => !allowed.includes(name));
  const single = BRACKET.test(pattern.replaceAll(SIGNATURE, ''));
  if (other !== undefined) return [{ place, code: 'signature-not-allowed', detail: `This caller may not sign as 【${other}】. ${names}` }];
  if (single) return [{ place, code: 'signature-not-allowed', detail: `A bracket 【 or 】 stands alone. ${names}` }];
  return used.length > 0
    ? []
    : [{ place, code: 'signature-not-allowed', detail: `The pattern must write out a signature of this caller. ${names}` }];
}

function valueProblems(place: string, value: string): Problem[] {
  if (!BRACKET.test(value)) return [];
  return [
    { place, code: 'signature-not-allowed', detail: 'A value of this caller holds no 【 or 】: the pattern writes the signature out.' },
  ];
}

/** Values in a list, or by the names of fields. */
function valuesOf(place: string, detail: object | undefined): [place: string, value: string][] {
  const given = detail instanceof OrderedDetail ? detail.values : detail;
  const written = Object.entries(given ?? {}) as [string, unknown][];
  return written.map(([key, value]) => [Array.isArray(given) ? `${place}[${key}]` : `${place}.${key}`, String(value)]);
}
