import type { Problem } from '../problem/field-error.ts';

/** A doubled brace, a placeholder, or a brace that is neither. */
const TOKEN = /\{\{|\}\}|\{(0|[1-9]\d{0,2})\}|[{}]/g;

/** Bounds what one text can cost; an SMS has no room for more. */
const PLACEHOLDERS_AT_MOST = 100;
const POSITIONS_SHOWN = 10;

/** A pattern taken apart: literal text, and the indexes of the fields between it. */
export interface ParsedPattern {
  /** How many fields a detail must have: the highest index plus one. */
  fields: number;
  parts: readonly (string | number)[];
  /** Empty when the pattern can be rendered. */
  problems: Problem[];
}

/**
 * Reads a pattern like .NET's String.Format, without its alignments and formats: `{0}`, `{1}` stand for fields, `{{`
 * and `}}` for braces. Every index from 0 to the highest must be used, since else a surplus field could not be told from
 * a needed one. Positions in problems are UTF-16 code units from 0.
 */
export function parsePattern(pattern: string): ParsedPattern {
  const parts: (string | number)[] = [];
  const indexes: number[] = [];
  const strays: number[] = [];
  let end = 0;
  for (const { 0: token, 1: index, index: position } of pattern.matchAll(TOKEN)) {
    if (position > end) parts.push(pattern.slice(end, position));
    end = position + token.length;
    if (index !== undefined) indexes.push(Number(index));
    else if (token.length === 1) strays.push(position);
    parts.push(index === undefined ? token.charAt(0) : Number(index));
  }
  if (end < pattern.length) parts.push(pattern.slice(end));
  const fields = indexes.reduce((most, index) => Math.max(most, index + 1), 0);
  return { fields, parts, problems: patternProblems(fields, new Set(indexes), indexes.length, strays) };
}

function patternProblems(fields: number, used: ReadonlySet<number>, placeholders: number, strays: readonly number[]): Problem[] {
  const problems: Problem[] = [];
  const problem = (code: string, detail: string) => problems.push({ place: 'pattern', code, detail });
  if (strays.length > 0) {
    const shown = strays.slice(0, POSITIONS_SHOWN).join(', ');
    const more = strays.length > POSITIONS_SHOWN ? ` and ${strays.length - POSITIONS_SHOWN} more` : '';
    problem('pattern-brace', `A brace is neither part of {0}, {1}, ... nor doubled, at position ${shown}${more}.`);
  }
  const unused = Array.from({ length: fields }, (_, index) => index).find((index) => !used.has(index));
  if (unused !== undefined) problem('pattern-gap', `{${unused}} is not used, although a higher field is.`);
  if (placeholders > PLACEHOLDERS_AT_MOST) {
    problem('pattern-fields', `The pattern has ${placeholders} placeholders; ${PLACEHOLDERS_AT_MOST} are allowed.`);
  }
  return problems;
}

/**
 * The text that a recipient reads. Surplus fields are left out, as String.Format does.
 * @throws RangeError when the pattern has problems, or a field of it is missing. Never names the text.
 */
export function renderPattern(pattern: string, detail: readonly string[]): string {
  const { parts, problems } = parsePattern(pattern);
  if (problems.length > 0) throw new RangeError('The pattern is not well formed');
  return renderParts(parts, detail);
}

/**
 * The same for a pattern that was parsed once and serves many.
 * @throws RangeError when a field is missing.
 */
export function renderParts(parts: ParsedPattern['parts'], detail: readonly string[]): string {
  let text = '';
  for (const part of parts) {
    const piece = typeof part === 'string' ? part : detail[part];
    if (piece === undefined) throw new RangeError(`The detail has no field {${part}}`);
    text += piece;
  }
  return text;
}
