import { either, isAbsent, isAtMost } from '../dynamodb/conditions.ts';
import { dayKey } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import { expiryOf } from './deadlines.ts';

/** Days are kept so long, for whoever asks what happened (days). */
const KEPT = 40;

/** Recipients accepted on a day (UTC), over all callers. */
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
 * Takes recipients out of today's limit. Hard: what was taken is not given back, so that a request that is cut off may cost some of
 * the day but never lets more through. @returns whether there were enough left
 */
export async function takeFromDay(context: JobContext, recipients: number, limit: number | null): Promise<boolean> {
  if (limit !== null && recipients > limit) return false;
  const conditions = limit === null ? [] : [either(isAbsent('recipients'), isAtMost('recipients', limit - recipients))];
  const set = { expiresAt: expiryOf(context.now(), KEPT) };
  return (await context.table.update(dayKey(today(context)), { set, add: { recipients } }, conditions)) !== undefined;
}

function today({ now }: JobContext): string {
  return new Date(now()).toISOString().slice(0, 10);
}
