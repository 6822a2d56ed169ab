import * as z from 'zod/mini';
import { isZone, momentsOf, wallAt, zoneProblem } from './zone.ts';

const timeOfDay = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time of day, such as 21:30.'));

/** Hours of each day in which messages of some types are not sent. */
const window = z
  .strictObject({
    smsTypes: z.array(z.int()).check(z.minLength(1)),
    /** IANA zone whose clocks count. */
    timeZone: z.string().check(z.refine(isZone, { error: ({ input }) => zoneProblem(String(input)) ?? 'A zone of the IANA database.' })),
    from: timeOfDay,
    /** The first minute that is allowed again; before `from`, it is one of the next day. */
    to: timeOfDay,
  })
  .check(z.refine(({ from, to }) => from !== to, 'from and to are the same.'));

/** Quiet hours of a stage; together they must leave some time to messages of each type. */
export const quietHoursSchema = z.array(window).check(z.refine(leavesTime, 'Messages of some type could never be sent.'));
export type QuietHours = z.output<typeof window>;

const DAY = 24 * 3_600_000;
const QUARTER = 15 * 60_000;
/** A time that lies in more windows than this, one after the other, is never free. */
const MOST_WINDOWS = 100;

/**
 * The first moment from `at` on (epoch milliseconds) at which a message of this type may be sent: `at` itself outside of quiet hours.
 * Clocks count as they show: hours that they repeat are quiet twice.
 * @throws RangeError when quiet hours leave no time, which their schema does not let through
 */
export function nextAllowed(all: readonly QuietHours[], smsType: number, at: number): number {
  const mine = all.filter(({ smsTypes }) => smsTypes.includes(smsType));
  let allowed = at;
  for (let windows = 0; windows < MOST_WINDOWS; windows++) {
    const quiet = mine.find((one) => isQuiet(one, allowed));
    if (!quiet) return allowed;
    allowed = endOf(quiet, allowed);
  }
  throw new RangeError('The quiet hours leave no time.');
}

function isQuiet({ timeZone, from, to }: QuietHours, at: number): boolean {
  const [time, start, end] = [wallAt(timeZone, at) % DAY, millisecondsOf(from), millisecondsOf(to)];
  return start < end ? start <= time && time < end : start <= time || time < end;
}

/** When the window ends in which `at` lies. An end that the clocks skip is where they go on. */
function endOf({ timeZone, to }: QuietHours, at: number): number {
  const wall = wallAt(timeZone, at);
  const midnight = wall - (wall % DAY);
  const end = midnight + millisecondsOf(to);
  for (let shown = end > wall ? end : end + DAY; ; shown += QUARTER) {
    const moment = momentsOf(timeZone, shown).find((one) => one > at);
    if (moment !== undefined) return moment;
  }
}

function millisecondsOf(time: string): number {
  return Date.parse(`1970-01-01T${time}Z`);
}

/** Whether messages of each type have some time within two days, in every week of a year: zones change their clocks, not all at once. */
function leavesTime(all: readonly QuietHours[]): boolean {
  const types = new Set(all.flatMap(({ smsTypes }) => smsTypes));
  const weeks = Array.from({ length: 53 }, (_, week) => Date.UTC(2026, 0, 1) + week * 7 * DAY);
  try {
    return [...types].every((type) => weeks.every((at) => nextAllowed(all, type, at) - at <= 2 * DAY));
  } catch {
    return false;
  }
}
