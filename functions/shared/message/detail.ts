import type { Problem } from '../problem/field-error.ts';
import type { NamedPattern } from './pattern.ts';
import { problemOfText, withLineFeeds } from './text-problems.ts';

/** Field values that are in the order of the fields whatever those are called, as the cells of a file are. */
export class OrderedDetail {
  readonly values: readonly string[];

  constructor(values: readonly string[]) {
    this.values = values;
  }
}

/** Field values as callers write them: in the order of their numbers, or by name. */
export type DetailInput = readonly string[] | Readonly<Record<string, string>> | OrderedDetail;

/** How details are read: by the fields of the pattern, with what fills in an empty one. */
export interface DetailRules {
  pattern: Pick<NamedPattern, 'fields' | 'names'>;
  /** Field values that fill in empty ones. */
  defaultDetail?: readonly string[] | undefined;
  /** Whether a field without a value may stay empty. */
  allowEmpty?: boolean | undefined;
}

/**
 * Reads field values into the order of their fields. An empty one is filled in from the default.
 * @param place of the detail, `recipients[17].detail`
 */
export function readDetail(rules: DetailRules, input: DetailInput, place: string): { values: readonly string[] } | { problems: Problem[] } {
  const { names } = rules.pattern;
  const listed = names && !(input instanceof OrderedDetail) ? byName(names, input, place) : byNumber(rules.pattern.fields, input, place);
  if ('problems' in listed) return listed;
  const problems: Problem[] = [];
  const values = listed.values.map((written, field) => {
    const value = withLineFeeds(written === '' ? (rules.defaultDetail?.[field] ?? '') : written);
    const problem = value === '' ? emptyField(rules) : problemOfText(value);
    if (problem) problems.push({ place: names ? `${place}.${names[field]}` : `${place}[${field}]`, ...problem });
    return value;
  });
  return problems.length > 0 ? { problems } : { values };
}

function emptyField({ allowEmpty, defaultDetail }: DetailRules): Omit<Problem, 'place'> | undefined {
  if (allowEmpty) return undefined;
  const filling = defaultDetail ? 'and so is that of defaultDetail' : 'and there is no defaultDetail to fill it in';
  return { code: 'field-empty', detail: `The field is empty, ${filling}. Where it may stay empty, say so by allowEmpty.` };
}

function byNumber(fields: number, input: DetailInput, place: string): { values: readonly string[] } | { problems: Problem[] } {
  if (input instanceof OrderedDetail) return byNumber(fields, input.values, place);
  if (!Array.isArray(input)) {
    if (fields === 0 && Object.keys(input).length === 0) return { values: [] };
    const detail = 'The pattern has no names of fields: the detail must be a list, in the order of {0}, {1}, ...';
    return { problems: [{ place, code: 'detail-by-name', detail }] };
  }
  if (input.length === fields) return { values: input };
  const code = input.length < fields ? 'field-missing' : 'field-surplus';
  return { problems: [{ place, code, detail: `The pattern has ${fields} field(s), the detail ${input.length}.` }] };
}

function byName(
  names: readonly string[],
  input: Exclude<DetailInput, OrderedDetail>,
  place: string,
): { values: readonly string[] } | { problems: Problem[] } {
  const known = `The fields are ${names.join(', ')}.`;
  if (Array.isArray(input)) {
    const detail = `The pattern names its fields: the detail must be an object by name. ${known}`;
    return { problems: [{ place, code: 'detail-not-by-name', detail }] };
  }
  const given = new Map(Object.entries(input).map(([name, value]) => [name.normalize('NFC'), value]));
  const missing = names.filter((name) => !given.has(name));
  const unknown = [...given.keys()].filter((name) => !names.includes(name));
  const problems = [
    ...missing.map((name) => ({ place: `${place}.${name}`, code: 'field-missing', detail: `There is no value for this field. ${known}` })),
    ...unknown.map((name) => ({ place: `${place}.${name}`, code: 'field-unknown', detail: `The pattern has no such field. ${known}` })),
  ];
  return problems.length > 0 ? { problems } : { values: names.map((name) => given.get(name) as string) };
}
