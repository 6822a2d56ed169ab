import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../customsend/outcome.ts';
import { either, is, isAbsent, isAtLeast, isAtMost } from '../dynamodb/conditions.ts';
import { breakerKey, type Key, rateKey, slotKey } from '../dynamodb/keys.ts';
import type { JobContext } from '../job/context.ts';
import { SLOT_LEASE } from '../job/deadlines.ts';
import type { Limits } from '../settings.ts';
import { type Admission, admissionOf, type BreakerItem, noteOutcome, returnProbe, takeProbe } from './circuit-breaker.ts';

/** A provider's limits hold over all functions, so they are kept in the table and taken before a batch is claimed. */
export type CallLimits = Pick<Limits, 'maxConcurrentCalls' | 'callsPerSecond'>;

/** The right to one call now. It must be given back with what the call led to, or with nothing if it was not made. */
export interface Permit {
  end(outcome?: Outcome): Promise<void>;
}

/** No call now: ask again at `until` (epoch milliseconds). */
export interface Refusal {
  until: number;
}

interface SlotItem extends Key {
  holder?: string;
  until?: number;
}

/** Between two looks for a free slot (milliseconds). */
const LOOK_AGAIN = 100;
/** Who found no slot comes back after so long, and up to as long again, so that not all come at once. */
const COME_BACK = 2_000;
/** The line may form or end between the two questions that a turn takes. */
const RATE_ATTEMPTS = 3;

/**
 * Takes the right to one call: the breaker lets it pass, one of the slots is free, and its turn by calls per second has come.
 * @param budget how long to wait for a slot or a turn, in milliseconds
 */
export async function takePermit(context: JobContext, limits: CallLimits, budget: number): Promise<Permit | Refusal> {
  const end = context.now() + budget;
  const holder = context.randomId();
  for (;;) {
    const { breaker, slots } = await readState(context, limits);
    const admission = admissionOf(breaker, context.now());
    if (admission.kind === 'open') return { until: admission.until + spread(context) };
    const slot = await takeSlot(context, slots, holder);
    if (slot !== undefined) return takeRate(context, { limits, slot, holder, admission, breaker, end });
    if (context.now() + LOOK_AGAIN > end) return { until: context.now() + COME_BACK + spread(context) };
    await sleep(LOOK_AGAIN);
  }
}

async function readState(context: JobContext, { maxConcurrentCalls }: CallLimits) {
  const keys = Array.from({ length: maxConcurrentCalls }, (_, index) => slotKey(index));
  const items = await context.table.getMany<SlotItem | BreakerItem>([...keys, breakerKey]);
  const breaker = items.find((item): item is BreakerItem => item.sk === breakerKey.sk);
  const taken = new Map(items.filter((item): item is SlotItem => item.sk !== breakerKey.sk).map((item) => [item.pk, item.until ?? 0]));
  return { breaker, slots: keys.filter(({ pk }) => (taken.get(pk) ?? 0) <= context.now()) };
}

/** Takes one of the slots that looked free, beginning anywhere so that not all try the same. */
async function takeSlot(context: JobContext, free: readonly Key[], holder: string): Promise<Key | undefined> {
  const first = Math.floor(context.random() * free.length);
  for (let index = 0; index < free.length; index++) {
    const slot = free[(first + index) % free.length] as Key;
    const now = context.now();
    const set = { holder, until: now + SLOT_LEASE };
    if (await context.table.update(slot, { set }, [either(isAbsent('until'), isAtMost('until', now), is('holder', holder))])) return slot;
  }
  return undefined;
}

interface Taken {
  limits: CallLimits;
  slot: Key;
  holder: string;
  admission: Exclude<Admission, { kind: 'open' }>;
  breaker: BreakerItem | undefined;
  end: number;
}

async function takeRate(context: JobContext, taken: Taken): Promise<Permit | Refusal> {
  const { limits, slot, holder, admission, breaker, end } = taken;
  const probe = admission.kind === 'half-open' ? await takeProbe(context, breaker) : undefined;
  const giveBack = async () => {
    if (probe !== undefined) await returnProbe(context, probe);
    await context.table.update(slot, { remove: ['holder', 'until'] }, [is('holder', holder)]);
  };
  const refused = admission.kind === 'half-open' && probe === undefined;
  const turn = refused ? undefined : await reserveRate(context, limits, end);
  if (turn === undefined) {
    await giveBack();
    return { until: context.now() + COME_BACK + spread(context) };
  }
  if (turn > context.now()) await sleep(turn - context.now());
  return {
    async end(outcome) {
      if (outcome) await noteOutcome(context, admission, outcome);
      await giveBack();
    },
  };
}

/** When this call may begin, by calls per second; `undefined` when that would be after `end`. Steps are spaced evenly. */
async function reserveRate(context: JobContext, { callsPerSecond }: CallLimits, end: number): Promise<number | undefined> {
  if (callsPerSecond === null) return context.now();
  const interval = 1000 / callsPerSecond;
  for (let attempt = 0; attempt < RATE_ATTEMPTS; attempt++) {
    const now = context.now();
    const inLine = [isAtLeast('next', now), isAtMost('next', Math.max(now, end))];
    const behind = await context.table.update<{ next: number }>(rateKey, { add: { next: interval } }, inLine);
    if (behind) return behind.next - interval;
    const nobody = [either(isAbsent('next'), isAtMost('next', now))];
    if (await context.table.update(rateKey, { set: { next: now + interval } }, nobody)) return now;
  }
  return undefined;
}

function spread({ random }: JobContext): number {
  return Math.floor(random() * COME_BACK);
}
