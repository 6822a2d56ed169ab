import { invalidRequest } from '../shared/problem/problem.ts';
import { dayAt, nextDay } from '../shared/quiet-hours/day.ts';
import { readDayUsage } from '../shared/usage/day-usage.ts';
import type { Api } from './api-deps.ts';
import { type ApiRequest, callerAskedFor } from './api-request.ts';
import { cursorOf, isDay, type Query, readEach, writeCursor } from './query.ts';
import type { AnswerBody } from './response-schemas.ts';
import { json } from './responses.ts';

/** One question is about this many days at most. */
const MOST_DAYS = 366;
/** Kept for the last pages and the answer, out of the function's time (milliseconds). */
const TIME_TO_ANSWER = 8_000;

/**
 * `GET /v1/usage`: what the jobs of a caller came to, by the day in the stage's zone on which they were created. Derived from the jobs,
 * so that no message writes anything for it; days that are over are kept.
 */
export async function getUsage({ context, rules }: Api, request: ApiRequest) {
  const { query, deadline } = request;
  const zone = rules.providerZone;
  const today = dayAt(zone, context.now());
  const { caller, from, to } = readEach({
    caller: () => callerAskedFor(request),
    from: () => dateOf(query, 'from') ?? today,
    to: () => dateOf(query, 'to') ?? today,
  });
  const days = daysBetween(from, to);
  const start = cursorOf(query, (value): value is string => typeof value === 'string' && days.includes(value), [caller, from, to]) ?? from;
  const items: AnswerBody<'Usage'>['items'][number][] = [];
  let next: string | undefined;
  for (const date of days.slice(days.indexOf(start))) {
    const usage = await readDayUsage(context, { caller, date, zone }, deadline - TIME_TO_ANSWER);
    if (!usage) {
      next = date;
      break;
    }
    items.push({ caller, ...usage });
  }
  return json(200, 'Usage', { timeZone: zone, items, next: next && writeCursor(next, [caller, from, to]) });
}

function daysBetween(from: string, to: string): string[] {
  if (to < from)
    throw invalidRequest([{ place: 'to', code: 'out-of-range', detail: `The last day, ${to}, lies before the first, ${from}.` }]);
  const days = [from];
  for (let day = from; day < to; day = days.at(-1) ?? to) {
    days.push(nextDay(day));
    if (days.length > MOST_DAYS)
      throw invalidRequest([{ place: 'from', code: 'out-of-range', detail: `Up to ${MOST_DAYS} days at once.` }]);
  }
  return days;
}

function dateOf(query: Query, name: string): string | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  if (isDay(text)) return text;
  throw invalidRequest([{ place: name, code: 'date-malformed', detail: 'Expected a day such as 2026-11-27.' }]);
}
