import { HORIZON, PROVIDER_LEAD, PROVIDER_MARGIN } from '../job/deadlines.ts';
import type { SendTime } from '../job/job-item.ts';
import type { Problem } from '../problem/field-error.ts';
import { ProblemError } from '../problem/problem.ts';
import { nextAllowed, type QuietHours } from '../quiet-hours/quiet-hours.ts';
import { momentsOf, wallAt, zoneProblem } from '../quiet-hours/zone.ts';

/** The fields of a request that say when. */
export interface TimeFields {
  sendTime?: string | undefined;
  timeZone?: string | undefined;
  scheduler?: SendTime['scheduler'] | undefined;
  validFor?: string | undefined;
}

/** RFC 3339, or the same without an offset. */
const TEXT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/i;

/**
 * Reads when a request wants to be sent. What is wrong with it whatever the time is now; the rest is `timeProblems`.
 * @param providerZone zone of the provider's SendTime
 * @returns no `time` for a request that wants to be sent at once, or whose time cannot be read
 */
export function readSendTime(fields: TimeFields, providerZone: string): { time?: SendTime; problems: Problem[] } {
  const { sendTime: text, timeZone, scheduler = 'eventbridge', validFor } = fields;
  if (text === undefined) return { problems: withoutTime(fields) };
  const read = readMoment(text, timeZone);
  if (typeof read !== 'number') return { problems: [read] };
  if (scheduler === 'eventbridge') return { time: { sendTime: read, scheduler }, problems: [] };
  const problems: Problem[] = [];
  if (validFor !== undefined) {
    const detail = 'With the scheduler "provider" a message goes to the provider at once or not at all: nothing is late.';
    problems.push({ place: 'validFor', code: 'without-effect', detail });
  }
  // Never earlier than asked for: SendTime has no fractions of a second.
  const shown = wallAt(providerZone, Math.ceil(read / 1000) * 1000);
  if (momentsOf(providerZone, shown).length !== 1) {
    const detail = "The clocks of the provider's zone show this time twice: it could not be told which is meant.";
    problems.push({ place: 'sendTime', code: 'time-repeated', detail });
  }
  return { time: { sendTime: read, scheduler, providerSendTime: new Date(shown).toISOString().slice(0, 19).replace('T', ' ') }, problems };
}

/** What is wrong with a time now (epoch milliseconds): past, too far, or too near for the provider. */
export function timeProblems({ sendTime, scheduler }: SendTime, now: number): Problem[] {
  const problem = (code: string, detail: string): Problem[] => [{ place: 'sendTime', code, detail }];
  if (sendTime < now) return problem('time-past', `This time is past: it is ${iso(now)} here.`);
  if (sendTime > now + HORIZON) return problem('time-too-far', `The farthest time is ${iso(now + HORIZON)}.`);
  if (scheduler === 'eventbridge' || sendTime >= now + PROVIDER_LEAD + PROVIDER_MARGIN) return [];
  const earliest = iso(now + PROVIDER_LEAD + PROVIDER_MARGIN);
  return problem('time-too-near', `The provider would send at once what reaches it shortly before its time. The earliest is ${earliest}.`);
}

/** Quiet hours that a send would fall into: when it may go out, and whether the very same request may succeed then. */
export interface Quiet {
  next: number;
  type: 'quiet-hours' | 'quiet-now';
}

/** @param time when it is to be sent; `undefined`: now */
export function quietAt(all: readonly QuietHours[], smsType: number, time: SendTime | undefined, now: number): Quiet | undefined {
  const at = time?.sendTime ?? now;
  const next = nextAllowed(all, smsType, at);
  return next === at ? undefined : { next, type: time ? 'quiet-hours' : 'quiet-now' };
}

/** The problem of a send that would fall into quiet hours, with the next time at which it would not. */
export function quietProblem({ next, type }: Quiet, now: number): ProblemError {
  const detail = `Messages of this type are not sent ${type === 'quiet-now' ? 'now' : 'then'}; from ${iso(next)} on they are.`;
  const retryAfter = type === 'quiet-now' ? Math.ceil((next - now) / 1000) : undefined;
  return new ProblemError(type, detail, { nextAllowedTime: iso(next), ...(retryAfter !== undefined && { retryAfter }) });
}

function withoutTime({ timeZone, scheduler }: TimeFields): Problem[] {
  const given = Object.entries({ timeZone, scheduler }).filter(([, value]) => value !== undefined);
  return given.map(([place]) => ({ place, code: 'without-send-time', detail: `${place} says how sendTime is meant, and there is none.` }));
}

/** @returns epoch milliseconds, or what is wrong */
function readMoment(text: string, timeZone: string | undefined): number | Problem {
  const wrong = (place: string, code: string, detail: string): Problem => ({ place, code, detail });
  const [, date, time, fraction = '', offset] = TEXT.exec(text) ?? [];
  const wall = Date.parse(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(wall) || iso(wall).slice(0, 19) !== `${date}T${time}`) {
    return wrong('sendTime', 'time-malformed', 'Expected a time such as 2026-12-01T09:00:00+08:00, or without offset beside timeZone.');
  }
  if (offset !== undefined) {
    if (timeZone === undefined) return Date.parse(`${iso(wall).slice(0, 23)}${offset.toUpperCase()}`);
    return wrong('timeZone', 'time-zone-needless', 'sendTime has an offset already: give one of the two.');
  }
  if (timeZone === undefined) {
    return wrong('sendTime', 'time-without-zone', 'Local to where? Write its offset, such as +08:00 or Z, or its zone into timeZone.');
  }
  const zone = zoneProblem(timeZone);
  if (zone) return wrong('timeZone', 'time-zone-unknown', zone);
  const [moment, other] = momentsOf(timeZone, wall);
  if (moment === undefined) return wrong('sendTime', 'time-skipped', 'The clocks of this zone skip this time: it never comes.');
  if (other === undefined) return moment;
  const both = `${iso(moment)} or ${iso(other)}`;
  return wrong('sendTime', 'time-repeated', `The clocks of this zone show this time twice: say which by an offset (${both}).`);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
