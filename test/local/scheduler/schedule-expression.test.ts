import { expect, it } from 'vitest';
import { parseExpression } from '../../../infra/local/scheduler/schedule-expression.ts';

/** What the clocks of a zone show; days of the week from 1 = Sunday, as EventBridge counts them. */
interface Shown {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  weekday: number;
  /** Days of this month. */
  days: number;
}

const MINUTE = 60_000;

function reader(timeZone: string): (at: number) => Shown {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (at) => {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = format.format(at).match(/\d+/g)?.map(Number) ?? [];
    const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
    return { year, month, day, hour, minute, weekday, days: new Date(Date.UTC(year, month, 0)).getUTCDate() };
  };
}

/** Every minute is looked at: what fits fires, unless the clocks have shown that very time before. */
function bruteForce(zone: string, fits: (shown: Shown) => boolean, from: number, to: number): string[] {
  const [read, seen, fired] = [reader(zone), new Set<string>(), [] as string[]];
  for (let at = from; at < to; at += MINUTE) {
    const shown = read(at);
    const clock = Object.values(shown).join(' ');
    if (!seen.has(clock) && fits(shown)) fired.push(new Date(at).toISOString());
    seen.add(clock);
  }
  return fired;
}

function fired(text: string, zone: string, from: number, to: number): string[] {
  const { next } = parseExpression(text, zone, from);
  const times: string[] = [];
  for (let at = next(from - 1); at !== undefined && at < to; at = next(at)) times.push(new Date(at).toISOString());
  return times;
}

const nearestWeekday = (wanted: number) => (shown: Shown) => {
  const weekdayOf = (day: number): number => ((shown.weekday - 1 + (day - shown.day) + 70) % 7) + 1;
  const target = Math.min(wanted, shown.days);
  const step = weekdayOf(target) === 7 ? (target === 1 ? 2 : -1) : weekdayOf(target) === 1 ? (target === shown.days ? -2 : 1) : 0;
  return shown.day === target + step;
};

/** Expression, its reading by hand, and zones whose spring or autumn change lies in the days that are looked at. */
const cases: [string, (shown: Shown) => boolean, string, string, string][] = [
  // 02:30 does not exist on 8 March 2026.
  ['cron(30 2 * * ? *)', ({ hour, minute }) => hour === 2 && minute === 30, 'America/New_York', '2026-03-05', '2026-03-12'],
  // 01:30 comes twice on 1 November 2026.
  ['cron(30 1 * * ? *)', ({ hour, minute }) => hour === 1 && minute === 30, 'America/New_York', '2026-10-29', '2026-11-05'],
  [
    'cron(0/20 0-3 ? * SUN *)',
    ({ hour, minute, weekday }) => minute % 20 === 0 && hour <= 3 && weekday === 1,
    'Europe/Berlin',
    '2026-03-25',
    '2026-04-08',
  ],
  [
    'cron(0/20 0-3 ? * SUN *)',
    ({ hour, minute, weekday }) => minute % 20 === 0 && hour <= 3 && weekday === 1,
    'Europe/Berlin',
    '2026-10-21',
    '2026-11-03',
  ],
  ['cron(*/7 * * * ? *)', ({ minute }) => minute % 7 === 0, 'Europe/London', '2026-10-24', '2026-10-26'],
  // Half an hour is skipped and repeated.
  [
    'cron(*/10 1-2 * * ? *)',
    ({ hour, minute }) => minute % 10 === 0 && (hour === 1 || hour === 2),
    'Australia/Lord_Howe',
    '2026-10-02',
    '2026-10-06',
  ],
  [
    'cron(*/10 1-2 * * ? *)',
    ({ hour, minute }) => minute % 10 === 0 && (hour === 1 || hour === 2),
    'Australia/Lord_Howe',
    '2026-04-03',
    '2026-04-07',
  ],
  // Midnight itself is skipped.
  ['cron(0 0 * * ? *)', ({ hour, minute }) => hour === 0 && minute === 0, 'Africa/Cairo', '2026-04-22', '2026-04-27'],
  [
    'cron(15,45 23 ? * MON-FRI *)',
    ({ hour, minute, weekday }) => hour === 23 && (minute === 15 || minute === 45) && weekday >= 2 && weekday <= 6,
    'America/Santiago',
    '2026-04-01',
    '2026-04-15',
  ],
  [
    'cron(0 9 ? * MON *)',
    ({ hour, minute, weekday }) => hour === 9 && minute === 0 && weekday === 2,
    'Asia/Shanghai',
    '2026-11-22',
    '2026-12-08',
  ],
  ['cron(5 8 ? * 6L *)', (s) => s.minute === 5 && s.hour === 8 && s.weekday === 6 && s.day > s.days - 7, 'UTC', '2026-02-20', '2026-03-01'],
  [
    'cron(0 12 ? * TUE#2 *)',
    (s) => s.minute === 0 && s.hour === 12 && s.weekday === 3 && Math.ceil(s.day / 7) === 2,
    'America/New_York',
    '2026-03-05',
    '2026-03-20',
  ],
  ['cron(59 23 L * ? *)', (s) => s.minute === 59 && s.hour === 23 && s.day === s.days, 'Pacific/Auckland', '2026-03-30', '2026-05-01'],
  // 1 August 2026 is a Saturday, 1 March a Sunday.
  ['cron(0 6 1W * ? *)', (s) => s.minute === 0 && s.hour === 6 && nearestWeekday(1)(s), 'Europe/Berlin', '2026-07-30', '2026-08-05'],
  ['cron(0 6 1W * ? *)', (s) => s.minute === 0 && s.hour === 6 && nearestWeekday(1)(s), 'Europe/Berlin', '2026-02-26', '2026-03-04'],
  ['cron(0 6 29 FEB ? 2027/1)', (s) => s.minute === 0 && s.hour === 6 && s.day === 29 && s.month === 2, 'UTC', '2028-02-25', '2028-03-03'],
];

it.each(cases)('%s', (text, fits, zone, first, last) => {
  const [from, to] = [Date.parse(first), Date.parse(last)];
  const expected = bruteForce(zone, fits, from, to);
  expect(expected.length, 'the brute force finds something').toBeGreaterThan(0);
  expect(fired(text, zone, from, to)).toEqual(expected);
});

it('a time that spring takes away does not fire, one that autumn repeats fires once', () => {
  const inMarch = fired('cron(30 2 * * ? *)', 'America/New_York', Date.parse('2026-03-07T00:00:00Z'), Date.parse('2026-03-10T00:00:00Z'));
  expect(inMarch).toEqual(['2026-03-07T07:30:00.000Z', '2026-03-09T06:30:00.000Z']);
  const inNovember = fired(
    'cron(30 1 1 11 ? *)',
    'America/New_York',
    Date.parse('2026-11-01T00:00:00Z'),
    Date.parse('2026-11-03T00:00:00Z'),
  );
  expect(inNovember).toEqual(['2026-11-01T05:30:00.000Z']);
});

it('a rate of days counts 24 hours, whatever the clocks show', () => {
  const from = Date.parse('2026-10-31T12:00:00Z');
  const times = fired('rate(1 day)', 'America/New_York', from, from + 3 * 86_400_000);
  expect(times).toEqual(['2026-10-31T12:00:00.000Z', '2026-11-01T12:00:00.000Z', '2026-11-02T12:00:00.000Z']);
});

it.each(['cron(0 10 31 2 ? *)', 'cron(0 10 30 FEB ? 2027-2199)', 'cron(0 10 1 1 ? 1999)'])(
  '%s never fires, and the search ends',
  (text) => {
    expect(parseExpression(text, 'UTC', 0).next(Date.parse('2026-01-01'))).toBeUndefined();
  },
);

it('a one-off time is refused where the zone skips it, and the first of two where it repeats it', () => {
  const at = (text: string) => parseExpression(`at(${text})`, 'America/New_York', 0).next(0);
  expect(() => at('2026-03-08T02:30:00')).toThrow(/Invalid Schedule Expression/);
  expect(at('2026-11-01T01:30:00')).toBe(Date.parse('2026-11-01T05:30:00Z'));
});
