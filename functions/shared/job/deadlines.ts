/**
 * Deadlines, in milliseconds. They nest, and a test asserts it: a call ends before its function, a function before the
 * gateway and before the lease of the batch that it holds.
 */
export const GATEWAY_TIMEOUT = 29_000;
export const API_FUNCTION_TIMEOUT = 28_000;
/** The longest time-out of a function that may hold a claim. */
export const LONGEST_FUNCTION_TIMEOUT = 60_000;
/** From the claim to the moment when the sweep may call the batch unknown (it grants 30 s more). */
export const LEASE = 90_000;
/** From the claim to the last moment at which the first byte may leave. */
export const SEND_BY = 5_000;
/** From the end of a lease until its batch is called unknown: leaves room for clocks that differ. */
export const LEASE_GRACE = 30_000;
/** How long a slot of the limiter is taken: longer than waiting for the rate, the claim and the call together. */
export const SLOT_LEASE = 90_000;
/** From the claim until a person may settle the batch: then no function can still be at it. */
export const SETTLE_AFTER = LONGEST_FUNCTION_TIMEOUT + 60_000;
/** How long a request has the creation of a job to itself. Longer than any function that creates jobs can run. */
export const CREATING = 30_000;
/** A job that was not sealed for this long is never created: its caller has long given up. */
export const NEVER_CREATED_AFTER = 24 * 3_600_000;
/** The sweep leaves a new job alone this long: the request that created it is sending it. */
export const SWEEP_AFTER = 60_000;
/** How late a job may go out unless its caller says otherwise. */
export const DEFAULT_VALID_FOR = 3_600_000;
/** How far ahead a job may be scheduled. */
export const HORIZON = 366 * 24 * 3_600_000;
/** The sweep makes a job due that is not due this long after its time. */
export const FIRE_LATE = 120_000;
/** A SendTime that comes sooner after a call would be "now" to the provider (provider.md): no call begins later than this before it. */
export const PROVIDER_LEAD = 120_000 + SEND_BY;
/** What a new request with a SendTime has left beside that lead, to be batched, queued and called. */
export const PROVIDER_MARGIN = 60_000;

const DAY = 24 * 3_600_000;

/** When an item of a job that was due at `due` may be deleted: epoch seconds, as DynamoDB's TTL wants it. */
export function expiryOf(due: number, retentionDays: number): number {
  return Math.ceil((due + retentionDays * DAY) / 1000);
}
