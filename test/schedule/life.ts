import { ValidationException } from '@aws-sdk/client-scheduler';
import { expect } from 'vitest';
import { cancelJob } from '../../functions/api/cancel.ts';
import { createJob } from '../../functions/api/create.ts';
import { rescheduleJob } from '../../functions/api/reschedule.ts';
import { lookAtTime } from '../../functions/events/due.ts';
import { MAKING } from '../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../functions/shared/job/items.ts';
import { callerIndexKey } from '../../functions/shared/job/keys.ts';
import { type JobWithBatches, readJob } from '../../functions/shared/job/rollup.ts';
import { isFinal } from '../../functions/shared/job/states.ts';
import { ProblemError } from '../../functions/shared/problem.ts';
import { chances } from '../faults/chance.ts';
import { expectBooksClosed, readBooks } from '../support/books.ts';
import { phones } from '../support/store.ts';
import { apiRequest } from '../support/system.ts';
import type { Ground } from './ground.ts';
import { Turns } from './turns.ts';
import { type Delivered, startWorld, type World } from './world.ts';

/** What happened in a life, to see that lives are worth living. */
export interface Chronicle {
  moved: number;
  tooLateToMove: number;
  stopped: number;
  tooLateToStop: number;
  deaths: number;
  restarts: number;
  deadLetters: number;
  accepted: number;
  expired: number;
}

/** A reschedule that was asked for: to a time of its own, so that its traces can be told from those of the others. */
interface Move {
  to: number;
  answer?: 'moved' | 'too late';
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const recipients = phones(3);
/** More rounds than any life needs to come to its end. */
const MOST_ROUNDS = 300;

/** One job from its acceptance to its end, while everything happens to it that can, in an order that follows from the seed. */
export async function live(ground: Ground, seed: number): Promise<Chronicle> {
  const chance = chances('schedule', seed);
  const targetThere = chance() < 0.85;
  const turns = new Turns(chance);
  const world = await startWorld(ground, turns, targetThere);
  const life = new Life(ground, world, turns, chance);
  try {
    await life.run();
    return await life.judge();
  } catch (error) {
    throw new Error(`Seed ${seed}: ${life.story.join(', ')}`, { cause: error });
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

class Life {
  readonly story: string[] = [];
  readonly #ground: Ground;
  readonly #world: World;
  readonly #turns: Turns;
  readonly #chance: () => number;
  readonly #moves: Move[] = [];
  readonly #chronicle: Chronicle = {
    ...{ moved: 0, tooLateToMove: 0, stopped: 0, tooLateToStop: 0, deaths: 0, restarts: 0, deadLetters: 0, accepted: 0, expired: 0 },
  };
  #inbox: Delivered[] = [];
  #jobId = '';
  readonly #sendTime: number;
  readonly #validFor: string;

  constructor(ground: Ground, world: World, turns: Turns, chance: () => number) {
    this.#ground = ground;
    this.#world = world;
    this.#turns = turns;
    this.#chance = chance;
    this.#sendTime = this.#aTime();
    this.#validFor = chance() < 0.2 ? 'PT1M' : 'P7D';
  }

  /** Things happen one after the other, each begun while the ones before are still going on. */
  async run(): Promise<void> {
    this.#begin('accept', () => this.#accept());
    for (let event = this.#whole(8, 24); event > 0; event--) {
      for (let steps = this.#whole(0, 9); steps > 0; steps--) await this.#turns.step();
      this.#jobId ||= await this.#find();
      await this.#happen();
    }
    await this.#turns.finish();
  }

  async #happen(): Promise<void> {
    const happenings: [weight: number, happen: () => unknown][] = [
      [6, () => this.#deliver()],
      [3, () => this.#race()],
      [2, () => this.#fireAnyhow()],
      [2, () => this.#move()],
      [0.6, () => this.#cancel()],
      [1, () => this.#begin('sweep', () => this.#world.sweep())],
      [4, () => this.#letTimePass()],
      [0.4, () => this.#restart()],
      [0.5, () => this.#die()],
    ];
    let lot = this.#chance() * happenings.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, happen] of happenings) {
      lot -= weight;
      if (lot < 0) return void (await happen());
    }
  }

  async #accept(): Promise<unknown> {
    const body = { pattern: '【签名】您好', recipients, sendTime: new Date(this.#sendTime).toISOString(), validFor: this.#validFor };
    return createJob(this.#world.functions, apiRequest({ headers: { 'idempotency-key': 'key' }, body }));
  }

  async #deliver(): Promise<void> {
    await this.#receive();
    const [delivered] = this.#inbox.splice(Math.floor(this.#chance() * this.#inbox.length), 1);
    if (!delivered) return;
    const again = this.#chance() < 0.2;
    this.#begin(`deliver ${delivered.message.Body}`, async () => {
      // Whoever dies at it leaves the message to the queue.
      this.#inbox.push(delivered);
      await delivered.carryOut();
      if (again) return;
      this.#inbox = this.#inbox.filter((other) => other !== delivered);
      await delivered.from.remove(delivered.message);
    });
  }

  async #receive(): Promise<void> {
    const received = await this.#world.receive();
    this.#inbox.push(...received);
  }

  /** A message comes, and at the very same moment the caller thinks better of it. */
  async #race(): Promise<void> {
    await this.#deliver();
    if (this.#chance() < 0.9) this.#move();
    else this.#cancel();
  }

  /** A schedule fires that was deleted, or too early, or twice. */
  #fireAnyhow(): void {
    if (this.#jobId === '') return;
    const due = { jobId: this.#jobId, gen: this.#whole(1, 2 + this.#moves.length) };
    this.#begin(`fire ${due.gen}`, () => lookAtTime(this.#world.functions, due));
  }

  #move(): void {
    if (this.#jobId === '') return;
    const move: Move = { to: this.#aTime() };
    this.#moves.push(move);
    const body = { sendTime: new Date(move.to).toISOString() };
    const request = apiRequest({ jobId: this.#jobId, headers: { 'content-type': 'application/json' }, body });
    this.#begin(`move to ${body.sendTime}`, async () => {
      move.answer = await rescheduleJob(this.#world.functions, request).then(
        () => 'moved' as const,
        (error) => this.#tooLate(error),
      );
      this.#chronicle[move.answer === 'moved' ? 'moved' : 'tooLateToMove'] += 1;
    });
  }

  /** What a caller is told who came too late; time itself may have made the time one of the past. */
  #tooLate(error: unknown): 'too late' {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.document.type).toMatch(/:(not-reschedulable|invalid-request)$/);
    return 'too late';
  }

  #cancel(): void {
    if (this.#jobId === '') return;
    this.#begin('cancel', async () => {
      const { body } = await cancelJob(this.#world.functions, apiRequest({ jobId: this.#jobId }));
      const { cancellation } = JSON.parse(body);
      this.#chronicle[cancellation.stopped === recipients.length ? 'stopped' : 'tooLateToStop'] += 1;
      expect(Object.values(cancellation as Record<string, number>).reduce((sum, count) => sum + count)).toBe(recipients.length);
    });
  }

  async #letTimePass(): Promise<void> {
    const { clock } = this.#world;
    const to = this.#chance() < 0.6 ? (this.#world.next() ?? clock.now) : clock.now + this.#whole(1, 300) * 1_000;
    this.story.push(`time ${new Date(to).toISOString()}`);
    await this.#world.moveTo(to);
  }

  async #restart(): Promise<void> {
    this.story.push('restart');
    this.#chronicle.restarts += 1;
    await this.#world.restart();
  }

  async #die(): Promise<void> {
    const victim = await this.#turns.kill();
    if (!victim) return;
    this.#chronicle.deaths += 1;
    this.story.push(`${victim.name} dies`);
  }

  /** Nobody disturbs any more: everything that was begun comes to its end by itself. @returns what became of it all */
  async judge(): Promise<Chronicle> {
    const { functions, clock, calledAt } = this.#world;
    for (const error of this.#turns.failures) expectExcuse(error);
    if (this.#jobId === '') await this.#askAgain();
    if (this.#jobId === '') return this.#expectNothing();
    const { job } = await this.#goOn();
    for (let gen = 1; gen <= (job.gen ?? 0); gen++) await lookAtTime(functions, { jobId: this.#jobId, gen });
    await this.#goOn();
    const books = await readBooks(functions.store, this.#ground.provider, this.#jobId);
    if (!books) throw new Error('The job is gone.');
    await expectBooksClosed(functions.store, books, recipients);
    const sent = this.#ground.provider.phones();
    expect(new Set(sent).size, 'sent twice').toBe(sent.length);
    this.#expectTimes(job, calledAt);
    expect(clock.now).toBeLessThan((job.sendTime ?? 0) + 30 * DAY);
    const { accepted, expired } = books.job.counts;
    const deadLetters = (await this.#world.deadLetters()).length;
    return { ...this.#chronicle, accepted, expired, deadLetters };
  }

  /** Nobody is called before the time that the job was given last, and every answer to a reschedule was the truth. */
  #expectTimes({ sendTime = 0, timeline, gen }: JobItem, calledAt: readonly number[]): void {
    for (const at of calledAt) expect(at, 'sent before its time').toBeGreaterThanOrEqual(sendTime);
    const moved = timeline.filter(({ event }) => event === 'rescheduled').map(({ detail = '' }) => detail.split(/ -> |, /)[1]);
    expect(gen).toBe(1 + moved.length);
    expect(new Date(sendTime).toISOString()).toBe(moved.at(-1) ?? new Date(this.#sendTime).toISOString());
    for (const { to, answer } of this.#moves) {
      if (answer !== undefined) expect(moved.includes(new Date(to).toISOString()), `${to}: ${answer}`).toBe(answer === 'moved');
    }
  }

  /** Whoever accepted died, and by now its time is past: there is no job, and there never will be. */
  #expectNothing(): Chronicle {
    expect(this.#ground.provider.calls).toEqual([]);
    return this.#chronicle;
  }

  /** Whoever accepted died: the caller asks again with the same key and body, as soon as the one that died is given up. */
  async #askAgain(): Promise<void> {
    await this.#world.moveTo(this.#world.clock.now + MAKING + 1_000);
    const refused = await this.#accept().then(
      () => undefined,
      (error) => error,
    );
    if (refused) expect(refused.document).toMatchObject({ type: 'urn:sms:problem:invalid-request' });
    this.#jobId = await this.#find();
  }

  /** Messages are delivered, time passes, and the sweep runs, until the job is over. */
  async #goOn(): Promise<JobWithBatches> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await this.#receive();
      for (const delivered of this.#inbox.splice(0)) {
        await delivered.carryOut();
        await delivered.from.remove(delivered.message);
      }
      const read = await readJob(this.#world.functions.store, this.#jobId);
      if (!read) throw new Error('The job is gone.');
      const { status, wakeAt, owed, openShard } = read.job;
      if (isFinal(status) ? openShard === undefined : status === 'attention' && owed === undefined) return read;
      if (wakeAt === undefined) throw new Error('Nothing will ever look at the job again.');
      const { clock } = this.#world;
      await this.#world.moveTo(Math.max(clock.now, Math.min(this.#world.next() ?? wakeAt, wakeAt)));
      if (wakeAt <= clock.now) await this.#world.sweep();
    }
    throw new Error('The job does not come to its end.');
  }

  async #find(): Promise<string> {
    const { table } = this.#world.functions.store;
    const { keys } = await table.keys({ index: 'byCaller', partition: callerIndexKey('caller'), limit: 2 });
    expect(keys.length).toBeLessThan(2);
    return keys[0]?.pk.slice('JOB#'.length) ?? '';
  }

  #begin(name: string, act: () => Promise<unknown>): void {
    this.story.push(name);
    this.#turns.spawn(name, act);
  }

  /** Seconds, minutes or hours ahead, or tomorrow; each a time of its own. */
  #aTime(): number {
    const spans: [number, number][] = [
      [1_000, 60_000],
      [MINUTE, 20 * MINUTE],
      [20 * MINUTE, 60 * MINUTE],
      [DAY, DAY + 1_000],
    ];
    const [least, most] = spans[this.#whole(0, spans.length - 1)] as [number, number];
    return this.#world.clock.now + this.#whole(least, most);
  }

  /** A whole number from `least` to `most`. */
  #whole(least: number, most: number): number {
    return least + Math.floor(this.#chance() * (most - least + 1));
  }
}
