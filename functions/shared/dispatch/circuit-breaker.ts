import type { Outcome } from '../customsend/outcome.ts';
import type { Change } from '../dynamodb/conditions.ts';
import { SLOT_LEASE } from '../job/deadlines.ts';

/** Calls in a row that were unknown or not sent, after which the breaker opens. */
const FAILURES = 3;
/** An open breaker lets one call through after this time, and after twice as long each time that this call fails too (milliseconds). */
const FIRST_INTERVAL = 5_000;
/**
 * So that what waits is sent within two minutes of the provider's return: this time, a call of 20 s that began just before the return and still
 * failed, and the sending itself. It costs one unknown batch in 80 s while the provider takes calls and is silent.
 */
const LONGEST_INTERVAL = 60_000;
/** While a probe is under way, others ask again after this time: most calls have ended by then (milliseconds). */
const PROBE_DURATION = 10_000;

/** The breaker's part of the limiter's item. It is open while `failures` has reached its bound and `openUntil` lies ahead. */
export interface BreakerState {
  failures?: number;
  openUntil?: number;
  interval?: number;
  /** A probe is under way: `openUntil` is when its lease ends. */
  probing?: boolean;
}

/** What the breaker says to a call: it may begin, as the half-open breaker's probe, or not before `until`. */
export type Admission =
  | { kind: 'closed'; failures: number }
  | { kind: 'half-open'; interval: number; seen: number | undefined }
  | { kind: 'open'; until: number };

/** Reads an admission off the breaker's state. A probe must still be claimed, by `claimProbe`. */
export function admissionOf({ failures = 0, openUntil, interval = FIRST_INTERVAL, probing = false }: BreakerState, now: number): Admission {
  if (failures < FAILURES) return { kind: 'closed', failures };
  if ((openUntil ?? 0) <= now) return { kind: 'half-open', interval, seen: openUntil };
  return { kind: 'open', until: probing ? Math.min(openUntil ?? 0, now + PROBE_DURATION) : (openUntil ?? 0) };
}

/** Claims the probe of a half-open breaker. Another one follows when its lease ends. */
export function claimProbe(now: number): { openUntil: number; probing: true } {
  return { openUntil: now + SLOT_LEASE, probing: true };
}

/** What the end of a call means for the breaker. */
export type BreakerVerdict = 'nothing' | 'failed' | 'well';

/** A call that did not begin for a reason on this side says nothing about the provider. */
export function verdictOf(outcome: Outcome | undefined): BreakerVerdict {
  if (!outcome) return 'nothing';
  const { code, kind } = outcome;
  if (code === 'too-late' || code === 'signing-failed' || code === 'reader-not-loaded' || code === 'cannot-be-encoded') return 'nothing';
  return kind === 'unknown' || kind === 'not-sent' ? 'failed' : 'well';
}

/** What the end of a call changes in the breaker's state, if anything. A failure is only counted here; see `openAfter`. */
export function breakerChange(verdict: BreakerVerdict, admission: Exclude<Admission, { kind: 'open' }>, now: number): Change {
  switch (verdict) {
    case 'failed':
      return { add: { failures: 1 } };
    case 'well':
      if (admission.kind === 'closed' && admission.failures === 0) return {};
      return { set: { failures: 0 }, remove: ['openUntil', 'interval', 'probing'] };
    case 'nothing':
      return admission.kind === 'half-open' ? { set: { openUntil: now }, remove: ['probing'] } : {};
  }
}

/** What opens the breaker after a failure was counted; `undefined` while it stays closed, or is open already. */
export function openAfter(counted: BreakerState, admission: Exclude<Admission, { kind: 'open' }>, now: number): Change | undefined {
  if ((counted.failures ?? 0) < FAILURES) return undefined;
  if (admission.kind === 'closed' && counted.openUntil !== undefined) return undefined;
  const interval = admission.kind === 'half-open' ? Math.min(LONGEST_INTERVAL, admission.interval * 2) : FIRST_INTERVAL;
  return { set: { interval, openUntil: now + interval }, remove: ['probing'] };
}
