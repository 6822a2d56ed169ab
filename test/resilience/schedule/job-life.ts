import { ValidationException } from '@aws-sdk/client-scheduler';
import { expect } from 'vitest';
import { checkDue } from '../../../functions/events/check-due.ts';
import { CREATING } from '../../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../../functions/shared/job/job-item.ts';
import { type JobWithBatches, readJob } from '../../../functions/shared/job/job-table.ts';
import { isFinal } from '../../../functions/shared/job/states.ts';
import { ProblemError } from '../../../functions/shared/problem/problem.ts';
import { expectAuditClean, readAudit } from '../../support/audit.ts';
import { randoms } from '../faults/rng.ts';
import type { Engines } from './engines.ts';
import { type Harness, startHarness } from './harness.ts';
import { type LifeStatistics, RandomActions, recipients } from './random-actions.ts';
import { Steps } from './steps.ts';

const DAY = 24 * 60 * 60_000;
/** More rounds than any life needs to come to its end. */
const MOST_ROUNDS = 300;

/** One job from its acceptance to its end, while everything happens to it that can, in an order that follows from the seed. */
export async function live(engines: Engines, seed: number): Promise<LifeStatistics> {
  const random = randoms('schedule', seed);
  const targetThere = random() < 0.85;
  const steps = new Steps(random);
  const harness = await startHarness(engines, steps, targetThere);
  const actions = new RandomActions(harness, steps, random);
  try {
    await actions.run();
    for (const error of steps.failures) expectExcuse(error);
    return await judge(engines, harness, actions);
  } catch (error) {
    throw new Error(`Seed ${seed}: ${actions.story.join(', ')}`, { cause: error });
  } finally {
    await harness.stop();
  }
}

/** Engines that were away for a moment, and a time that was past when it was set at last, are no failures. */
function expectExcuse(error: unknown): void {
  if (error instanceof ProblemError && error.document.code === 'invalid-request') return;
  if (error instanceof ValidationException && error.message.includes('past')) return;
  if (!/^(ECONNREFUSED|ECONNRESET|EPIPE)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

/** Without further disturbance everything that was begun comes to its end by itself. @returns how it ended */
async function judge(engines: Engines, harness: Harness, actions: RandomActions): Promise<LifeStatistics> {
  const { functions, clock, calledAt } = harness;
  if (actions.jobId === '') await askAgain(harness, actions);
  if (actions.jobId === '') return expectNothing(engines, actions);
  const { job } = await goOn(harness, actions);
  for (let gen = 1; gen <= (job.gen ?? 0); gen++) await checkDue(functions, { jobId: actions.jobId, gen });
  await goOn(harness, actions);
  const audit = await readAudit(functions.context, engines.provider, actions.jobId);
  if (!audit) throw new Error('The job is gone.');
  await expectAuditClean(functions.context, audit, recipients);
  const sent = engines.provider.phones();
  expect(new Set(sent).size, 'sent twice').toBe(sent.length);
  expectTimes(actions, job, calledAt);
  expect(clock.now).toBeLessThan((job.sendTime ?? 0) + 30 * DAY);
  const { accepted, expired } = audit.job.counts;
  const deadLetters = (await harness.deadLetters()).length;
  return { ...actions.statistics, accepted, expired, deadLetters };
}

/** No call comes before the time that the job was given last, and every answer to a reschedule was the truth. */
function expectTimes(actions: RandomActions, { sendTime = 0, timeline, gen }: JobItem, calledAt: readonly number[]): void {
  for (const at of calledAt) expect(at, 'sent before its time').toBeGreaterThanOrEqual(sendTime);
  const moved = timeline.filter(({ event }) => event === 'rescheduled').map(({ detail = '' }) => detail.split(/ -> |, /)[1]);
  expect(gen).toBe(1 + moved.length);
  expect(new Date(sendTime).toISOString()).toBe(moved.at(-1) ?? new Date(actions.sendTime).toISOString());
  for (const { to, answer } of actions.moves) {
    if (answer !== undefined) expect(moved.includes(new Date(to).toISOString()), `${to}: ${answer}`).toBe(answer === 'moved');
  }
}

/** The worker that accepted died, and by now the time is past: there is no job, and there never will be. */
function expectNothing(engines: Engines, actions: RandomActions): LifeStatistics {
  expect(engines.provider.calls).toEqual([]);
  return actions.statistics;
}

/** The worker that accepted died: the caller asks again with the same key and body, as soon as the one that died is given up. */
async function askAgain(harness: Harness, actions: RandomActions): Promise<void> {
  await harness.moveTo(harness.clock.now + CREATING + 1_000);
  const refused = await actions.accept().then(
    () => undefined,
    (error) => error,
  );
  if (refused) expect(refused.document).toMatchObject({ code: 'invalid-request' });
  actions.jobId = await actions.find();
}

/** Messages are delivered, time passes, and the sweep runs, until the job is over. */
async function goOn(harness: Harness, actions: RandomActions): Promise<JobWithBatches> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await actions.receive();
    for (const delivered of actions.inbox.splice(0)) {
      await delivered.carryOut();
      await delivered.from.remove(delivered.message);
    }
    const read = await readJob(harness.functions.context, actions.jobId);
    if (!read) throw new Error('The job is gone.');
    const { status, counts, wakeAt, outbox, openShard } = read.job;
    const waitsForPerson = status === 'attention' && counts.pending === 0 && outbox === undefined;
    if (isFinal(status) ? openShard === undefined : waitsForPerson) return read;
    if (wakeAt === undefined) throw new Error('Nothing will ever look at the job again.');
    const { clock } = harness;
    await harness.moveTo(Math.max(clock.now, Math.min(harness.next() ?? wakeAt, wakeAt)));
    if (wakeAt <= clock.now) await harness.sweep();
  }
  throw new Error('The job does not come to its end.');
}
