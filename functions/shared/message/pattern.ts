import { lazyRegExp } from '../lazy-reg-exp.ts';
import type { Problem } from '../problem/field-error.ts';

/** A doubled brace, a numbered field, or a brace that is neither. */
const NUMBERED = /\{\{|\}\}|\{(0|[1-9]\d{0,2})\}|[{}]/g;
/** The same with fields by name: letters of any script, digits, `_` and `-`, up to 40, the first of them no digit. */
const named = lazyRegExp(String.raw`\{\{|\}\}|\{(0|[1-9]\d{0,2}|(?!__proto__\})[\p{L}\p{M}_-][\p{L}\p{M}\p{Nd}_-]{0,39})\}|[{}]`, 'gu');

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

/** A pattern that may name its fields. On the wire they have numbers, in the order in which their names occur first. */
export interface NamedPattern extends ParsedPattern {
  /** By index, in Unicode's composed form; `undefined` when the fields are numbered. */
  names: readonly string[] | undefined;
  /** The pattern with numbers. */
  numbered: string;
}

/**
 * Reads a pattern like .NET's String.Format, without its alignments and formats: `{0}`, `{1}` stand for fields, `{{`
 * and `}}` for braces. Every index from 0 to the highest must be used, since else a surplus field could not be told from
 * a needed one. Positions in problems are UTF-16 code units from 0.
 */
export function parsePattern(pattern: string): ParsedPattern {
  const { parts, indexes, strays } = readTokens(pattern, NUMBERED, Number);
  const fields = indexes.reduce((most, index) => Math.max(most, index + 1), 0);
  return { fields, parts, problems: patternProblems(fields, indexes, strays) };
}

/** Reads a pattern as callers of this service write it: with fields by number or by name, not both. */
export function parseNamedPattern(pattern: string): NamedPattern {
  const names: string[] = [];
  let hasNumbers = false;
  const { parts, indexes, strays } = readTokens(pattern, named(), (written) => {
    if (/^\d/.test(written)) hasNumbers = true;
    const name = written.normalize('NFC');
    const index = names.indexOf(name);
    return index < 0 ? names.push(name) - 1 : index;
  });
  if (names.every((name) => /^\d/.test(name))) return { ...parsePattern(pattern), names: undefined, numbered: pattern };
  const problems = patternProblems(names.length, indexes, strays);
  if (hasNumbers) {
    const detail = 'Some of its fields have numbers and some have names; a pattern has one kind or the other.';
    problems.push({ place: 'pattern', code: 'pattern-mixed', detail });
  }
  return { fields: names.length, parts, problems, names, numbered: parts.map(writePart).join('') };
}

function writePart(part: string | number): string {
  return typeof part === 'number' ? `{${part}}` : escapeBraces(part);
}

/** Writes a finished text as a pattern that has no fields. */
export function escapeBraces(text: string): string {
  return text.replace(/[{}]/g, '$&$&');
}

/** @param indexOf the index of a field as it is written between its braces */
function readTokens(pattern: string, tokens: RegExp, indexOf: (field: string) => number) {
  const parts: (string | number)[] = [];
  const indexes: number[] = [];
  const strays: number[] = [];
  let end = 0;
  for (const { 0: token, 1: field, index: position } of pattern.matchAll(tokens)) {
    if (position > end) parts.push(pattern.slice(end, position));
    end = position + token.length;
    if (field !== undefined) indexes.push(indexOf(field));
    else if (token.length === 1) strays.push(position);
    parts.push(field === undefined ? token.charAt(0) : (indexes.at(-1) as number));
  }
  if (end < pattern.length) parts.push(pattern.slice(end));
  return { parts, indexes, strays };
}

function patternProblems(fields: number, indexes: readonly number[], strays: readonly number[]): Problem[] {
  const problems: Problem[] = [];
  const problem = (code: string, detail: string) => problems.push({ place: 'pattern', code, detail });
  if (strays.length > 0) {
    const shown = strays.slice(0, POSITIONS_SHOWN).join(', ');
    const more = strays.length > POSITIONS_SHOWN ? ` and ${strays.length - POSITIONS_SHOWN} more` : '';
    problem('pattern-brace', `A brace is neither part of {0}, {1}, ... or of {name}, nor doubled, at position ${shown}${more}.`);
  }
  const used = new Set(indexes);
  const unused = Array.from({ length: fields }, (_, index) => index).find((index) => !used.has(index));
  if (unused !== undefined) problem('pattern-gap', `{${unused}} is not used, although a higher field is.`);
  if (indexes.length > PLACEHOLDERS_AT_MOST) {
    problem('pattern-fields', `The pattern has ${indexes.length} placeholders; ${PLACEHOLDERS_AT_MOST} are allowed.`);
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
