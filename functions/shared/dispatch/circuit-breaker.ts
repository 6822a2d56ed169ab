import type { Outcome } from '../customsend/outcome.ts';
import { is, isAbsent } from '../dynamodb/conditions.ts';
import { breakerKey, type Key } from '../dynamodb/keys.ts';
import type { JobContext } from '../job/context.ts';
import { SLOT_LEASE } from '../job/deadlines.ts';

/** So many calls in a row that were unknown or not sent stop all calling. */
const FAILURES = 3;
/** Then one batch is tried after so many milliseconds, and after twice as many each time that it fails too. */
const FIRST_INTERVAL = 5_000;
const LONGEST_INTERVAL = 300_000;
/** Who asks while one is tried comes back after so many milliseconds: the call will have ended by then, for most of what a call may take. */
const PROBE_DURATION = 10_000;

/** The breaker's item. It is open (nobody calls) while `failures` has reached its bound and `openUntil` lies ahead. */
export interface BreakerItem extends Key {
  failures: number;
  openUntil?: number;
  interval?: number;
  /** One is being tried: `openUntil` is when its lease ends. */
  probe?: boolean;
}

/** What the breaker says to a call: it may begin, as a trial when it was open, or not before `until`. */
export type Admission = { kind: 'closed'; failures: number } | { kind: 'half-open'; interval: number } | { kind: 'open'; until: number };

/** Reads an admission off the item. Pure; a trial must still be taken with `takeProbe`. */
export function admissionOf(item: BreakerItem | undefined, now: number): Admission {
  const { failures = 0, openUntil = 0, interval = FIRST_INTERVAL, probe = false } = item ?? {};
  if (failures < FAILURES) return { kind: 'closed', failures };
  if (openUntil <= now) return { kind: 'half-open', interval };
  return { kind: 'open', until: probe ? Math.min(openUntil, now + PROBE_DURATION) : openUntil };
}

/**
 * Takes the one trial of an open breaker. Should its deps die, another comes when its lease ends.
 * @returns until when it is taken, by which it can be given back; `undefined` when somebody else has it
 */
export async function takeProbe(context: JobContext, seen: BreakerItem | undefined): Promise<number | undefined> {
  const openUntil = context.now() + SLOT_LEASE;
  const unchanged = seen?.openUntil === undefined ? isAbsent('openUntil') : is('openUntil', seen.openUntil);
  const taken = await context.table.update(breakerKey, { set: { openUntil, probe: true } }, [unchanged]);
  return taken === undefined ? undefined : openUntil;
}

/** Gives a trial back that came to no call, so that the next batch may be it. */
export async function returnProbe(context: JobContext, taken: number): Promise<void> {
  await context.table.update(breakerKey, { set: { openUntil: context.now() }, remove: ['probe'] }, [is('openUntil', taken)]);
}

/** Tells the breaker how a call ended. A good one is written only where there is something to clear. */
export async function noteOutcome(context: JobContext, admission: Exclude<Admission, { kind: 'open' }>, outcome: Outcome): Promise<void> {
  if (saysNothing(outcome)) return;
  if (isFailure(outcome)) return noteFailure(context, admission);
  if (admission.kind === 'closed' && admission.failures === 0) return;
  await context.table.update(breakerKey, { set: { failures: 0 }, remove: ['openUntil', 'interval', 'probe'] }, []);
}

async function noteFailure(context: JobContext, admission: Exclude<Admission, { kind: 'open' }>): Promise<void> {
  const noted = await context.table.update<BreakerItem>(breakerKey, { add: { failures: 1 } }, []);
  if (!noted || noted.failures < FAILURES) return;
  if (admission.kind === 'closed' && noted.openUntil !== undefined) return;
  const interval = admission.kind === 'half-open' ? Math.min(LONGEST_INTERVAL, admission.interval * 2) : FIRST_INTERVAL;
  const change = { set: { interval, openUntil: context.now() + interval }, remove: ['probe'] };
  await context.table.update(breakerKey, change, [is('failures', noted.failures)]);
}

/** A call that did not begin for a reason of our own tells nothing about the provider, neither that it is well. */
function saysNothing({ code }: Outcome): boolean {
  return code === 'too-late' || code === 'signing-failed' || code === 'reader-not-loaded' || code === 'cannot-be-encoded';
}

function isFailure({ kind }: Outcome): boolean {
  return kind === 'unknown' || kind === 'not-sent';
}
