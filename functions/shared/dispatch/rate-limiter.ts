import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../customsend/outcome.ts';
import type { Limits } from '../env/env.ts';
import { SLOT_LEASE } from '../job/deadlines.ts';
import { either, is, isAbsent, isAtLeast, isAtMost } from '../dynamodb/conditions.ts';
import { breakerKey, type Key, rateKey, slotKey } from '../dynamodb/keys.ts';
import type { Store } from '../job/context.ts';
import { type Admission, admissionOf, type BreakerItem, noteOutcome, returnTrial, takeTrial } from './circuit-breaker.ts';

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
const TURN_ATTEMPTS = 3;

/**
 * Takes the right to one call: the breaker lets it pass, one of the slots is free, and its turn by calls per second has come.
 * @param patience how long to wait for a slot or a turn, in milliseconds
 */
export async function takePermit(store: Store, limits: CallLimits, patience: number): Promise<Permit | Refusal> {
  const end = store.now() + patience;
  const holder = store.randomId();
  for (;;) {
    const { breaker, slots } = await readState(store, limits);
    const admission = admissionOf(breaker, store.now());
    if (admission.kind === 'open') return { until: admission.until + spread(store) };
    const slot = await takeSlot(store, slots, holder);
    if (slot !== undefined) return takeTurn(store, { limits, slot, holder, admission, breaker, end });
    if (store.now() + LOOK_AGAIN > end) return { until: store.now() + COME_BACK + spread(store) };
    await sleep(LOOK_AGAIN);
  }
}

async function readState(store: Store, { maxConcurrentCalls }: CallLimits) {
  const keys = Array.from({ length: maxConcurrentCalls }, (_, index) => slotKey(index));
  const items = await store.table.getMany<SlotItem | BreakerItem>([...keys, breakerKey]);
  const breaker = items.find((item): item is BreakerItem => item.sk === breakerKey.sk);
  const taken = new Map(items.filter((item): item is SlotItem => item.sk !== breakerKey.sk).map((item) => [item.pk, item.until ?? 0]));
  return { breaker, slots: keys.filter(({ pk }) => (taken.get(pk) ?? 0) <= store.now()) };
}

/** Takes one of the slots that looked free, beginning anywhere so that not all try the same. */
async function takeSlot(store: Store, free: readonly Key[], holder: string): Promise<Key | undefined> {
  const first = Math.floor(store.random() * free.length);
  for (let index = 0; index < free.length; index++) {
    const slot = free[(first + index) % free.length] as Key;
    const now = store.now();
    const set = { holder, until: now + SLOT_LEASE };
    if (await store.table.update(slot, { set }, [either(isAbsent('until'), isAtMost('until', now), is('holder', holder))])) return slot;
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

async function takeTurn(store: Store, taken: Taken): Promise<Permit | Refusal> {
  const { limits, slot, holder, admission, breaker, end } = taken;
  const trial = admission.kind === 'trial' ? await takeTrial(store, breaker) : undefined;
  const giveBack = async () => {
    if (trial !== undefined) await returnTrial(store, trial);
    await store.table.update(slot, { remove: ['holder', 'until'] }, [is('holder', holder)]);
  };
  const refused = admission.kind === 'trial' && trial === undefined;
  const turn = refused ? undefined : await reserveTurn(store, limits, end);
  if (turn === undefined) {
    await giveBack();
    return { until: store.now() + COME_BACK + spread(store) };
  }
  if (turn > store.now()) await sleep(turn - store.now());
  return {
    async end(outcome) {
      if (outcome) await noteOutcome(store, admission, outcome);
      await giveBack();
    },
  };
}

/** When this call may begin, by calls per second; `undefined` when that would be after `end`. Turns are spaced evenly. */
async function reserveTurn(store: Store, { callsPerSecond }: CallLimits, end: number): Promise<number | undefined> {
  if (callsPerSecond === null) return store.now();
  const interval = 1000 / callsPerSecond;
  for (let attempt = 0; attempt < TURN_ATTEMPTS; attempt++) {
    const now = store.now();
    const inLine = [isAtLeast('next', now), isAtMost('next', Math.max(now, end))];
    const behind = await store.table.update<{ next: number }>(rateKey, { add: { next: interval } }, inLine);
    if (behind) return behind.next - interval;
    const nobody = [either(isAbsent('next'), isAtMost('next', now))];
    if (await store.table.update(rateKey, { set: { next: now + interval } }, nobody)) return now;
  }
  return undefined;
}

function spread({ random }: Store): number {
  return Math.floor(random() * COME_BACK);
}
