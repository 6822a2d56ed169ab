import { either, is, isAbsent, isBelow } from '../dynamodb/conditions.ts';
import { callerRateKey } from '../dynamodb/keys.ts';
import type { Table } from '../dynamodb/table.ts';
import { ProblemError } from '../problem/problem.ts';

/** An item of a caller's rate is kept this long after its last request (seconds). */
const KEPT = 3_600;

/**
 * Counts a request of a caller that may make only some in a second. One item for each such caller holds the current second and its count.
 * @throws ProblemError 429 when the second has as many as it may have
 */
export async function countRequest(
  { table, now }: { table: Pick<Table, 'update'>; now: () => number },
  caller: string,
  perSecond: number,
): Promise<void> {
  const second = Math.floor(now() / 1_000);
  const key = callerRateKey(caller);
  const expiresAt = second + KEPT;
  const counted = () =>
    table.update(key, { set: { expiresAt }, add: { requests: 1 } }, [is('second', second), isBelow('requests', perSecond)]);
  const begun = () =>
    table.update(key, { set: { second, requests: 1, expiresAt } }, [either(isAbsent('second'), isBelow('second', second))]);
  // A request that loses the race for the first of a second is counted as one of the others.
  if ((await counted()) ?? (await begun()) ?? (await counted())) return;
  const until = new Date((second + 1) * 1_000).toISOString();
  const detail = `The caller ${caller} may make ${perSecond} requests in a second. The next second begins at ${until}. Nothing was stored or sent.`;
  throw new ProblemError('caller-rate-reached', detail, { retryAfter: 1, nextAllowedTime: until });
}
