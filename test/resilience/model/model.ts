import { expect } from 'vitest';
import type { BatchItem } from '../../../functions/shared/job/batch-item.ts';
import { SEND_BY } from '../../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../../functions/shared/job/job-item.ts';
import { readJob } from '../../../functions/shared/job/job-table.ts';
import { countRecipients, isFinal } from '../../../functions/shared/job/states.ts';
import { expectBatchTrue, triesOf } from '../../support/audit.ts';
import { onlyJob } from '../../support/crash.ts';
import type { TestQueue } from '../../support/queue.ts';
import type { TestSystem } from '../../support/system.ts';

/** A worker that stalls: somewhere between its first request and its last. */
export interface Stalled {
  /** Its call has left it, and has not come to the provider. */
  inTheNet: boolean;
  /** What it works on, if it dispatches. */
  attempt?: { batch: number; try: number };
  /** Lets it go on. @returns once it has ended */
  resume(): Promise<void>;
}

/** The real thing: a system, the messages that workers hold, and the workers that stall. */
export interface Real {
  system: TestSystem;
  /** Dispatch messages that were received, and that the queue still holds. */
  inbox: Awaited<ReturnType<TestQueue['receive']>>;
  stalled: Stalled[];
}

/** What is known without asking the system. */
export interface Model {
  recipients: readonly string[];
  paused: boolean;
  /** Decisions by `batch.try`: what a person said, and whether the ledger said the same and could not change any more. */
  decisions: Map<string, { as: string; truthful: boolean }>;
  /** The job and its batches when they were last looked at. */
  seen: { job: JobItem; batches: BatchItem[] } | undefined;
}

/** The phones of a batch: two each, in order. */
export const phonesOfBatch = ({ recipients }: Pick<Model, 'recipients'>, batch: number) => recipients.slice(2 * batch - 2, 2 * batch);

/** Lets a stalled worker go on. When its claim is older than the time for the first byte, it must not call any more. */
export async function resumeStalled({ seen }: Model, { system }: Real, { attempt, inTheNet, resume }: Stalled): Promise<void> {
  const { provider, rest } = system;
  const batch = seen?.batches.find((item) => item.batch === attempt?.batch && item.try === attempt.try);
  const claimed = batch?.state === 'sending' || batch?.state === 'unknown';
  const tooLate = claimed && !inTheNet && rest.context.now() > (batch.claimAt ?? 0) + SEND_BY;
  const calls = provider.calls.length;
  await resume();
  if (tooLate) expect(provider.calls.length, 'calls after the time for the first byte').toBe(calls);
}

/** Looks at the job and holds it against what was seen before and against the ledger. */
export async function look(model: Model, { system }: Real): Promise<void> {
  const { rest, provider } = system;
  const jobId = model.seen?.job.jobId ?? (await onlyJob(system));
  const now = jobId === undefined ? undefined : await readJob(rest.context, jobId);
  if (!now) return void expect(provider.calls).toEqual([]);
  for (const item of now.batches) {
    const phones = phonesOfBatch(model, item.batch);
    expectBatchTrue({ item, phones, sentIn: triesOf(provider.ledger, phones) });
    expectDecisions(model, item, triesOf(provider.ledger, phones));
    const binding = provider.calls.filter((_call, index) => typeof provider.scenarios[index]?.answer !== 'object');
    const tries = triesOf(binding, phones);
    expect(new Set(tries).size, `calls of batch ${item.batch}`).toBe(tries.length);
  }
  expect(countRecipients(now.batches).total).toBe(model.recipients.length);
  const { total, ...parts } = now.job.counts;
  expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
  if (model.seen) expectHistoryKept(model.seen, now);
  model.seen = now;
}

/** A person's decision stands, and where it was the truth it still is. */
function expectDecisions({ decisions }: Model, item: BatchItem, sentIn: readonly number[]): void {
  const decision = decisions.get(`${item.batch}.${item.try}`);
  if (!decision || item.settlement?.try !== item.try) return;
  expect(item.state).toBe(decision.as);
  if (decision.truthful) expect(sentIn.includes(item.try)).toBe(item.state === 'accepted');
}

/** Nothing that was written is taken back: histories only grow, revisions and tries only rise, what is final stays. */
function expectHistoryKept(before: NonNullable<Model['seen']>, now: NonNullable<Model['seen']>): void {
  expect(now.job.rev).toBeGreaterThanOrEqual(before.job.rev);
  if (isFinal(before.job.status)) expect(now.job.status).toBe(before.job.status);
  for (const [index, batch] of before.batches.entries()) {
    const later = now.batches[index] as BatchItem;
    expect(later.try).toBeGreaterThanOrEqual(batch.try);
    if (later.timeline.length < 30) expect(later.timeline.slice(0, batch.timeline.length)).toEqual(batch.timeline);
    if (batch.settlement && later.settlement?.try === batch.settlement.try) expect(later.settlement).toEqual(batch.settlement);
  }
}
