import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../customsend/outcome.ts';
import { type Change, type Condition, either, is, isAbsent, isAtLeast, isAtMost, merge, unchanged } from '../dynamodb/conditions.ts';
import { type Key, limiterKey } from '../dynamodb/keys.ts';
import type { JobContext } from '../job/context.ts';
import { SLOT_LEASE } from '../job/deadlines.ts';
import type { Limits } from '../settings.ts';
import { type Admission, admissionOf, type BreakerState, breakerChange, claimProbe, openAfter, verdictOf } from './circuit-breaker.ts';

/** A provider's limits hold over all functions, so they are kept in the table. */
export type CallLimits = Pick<Limits, 'maxConcurrentCalls' | 'callsPerSecond'>;

/** The right to one call now. It must be given back with the outcome of the call, or with nothing if no call was made. */
export interface Permit {
  end(outcome?: Outcome): Promise<void>;
}

/** No call now: ask again at `until` (epoch milliseconds). */
export interface Refusal {
  until: number;
  reason: 'breaker' | 'slots' | 'rate';
}

/**
 * The item that all functions share: which call has which slot until when (`slot0`, `holder0`, ...), when the next call may begin (`next`), and the
 * breaker. One item, so that one read shows all of it and one write takes slot, rate reservation and probe together.
 */
export interface LimiterItem extends Key, BreakerState {
  next?: number;
  [slot: `slot${number}`]: number | undefined;
  [holder: `holder${number}`]: string | undefined;
}

/** Between two looks for a free slot (milliseconds). */
const LOOK_AGAIN = 100;
/** A call that found no slot comes back after this time, and up to as long again, so that not all come at once (milliseconds). */
const COME_BACK = 2_000;

/** A write loses against others this often before the call counts as one that found no slot. */
const RACES = 3;

/** Reads the limiter's state, consistently. */
export async function readLimiter({ table }: JobContext): Promise<LimiterItem | undefined> {
  return table.get<LimiterItem>(limiterKey);
}

/**
 * Takes the right to one call: the breaker admits it, a slot is free, and the rate has room for it.
 * @param wait how long to wait for a slot or for the rate, in milliseconds
 * @param seen the limiter's state as it was just read, which saves the first read
 */
export async function takePermit(
  context: JobContext,
  limits: CallLimits,
  wait: number,
  seen?: { limiter: LimiterItem | undefined },
): Promise<Permit | Refusal> {
  const end = context.now() + wait;
  const holder = context.randomId();
  let races = 0;
  for (let known = seen; ; known = undefined) {
    const item = (known ? known.limiter : await readLimiter(context)) ?? { ...limiterKey };
    const decision = decidePermit(item, limits, holder, end, context);
    if (decision.kind === 'take') {
      const taken =
        (await context.table.update<LimiterItem>(limiterKey, decision.change, decision.conditions)) ??
        (await heldBy(context, holder, decision));
      if (taken) return begin(context, decision, taken, holder);
      races += 1;
    } else if (decision.reason !== 'slots') return { until: decision.until + spread(context), reason: decision.reason };
    const late = context.now() + LOOK_AGAIN > end;
    if (late && (decision.kind === 'wait' || races >= RACES))
      return { until: context.now() + COME_BACK + spread(context), reason: 'slots' };
    // A lost race is run again at once: what was read is merely out of date.
    if (decision.kind === 'wait') await sleep(LOOK_AGAIN);
  }
}

/** Waits until the reserved moment has come. */
async function begin(context: JobContext, decision: Take, taken: LimiterItem, holder: string): Promise<Permit> {
  const at = decision.interval === undefined ? 0 : (taken.next ?? 0) - decision.interval;
  if (at > context.now()) await sleep(at - context.now());
  return permitOf(context, decision, holder);
}

interface Take {
  kind: 'take';
  change: Change;
  conditions: Condition[];
  slot: number;
  /** Between two calls, in milliseconds; the call begins this long before the `next` that was written. Without it, at once. */
  interval?: number;
  admission: Exclude<Admission, { kind: 'open' }>;
}

type PermitDecision = Take | { kind: 'wait'; reason: 'slots' } | { kind: 'wait'; reason: 'breaker' | 'rate'; until: number };

/** Decides what one write must take, from the state as it was read. */
function decidePermit(item: LimiterItem, limits: CallLimits, holder: string, end: number, { now, random }: JobContext): PermitDecision {
  const at = now();
  const admission = admissionOf(item, at);
  if (admission.kind === 'open') return { kind: 'wait', reason: 'breaker', until: admission.until };
  const free = Array.from({ length: limits.maxConcurrentCalls }, (_, index) => index).filter((index) => (item[`slot${index}`] ?? 0) <= at);
  // Beginning anywhere, so that not all try the same slot.
  const slot = free[Math.floor(random() * free.length)];
  if (slot === undefined) return { kind: 'wait', reason: 'slots' };
  const rate = reserveRate(item, limits, at, end);
  if (!rate) return { kind: 'wait', reason: 'rate', until: at + COME_BACK };
  const probe = admission.kind === 'half-open' ? claimProbe(at) : {};
  const conditions = [unchanged(`slot${slot}`, item[`slot${slot}`]), ...rate.conditions];
  if (admission.kind === 'half-open') conditions.push(unchanged('openUntil', admission.seen));
  const change = merge({ set: { [`slot${slot}`]: at + SLOT_LEASE, [`holder${slot}`]: holder, ...probe } }, rate.change);
  return { kind: 'take', change, conditions, slot, ...(rate.interval !== undefined && { interval: rate.interval }), admission };
}

interface RateReservation {
  change: Change;
  conditions: Condition[];
  interval?: number;
}

/** The write that reserves the next moment of the rate; `undefined` when the call could begin only after `end`. Calls are spaced evenly. */
function reserveRate({ next = 0 }: LimiterItem, { callsPerSecond }: CallLimits, now: number, end: number): RateReservation | undefined {
  if (callsPerSecond === null) return { change: {}, conditions: [] };
  const interval = 1000 / callsPerSecond;
  if (next <= now)
    return { change: { set: { next: now + interval } }, conditions: [either(isAbsent('next'), isAtMost('next', now))], interval };
  if (next > end) return undefined;
  return { change: { add: { next: interval } }, conditions: [isAtLeast('next', now), isAtMost('next', end)], interval };
}

/** The answer to the write may have been lost: the holder says whose slot it is. */
async function heldBy(context: JobContext, holder: string, { slot }: Take): Promise<LimiterItem | undefined> {
  const item = await readLimiter(context);
  return item?.[`holder${slot}`] === holder ? item : undefined;
}

function permitOf(context: JobContext, { slot, admission }: Take, holder: string): Permit {
  return {
    async end(outcome) {
      const { table, now } = context;
      const verdict = verdictOf(outcome);
      const breaker = breakerChange(verdict, admission, now());
      const change = merge({ remove: [`slot${slot}`, `holder${slot}`] }, breaker);
      let written = await table.update<LimiterItem>(limiterKey, change, [is(`holder${slot}`, holder)]);
      // The slot's lease has run out and another has it: the breaker still hears of the call.
      if (!written && verdict !== 'nothing' && Object.keys(breaker).length > 0) written = await table.update(limiterKey, breaker, []);
      const opens = verdict === 'failed' && written ? openAfter(written, admission, now()) : undefined;
      if (opens) await table.update(limiterKey, opens, [is('failures', written?.failures ?? 0)]);
    },
  };
}

function spread({ random }: JobContext): number {
  return Math.floor(random() * COME_BACK);
}
