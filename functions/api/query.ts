import type { Problem } from '../shared/problem/field-error.ts';
import { invalidRequest, ProblemError } from '../shared/problem/problem.ts';

/** The parameters of a query, each once. */
export type Query = Readonly<Record<string, string | undefined>>;

/**
 * Reads the parameters that a route takes. @throws ProblemError that names every parameter that the route does not take, and every one that
 * stands there twice or without a value: a misspelt filter would list all, and of two values one would be dropped
 */
export function readQuery(
  single: Record<string, string | undefined> | null,
  multiple: Record<string, string[] | undefined> | null,
  taken: readonly string[] = [],
): Query {
  const names = new Set([...Object.keys(single ?? {}), ...Object.keys(multiple ?? {})]);
  const errors = [...names].flatMap((place) => {
    if (!taken.includes(place)) return [{ place, code: 'unknown-parameter', detail: describeTaken(taken) }];
    if ((multiple?.[place]?.length ?? 1) > 1) return [{ place, code: 'repeated-parameter', detail: 'It may stand there once.' }];
    return [];
  });
  if (errors.length > 0) {
    const detail = `${errors.map(({ place }) => place).join(', ')}: not known here, or given twice. ${describeTaken(taken)}`;
    throw new ProblemError('unknown-parameter', detail, { errors });
  }
  const query = Object.fromEntries([...names].map((name) => [name, multiple?.[name]?.[0] ?? single?.[name]]));
  const empty = [...names].filter((name) => query[name] === '');
  if (empty.length > 0) throw invalidRequest(empty.map((place) => ({ place, code: 'empty-parameter', detail: 'It needs a value.' })));
  return query;
}

/** A whole number in the query. @throws ProblemError that names it */
export function integerOf(query: Query, name: string, range: Record<'least' | 'most' | 'otherwise', number>): number {
  const { least, most, otherwise } = range;
  const text = query[name];
  if (text === undefined) return otherwise;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw invalidRequest([{ place: name, code: 'out-of-range', detail: `A whole number from ${least} to ${most}.` }]);
}

/**
 * A moment in the query, as RFC 3339 in UTC. @throws ProblemError that names what is none: a day that its month does not have is not taken for
 * one of the next month
 */
export function instantOf(query: Query, name: string): string | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  // A plus sign that was not encoded arrives as a blank.
  const written = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i.exec(text.replace(' ', '+'));
  const at = written && isDay(written[1] ?? '') ? Date.parse(written[0]) : Number.NaN;
  // Years beyond these have another length, and would be sorted wrongly.
  if (at >= EARLIEST && at <= LATEST) return new Date(at).toISOString();
  throw invalidRequest([
    { place: name, code: 'time-malformed', detail: 'Expected a time with its offset, such as 2026-12-01T09:00:00+08:00.' },
  ]);
}

const EARLIEST = Date.parse('0000-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether the calendar has this day, such as 2026-11-27. */
export function isDay(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** A text in the query. @param most characters that it may have. @throws ProblemError that names a longer one: nothing can have such a name */
export function textOf(query: Query, name: string, most: number): string | undefined {
  const text = query[name];
  if (text === undefined || [...text].length <= most) return text;
  throw invalidRequest([{ place: name, code: 'too-long', detail: `At most ${most} characters.` }]);
}

/**
 * Reads several parameters, each by its own reader, so that one wrong parameter hides no other.
 * @throws ProblemError that names every wrong one
 */
export function readEach<Values extends Record<string, unknown>>(readers: { [Name in keyof Values]: () => Values[Name] }): Values {
  const errors: Problem[] = [];
  const values: Partial<Values> = {};
  for (const name of Object.keys(readers) as (keyof Values)[]) {
    try {
      values[name] = readers[name]();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.document.code !== 'invalid-request') throw error;
      errors.push(...(error.document.errors ?? []));
    }
  }
  if (errors.length > 0) throw invalidRequest(errors);
  return values as Values;
}

/** One of a few words in the query. @throws ProblemError that names it */
export function choiceOf<Word extends string>(query: Query, name: string, words: readonly Word[]): Word | undefined {
  const text = query[name];
  const word = words.find((candidate) => candidate === text);
  if (text === undefined || word !== undefined) return word;
  throw invalidRequest([{ place: name, code: 'unknown-value', detail: `One of ${words.join(', ')}.` }]);
}

/** Writes where the next page starts. @param filters those of this page: the cursor is good for no others */
export function writeCursor(position: unknown, filters: readonly (string | undefined)[] = []): string {
  return Buffer.from(JSON.stringify([position, filters.map((filter) => filter ?? null)])).toString('base64url');
}

/**
 * Reads where this page starts.
 * @throws ProblemError when it is not a cursor that `accepts` takes, or one of a list with other filters
 */
export function cursorOf<Position>(
  query: Query,
  accepts: (value: unknown) => value is Position,
  filters: readonly (string | undefined)[] = [],
): Position | undefined {
  if (query.cursor === undefined) return undefined;
  const [position, written] = decodeCursor(query.cursor);
  if (!accepts(position) || !Array.isArray(written))
    throw wrongCursor('malformed', 'Not a cursor: take it from `next` of the page before.');
  const same = written.length === filters.length && filters.every((filter, index) => (filter ?? null) === written[index]);
  if (!same) throw wrongCursor('other-filters', 'This cursor belongs to a list with other filters: repeat those of the page before.');
  return position;
}

function decodeCursor(cursor: string): unknown[] {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(decoded) && decoded.length === 2 ? decoded : [];
  } catch {
    return [];
  }
}

function wrongCursor(code: string, detail: string): ProblemError {
  return invalidRequest([{ place: 'cursor', code, detail }]);
}

function describeTaken(taken: readonly string[]): string {
  return taken.length === 0 ? 'This operation takes no parameters.' : `This operation takes ${taken.join(', ')}.`;
}
