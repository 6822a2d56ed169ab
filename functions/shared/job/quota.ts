import { either, isAbsent, isAtMost } from '../dynamodb/conditions.ts';
import { dayKey } from '../dynamodb/keys.ts';
import { dayAt, nextDay, startOfDay } from '../quiet-hours/day.ts';
import type { JobContext } from './context.ts';
import { expiryOf } from './deadlines.ts';

/** Days are kept this long, as evidence (days). */
const KEPT = 40;

/** Recipients that may be accepted in a day. */
export interface DailyLimit {
  /** Whose; of all callers together without it. */
  caller?: string;
  recipients: number;
}

/** The limits that a request has to keep. Where there are none, nothing is counted. */
export interface DailyLimits {
  /** IANA zone by which a day begins and ends. */
  zone: string;
  limits: readonly DailyLimit[];
}

/** A limit that leaves no room, and when the next day begins (epoch milliseconds). */
export interface ReachedLimit extends DailyLimit {
  until: number;
}

/** Recipients accepted on a day. Counted only while a limit needs it. */
export interface Day {
  date: string;
  recipients: number;
}

/** Reads today's count. @param caller whose; of all callers together without it */
export async function readDay(context: JobContext, zone: string, caller?: string): Promise<Day> {
  const date = dayAt(zone, context.now());
  const item = await context.table.get<{ pk: string; sk: string; recipients: number }>(dayKey(date, caller));
  return { date, recipients: item?.recipients ?? 0 };
}

/**
 * Takes recipients out of each of today's limits, or out of none. A request that is cut off in between, or afterwards, may cost some of the
 * day, and never lets more through.
 * @returns the limit that leaves no room; `undefined` when all of them did
 */
export async function takeFromDay(
  context: JobContext,
  recipients: number,
  { zone, limits }: DailyLimits,
): Promise<ReachedLimit | undefined> {
  const date = dayAt(zone, context.now());
  for (const [index, limit] of limits.entries()) {
    if (await takeFrom(context, date, recipients, limit)) continue;
    await returnTo(context, date, recipients, limits.slice(0, index));
    return { ...limit, until: startOfDay(zone, nextDay(date)) };
  }
  return undefined;
}

/** Gives recipients back to today's limits that came to no job. What a crash keeps from being given back stays taken. */
export async function returnToDay(context: JobContext, recipients: number, { zone, limits }: DailyLimits): Promise<void> {
  await returnTo(context, dayAt(zone, context.now()), recipients, limits);
}

/** A refusal in one sentence: which limit it is, and until when. */
export function describeReached({ caller, recipients, until }: ReachedLimit): string {
  const whose = caller === undefined ? 'all callers together' : caller;
  const moment = new Date(until).toISOString();
  return `The limit of ${recipients} recipients a day for ${whose} leaves no room for this request until ${moment}. Nothing was sent.`;
}

async function takeFrom(context: JobContext, date: string, recipients: number, limit: DailyLimit): Promise<boolean> {
  if (recipients > limit.recipients) return false;
  const conditions = [either(isAbsent('recipients'), isAtMost('recipients', limit.recipients - recipients))];
  const set = { expiresAt: expiryOf(context.now(), KEPT) };
  return (await context.table.update(dayKey(date, limit.caller), { set, add: { recipients } }, conditions)) !== undefined;
}

async function returnTo(context: JobContext, date: string, recipients: number, limits: readonly DailyLimit[]): Promise<void> {
  for (const { caller } of limits) await context.table.update(dayKey(date, caller), { add: { recipients: -recipients } }, []);
}
