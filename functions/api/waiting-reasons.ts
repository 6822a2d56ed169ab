import { admissionOf } from '../shared/dispatch/circuit-breaker.ts';
import type { LimiterItem } from '../shared/dispatch/rate-limiter.ts';
import { type Key, limiterKey, switchKey } from '../shared/dynamodb/keys.ts';
import type { BatchItem, WaitingBatch } from '../shared/job/batch-item.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import type { Switch } from '../shared/job/switches.ts';
import { nextAllowed } from '../shared/quiet-hours/quiet-hours.ts';
import type { Api } from './api-deps.ts';

export const WAITING_CODES = ['scheduled', 'paused', 'quiet-hours', 'breaker-open', 'not-sent', 'no-free-slot', 'queued'] as const;

/** Why a batch waits, as far as it can be told now. */
export interface WaitingReason {
  code: (typeof WAITING_CODES)[number];
  detail: string;
  /** Epoch milliseconds, where it is known when this ends. */
  until?: number | undefined;
}

type Reader = Pick<Api, 'context' | 'callLimits'>;

/** Reads what all batches of a job wait for, if any waits. Nothing is written for it: it follows from the switches, the limiter and the clock. */
export async function readWaitingReasons(
  { context, callLimits }: Reader,
  job: JobItem,
  batches: readonly BatchItem[],
): Promise<(batch: BatchItem) => WaitingReason | undefined> {
  if (!batches.some(({ state }) => state === 'waiting')) return () => undefined;
  const keys = [switchKey('all'), switchKey(`caller#${job.caller}`), limiterKey];
  const items = await context.table.getMany<Key & Partial<Switch>>(keys);
  const limiter = items.find(({ sk }) => sk === limiterKey.sk) as LimiterItem | undefined;
  const paused = items.find((item) => item.paused === true);
  const now = context.now();
  const ofAll = paused ? pausedBy(paused) : (heldByClock(job, callLimits, now) ?? heldByBreaker(limiter, now));
  return (batch) => (batch.state === 'waiting' ? (scheduled(job) ?? ofAll ?? ofBatch(batch, limiter, callLimits, now)) : undefined);
}

function scheduled(job: JobItem): WaitingReason | undefined {
  if (job.status !== 'scheduled') return undefined;
  return { code: 'scheduled', detail: 'Its sendTime is to come.', until: job.sendTime };
}

function pausedBy({ by, why }: Partial<Switch>): WaitingReason {
  return { code: 'paused', detail: `Dispatching was stopped by ${by}${why === undefined ? '.' : `: ${why}`}` };
}

function heldByClock({ smsType }: JobItem, { quietHours }: Reader['callLimits'], now: number): WaitingReason | undefined {
  const until = nextAllowed(quietHours, smsType, now);
  return until === now ? undefined : { code: 'quiet-hours', detail: 'Messages of this type are not sent in quiet hours.', until };
}

function heldByBreaker(limiter: LimiterItem | undefined, now: number): WaitingReason | undefined {
  const admission = limiter && admissionOf(limiter, now);
  if (admission?.kind !== 'open') return undefined;
  const detail = `The last ${limiter?.failures} calls were unknown or not sent: one is tried at growing intervals.`;
  return { code: 'breaker-open', detail, until: admission.until };
}

function ofBatch(batch: WaitingBatch, limiter: LimiterItem | undefined, limits: Reader['callLimits'], now: number): WaitingReason {
  const { notBefore, reason, notSent } = batch;
  if (notSent !== undefined && reason !== undefined)
    return { code: 'not-sent', detail: `The last attempt was not sent: ${reason}`, until: notBefore };
  if (slotsInUse(limiter, limits, now) === limits.maxConcurrentCalls) {
    return { code: 'no-free-slot', detail: `All ${limits.maxConcurrentCalls} calls that the provider may get at once are open.` };
  }
  return { code: 'queued', detail: 'Other calls go first.', until: notBefore };
}

/** How many calls are open, or count as open until their lease ends. */
export function slotsInUse(
  limiter: LimiterItem | undefined,
  { maxConcurrentCalls }: Pick<Reader['callLimits'], 'maxConcurrentCalls'>,
  now: number,
): number {
  return Array.from({ length: maxConcurrentCalls }, (_, index) => limiter?.[`slot${index}`] ?? 0).filter((until) => until > now).length;
}
