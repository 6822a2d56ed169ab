import { either, isAbsent, isAtMost } from '../dynamodb/conditions.ts';
import { dayKey } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import { expiryOf } from './deadlines.ts';

/** Days are kept this long, as evidence (days). */
const KEPT = 40;

/** Recipients accepted on a day (UTC), over all callers. Counted only while a limit needs it. */
export interface Day {
  date: string;
  recipients: number;
}

/** Reads today's count. */
export async function readDay(context: JobContext): Promise<Day> {
  const date = today(context);
  const item = await context.table.get<{ pk: string; sk: string; recipients: number }>(dayKey(date));
  return { date, recipients: item?.recipients ?? 0 };
}

/**
 * Takes recipients out of today's limit. A request that is cut off afterwards may cost some of the day, and never lets more through.
 * @param limit `null`: there is none, and nothing is counted
 * @returns whether there were enough left
 */
export async function takeFromDay(context: JobContext, recipients: number, limit: number | null): Promise<boolean> {
  if (limit === null) return true;
  if (recipients > limit) return false;
  const conditions = [either(isAbsent('recipients'), isAtMost('recipients', limit - recipients))];
  const set = { expiresAt: expiryOf(context.now(), KEPT) };
  return (await context.table.update(dayKey(today(context)), { set, add: { recipients } }, conditions)) !== undefined;
}

/** Gives recipients back to today's limit that came to no job. What a crash keeps from being given back stays taken. */
export async function returnToDay(context: JobContext, recipients: number, limit: number | null): Promise<void> {
  if (limit !== null) await context.table.update(dayKey(today(context)), { add: { recipients: -recipients } }, []);
}

function today({ now }: JobContext): string {
  return new Date(now()).toISOString().slice(0, 10);
}
