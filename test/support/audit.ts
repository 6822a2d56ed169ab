import { expect } from 'vitest';
import type { ReceivedCall } from '../../functions/shared/asmx-server/http-exchange.ts';
import { batchKey, jobKey, payloadKey } from '../../functions/shared/dynamodb/keys.ts';
import { EVENT_OF } from '../../functions/shared/event/event-names.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import type { JobContext } from '../../functions/shared/job/context.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { getPayload } from '../../functions/shared/job/payload.ts';
import { BATCH_TRANSITIONS, type BatchState, countRecipients, isFinal, statusOf } from '../../functions/shared/job/states.ts';
import type { TimelineEntry } from '../../functions/shared/job/timeline.ts';
import { phonesOf } from '../../functions/shared/message/message.ts';
import type { ScriptedBus } from './bus.ts';
import type { ScriptedProvider } from './provider.ts';
import { tryOf } from './worker-client.ts';

/** A batch as the table has it, and the tries in which the provider's ledger holds it. */
export interface Booked {
  item: BatchItem;
  phones: readonly string[];
  sentIn: number[];
}

/** A job held against the provider's ledger. */
export interface Audit {
  job: JobItem;
  batches: Booked[];
}

/** Reads a job's audit; `undefined` when it is not sealed. */
export async function readAudit(context: JobContext, { ledger }: ScriptedProvider, jobId: string): Promise<Audit | undefined> {
  const read = await readJob(context, jobId);
  if (!read) return undefined;
  const batches = read.batches.map(async (item) => {
    const phones = phonesOf(await getPayload(context, read.job, item.batch));
    return { item, phones, sentIn: triesOf(ledger, phones) };
  });
  return { job: read.job, batches: await Promise.all(batches) };
}

/** The tries of the calls to exactly these phones, in order. */
export function triesOf(calls: readonly ReceivedCall[], phones: readonly string[]): number[] {
  const text = phones.map((phone) => `${phone};`).join('');
  return calls.filter(({ Phones }) => Phones === text).map(({ Token }) => tryOf(Token));
}

/** What each entry of a batch's timeline says that it became. */
const BECAME: Record<string, BatchState> = {
  waiting: 'waiting',
  'not sent': 'waiting',
  paused: 'waiting',
  'settled: resend': 'waiting',
  sending: 'sending',
  accepted: 'accepted',
  'settled: accepted': 'accepted',
  rejected: 'rejected',
  'settled: rejected': 'rejected',
  unknown: 'unknown',
  cancelled: 'cancelled',
  expired: 'expired',
};

/** The states that a batch went through, by its timeline; every step must be a legal one, or the call's own reason for `unknown` after the sweep's. */
function expectLegalPath(timeline: readonly TimelineEntry[]): BatchState[] {
  const about = JSON.stringify(timeline);
  const path = timeline.map(({ event }) => BECAME[event] as BatchState);
  for (const [index, state] of path.entries()) {
    expect(state, about).toBeDefined();
    const before = path[index - 1];
    if (before && !(before === 'unknown' && state === 'unknown')) expect(BATCH_TRANSITIONS[before], about).toContain(state);
  }
  return path;
}

/**
 * What must hold of a batch at any moment: the ledger has it at most once per try; what is reported of a try agrees with the ledger,
 * a person's decision excepted; and the timeline explains the state.
 */
export function expectBatchTrue({ item, sentIn }: Booked): void {
  const { state, settlement, timeline } = item;
  const about = JSON.stringify({ item, sentIn });
  expect(new Set(sentIn).size, about).toBe(sentIn.length);
  expect(Math.max(0, ...sentIn), about).toBeLessThanOrEqual(item.try);
  expect(expectLegalPath(timeline).at(-1), about).toBe(state);
  if (settlement?.try === item.try) expect(state, about).toBe(settlement.as);
  else if (state === 'accepted') expect(sentIn, about).toContain(item.try);
  else if (state !== 'unknown' && state !== 'sending') expect(sentIn, about).not.toContain(item.try);
  if (item.lateAnswer) expect(item.lateAnswer.try, about).toBeLessThanOrEqual(settlement?.try ?? 0);
}

/** The status that each event tells of. */
const STATUS_OF = new Map<string, string>(Object.entries(EVENT_OF).map(([status, name]) => [name, status]));

/**
 * What must hold when a job has come to rest: the bus has an event for each thing that became of it, and the last says how it stands. One
 * that came twice is the same both times.
 */
export function expectTold({ job }: Audit, bus: Pick<ScriptedBus, 'details'>): void {
  const details = bus.details().filter(({ jobId }) => jobId === job.jobId);
  const byRevision = new Map(details.map((detail) => [detail.revision as number, detail]));
  for (const detail of details) expect(detail).toEqual(byRevision.get(detail.revision as number));
  const told = [...byRevision.values()].sort((one, other) => Number(one.revision) - Number(other.revision));
  const statuses = told.map(({ name }) => STATUS_OF.get(name));
  // A job that stays in need of attention is told of again when more of it is unknown.
  const changes = statuses.filter((status, index) => index === 0 || status !== statuses[index - 1]);
  const became = job.timeline.map(({ event }) => event).filter((event) => event in EVENT_OF);
  expect(changes).toEqual(became);
  for (const detail of told) expect(detail).toMatchObject({ version: 1, caller: job.caller, idempotencyKey: job.key });
  if (isFinal(job.status) && job.status !== 'refused') expect(told.at(-1)?.counts).toEqual(job.counts);
}

/** What must hold when a job has come to rest: it is over or waits for a person, its counts are those of its batches, no recipient is missing. */
export async function expectAuditClean(context: JobContext, { job, batches }: Audit, recipients: readonly string[]): Promise<void> {
  for (const batch of batches) expectBatchTrue(batch);
  const items = batches.map(({ item }) => item);
  expect(items.filter(({ state }) => state === 'waiting' || state === 'sending')).toEqual([]);
  expect(items.map(({ batch }) => batch)).toEqual(Array.from({ length: job.batchCount }, (_, index) => index + 1));
  expect(batches.flatMap(({ phones }) => phones)).toEqual(recipients);
  expect(job.counts).toEqual(countRecipients(items));
  expect(job.status).toBe(items.length > 0 ? statusOf('queued', items) : 'refused');
  expect(isFinal(job.status)).toBe(job.openShard === undefined);
  expect(job.outbox).toBeUndefined();
  const keys = [jobKey(job.jobId), ...items.flatMap(({ batch }) => [batchKey(job.jobId, batch), payloadKey(job.jobId, batch)])];
  for (const { expiresAt } of await context.table.getMany<JobItem>(keys)) expect(expiresAt * 1000).toBeGreaterThan(context.now());
}
