import { CronosExpression } from 'cronosjs';
import { momentsOf, wallAt } from '../../../functions/shared/quiet-hours/zone.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';

interface Field {
  from: number;
  to: number;
  names: readonly string[];
  /** Whether `/` may be used. */
  steps: boolean;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const MINUTES: Field = { from: 0, to: 59, names: [], steps: true };
const HOURS: Field = { from: 0, to: 23, names: [], steps: true };
const DAYS: Field = { from: 1, to: 31, names: [], steps: true };
const MONTHS: Field = { from: 1, to: 12, names: months, steps: true };
const WEEKDAYS: Field = { from: 1, to: 7, names: weekdays, steps: false };
const YEARS: Field = { from: 1970, to: 2199, names: [], steps: true };

/** How many years the search looks ahead. The rarest date, 29 February on a given weekday, comes within 40. */
const YEARS_AHEAD = 41;

/** The next moment after another (epoch milliseconds); undefined if there is none. */
export type Next = (after: number) => number | undefined;

/**
 * The six fields of EventBridge's cron, under the rules of its documentation; one of the two fields for days must be `?`.
 * The library knows the calendar: what the clocks show is searched in it as if it were UTC, and then looked up in the zone. A time that
 * the zone skips does not fire, and one that it repeats fires the first time only.
 * @throws ServiceError ValidationException
 */
export function parseCron(text: string, zone: string): Next {
  const fields = text.trim().toUpperCase().split(/\s+/);
  const [minutes, hours, day, month, weekday, year] = fields;
  if (fields.length !== 6 || !minutes || !hours || !day || !month || !weekday || !year) throw invalid(text, 'it must have six fields');
  if ((day === '?') === (weekday === '?')) throw invalid(text, 'exactly one of day-of-month and day-of-week must be ?');
  const list = (field: Field, value: string): string => expand(field, value, text).join(',');
  const calendar = [list(MINUTES, minutes), list(HOURS, hours), dayOfMonth(day, list), list(MONTHS, month), dayOfWeek(weekday, list)];
  const years = expand(YEARS, year, text);
  return (after) => {
    const thisYear = new Date(wallAt(zone, after)).getUTCFullYear();
    const searched = years.filter((one) => one >= thisYear && one < thisYear + YEARS_AHEAD);
    if (searched.length === 0) return undefined;
    const expression = CronosExpression.parse(`0 ${calendar.join(' ')} ${searched.join(',')}`, { timezone: 0 });
    let shown = expression.nextDate(new Date(wallAt(zone, after)));
    for (; shown; shown = expression.nextDate(shown)) {
      const [moment] = momentsOf(zone, shown.getTime());
      if (moment !== undefined && moment > after) return moment;
    }
    return undefined;
  };
}

type List = (field: Field, value: string) => string;

function dayOfMonth(value: string, list: List): string {
  if (value === '?' || value === 'L') return value;
  return /^\d+W$/.test(value) ? `${list(DAYS, value.slice(0, -1))}W` : list(DAYS, value);
}

/** AWS counts the days of the week from 1, the library from 0; both begin on Sunday. */
function dayOfWeek(value: string, list: List): string {
  const fromZero = (days: string): string =>
    days
      .split(',')
      .map((one) => Number(one) - 1)
      .join(',');
  if (value === '?') return value;
  if (value === 'L') return '6';
  const [, one, special] = /^(\w+?)(L|#[1-5])$/.exec(value) ?? [];
  return one === undefined ? fromZero(list(WEEKDAYS, value)) : `${fromZero(list(WEEKDAYS, one))}${special}`;
}

/** Every value that a field of numbers, names, lists, ranges, `*` and `/` stands for. */
function expand(field: Field, value: string, text: string): number[] {
  const { from, to, names, steps } = field;
  const numberOf = (word: string): number => {
    const number = /^\d{1,4}$/.test(word) ? Number(word) : names.indexOf(word) + from;
    if (number < from || number > to || (names.indexOf(word) < 0 && !/^\d/.test(word))) throw invalid(text, `${word} is out of its field`);
    return number;
  };
  const values = value.split(',').flatMap((part) => {
    const [range = '', step, ...more] = part.split('/');
    const [first = '', last, ...rest] = range === '*' ? [String(from), String(to)] : range.split('-');
    const [begin, end] = [numberOf(first), last === undefined ? (step === undefined ? numberOf(first) : to) : numberOf(last)];
    const by = step === undefined ? 1 : Number(step);
    if (more.length > 0 || rest.length > 0 || begin > end) throw invalid(text, `${part} is no range`);
    if (step !== undefined && (!steps || !/^[1-9]\d*$/.test(step))) throw invalid(text, `${part} has no step that is known here`);
    return Array.from({ length: Math.floor((end - begin) / by) + 1 }, (_, index) => begin + index * by);
  });
  return [...new Set(values)].sort((one, other) => one - other);
}

function invalid(text: string, reason: string): ServiceError {
  return new ServiceError('ValidationException', `Invalid Schedule Expression cron(${text}): ${reason}.`);
}
