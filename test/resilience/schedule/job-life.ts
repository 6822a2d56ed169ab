import { ValidationException } from '@aws-sdk/client-scheduler';
import { expect } from 'vitest';
import { lookAtTime } from '../../../functions/events/check-due.ts';
import { MAKING } from '../../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../../functions/shared/job/items.ts';
import { type JobWithBatches, readJob } from '../../../functions/shared/job/rollup.ts';
import { isFinal } from '../../../functions/shared/job/states.ts';
import { ProblemError } from '../../../functions/shared/problem/problem.ts';
import { chances } from '../faults/rng.ts';
import { expectBooksClosed, readBooks } from '../../support/audit.ts';
import type { Ground } from './engines.ts';
import { type Chronicle, Happenings, recipients } from './random-actions.ts';
import { Turns } from './steps.ts';
import { startWorld, type World } from './harness.ts';

const DAY = 24 * 60 * 60_000;
/** More rounds than any life needs to come to its end. */
const MOST_ROUNDS = 300;

/** One job from its acceptance to its end, while everything happens to it that can, in an order that follows from the seed. */
export async function live(ground: Ground, seed: number): Promise<Chronicle> {
  const chance = chances('schedule', seed);
  const targetThere = chance() < 0.85;
  const turns = new Turns(chance);
  const world = await startWorld(ground, turns, targetThere);
  const happenings = new Happenings(world, turns, chance);
  try {
    await happenings.run();
    for (const error of turns.failures) expectExcuse(error);
    return await judge(ground, world, happenings);
  } catch (error) {
    throw new Error(`Seed ${seed}: ${happenings.story.join(', ')}`, { cause: error });
  } finally {
    await world.stop();
  }
}

/** Engines that were away for a moment, and a time that was past when its turn came at last, are nobody's failure. */
function expectExcuse(error: unknown): void {
  if (error instanceof ProblemError && error.document.type === 'urn:sms:problem:invalid-request') return;
  if (error instanceof ValidationException && error.message.includes('past')) return;
  if (!/^(ECONNREFUSED|ECONNRESET|EPIPE)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

/** Nobody disturbs any more: everything that was begun comes to its end by itself. @returns what became of it all */
async function judge(ground: Ground, world: World, happenings: Happenings): Promise<Chronicle> {
  const { functions, clock, calledAt } = world;
  if (happenings.jobId === '') await askAgain(world, happenings);
  if (happenings.jobId === '') return expectNothing(ground, happenings);
  const { job } = await goOn(world, happenings);
  for (let gen = 1; gen <= (job.gen ?? 0); gen++) await lookAtTime(functions, { jobId: happenings.jobId, gen });
  await goOn(world, happenings);
  const books = await readBooks(functions.store, ground.provider, happenings.jobId);
  if (!books) throw new Error('The job is gone.');
  await expectBooksClosed(functions.store, books, recipients);
  const sent = ground.provider.phones();
  expect(new Set(sent).size, 'sent twice').toBe(sent.length);
  expectTimes(happenings, job, calledAt);
  expect(clock.now).toBeLessThan((job.sendTime ?? 0) + 30 * DAY);
  const { accepted, expired } = books.job.counts;
  const deadLetters = (await world.deadLetters()).length;
  return { ...happenings.chronicle, accepted, expired, deadLetters };
}

/** Nobody is called before the time that the job was given last, and every answer to a reschedule was the truth. */
function expectTimes(happenings: Happenings, { sendTime = 0, timeline, gen }: JobItem, calledAt: readonly number[]): void {
  for (const at of calledAt) expect(at, 'sent before its time').toBeGreaterThanOrEqual(sendTime);
  const moved = timeline.filter(({ event }) => event === 'rescheduled').map(({ detail = '' }) => detail.split(/ -> |, /)[1]);
  expect(gen).toBe(1 + moved.length);
  expect(new Date(sendTime).toISOString()).toBe(moved.at(-1) ?? new Date(happenings.sendTime).toISOString());
  for (const { to, answer } of happenings.moves) {
    if (answer !== undefined) expect(moved.includes(new Date(to).toISOString()), `${to}: ${answer}`).toBe(answer === 'moved');
  }
}

/** Whoever accepted died, and by now its time is past: there is no job, and there never will be. */
function expectNothing(ground: Ground, happenings: Happenings): Chronicle {
  expect(ground.provider.calls).toEqual([]);
  return happenings.chronicle;
}

/** Whoever accepted died: the caller asks again with the same key and body, as soon as the one that died is given up. */
async function askAgain(world: World, happenings: Happenings): Promise<void> {
  await world.moveTo(world.clock.now + MAKING + 1_000);
  const refused = await happenings.accept().then(
    () => undefined,
    (error) => error,
  );
  if (refused) expect(refused.document).toMatchObject({ type: 'urn:sms:problem:invalid-request' });
  happenings.jobId = await happenings.find();
}

/** Messages are delivered, time passes, and the sweep runs, until the job is over. */
async function goOn(world: World, happenings: Happenings): Promise<JobWithBatches> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await happenings.receive();
    for (const delivered of happenings.inbox.splice(0)) {
      await delivered.carryOut();
      await delivered.from.remove(delivered.message);
    }
    const read = await readJob(world.functions.store, happenings.jobId);
    if (!read) throw new Error('The job is gone.');
    const { status, wakeAt, owed, openShard } = read.job;
    if (isFinal(status) ? openShard === undefined : status === 'attention' && owed === undefined) return read;
    if (wakeAt === undefined) throw new Error('Nothing will ever look at the job again.');
    const { clock } = world;
    await world.moveTo(Math.max(clock.now, Math.min(world.next() ?? wakeAt, wakeAt)));
    if (wakeAt <= clock.now) await world.sweep();
  }
  throw new Error('The job does not come to its end.');
}
