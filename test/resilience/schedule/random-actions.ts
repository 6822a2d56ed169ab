import { expect } from 'vitest';
import { cancelJob } from '../../../functions/api/cancel-job.ts';
import { createJob } from '../../../functions/api/create-job.ts';
import { rescheduleJob } from '../../../functions/api/reschedule-job.ts';
import { checkDue } from '../../../functions/events/check-due.ts';
import { callerIndexKey } from '../../../functions/shared/dynamodb/keys.ts';
import { ProblemError } from '../../../functions/shared/problem/problem.ts';
import { phones } from '../../support/job-context.ts';
import { apiRequest } from '../../support/worker-client.ts';
import type { Delivered, Harness } from './harness.ts';
import type { Steps } from './steps.ts';

/** What happened in a life, to see that lives are worth living. */
export interface LifeStatistics {
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
export const recipients = phones(3);

/** What happens to one job, in an order that random decides. */
export class RandomActions {
  readonly story: string[] = [];
  readonly #harness: Harness;
  readonly #steps: Steps;
  readonly #random: () => number;
  readonly moves: Move[] = [];
  readonly statistics: LifeStatistics = {
    ...{ moved: 0, tooLateToMove: 0, stopped: 0, tooLateToStop: 0, deaths: 0, restarts: 0, deadLetters: 0, accepted: 0, expired: 0 },
  };
  /** Messages that were received and are not removed yet. */
  inbox: Delivered[] = [];
  /** Empty as long as there is no job. */
  jobId = '';
  /** When the job is to go unless it is moved (epoch milliseconds). */
  readonly sendTime: number;
  readonly #validFor: string;

  constructor(harness: Harness, steps: Steps, random: () => number) {
    this.#harness = harness;
    this.#steps = steps;
    this.#random = random;
    this.sendTime = this.#aTime();
    this.#validFor = random() < 0.2 ? 'PT1M' : 'P7D';
  }

  /** Things happen one after the other, each begun while the ones before are still going on. */
  async run(): Promise<void> {
    this.#begin('accept', () => this.accept());
    for (let event = this.#whole(8, 24); event > 0; event--) {
      for (let steps = this.#whole(0, 9); steps > 0; steps--) await this.#steps.step();
      this.jobId ||= await this.find();
      await this.#happen();
    }
    await this.#steps.finish();
  }

  async #happen(): Promise<void> {
    const actions: [weight: number, happen: () => unknown][] = [
      [6, () => this.#deliver()],
      [3, () => this.#race()],
      [2, () => this.#fireAnyhow()],
      [2, () => this.#move()],
      [0.6, () => this.#cancel()],
      [1, () => this.#begin('sweep', () => this.#harness.sweep())],
      [4, () => this.#letTimePass()],
      [0.4, () => this.#restart()],
      [0.5, () => this.#die()],
    ];
    let lot = this.#random() * actions.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, happen] of actions) {
      lot -= weight;
      if (lot < 0) return void (await happen());
    }
  }

  async accept(): Promise<unknown> {
    const body = { pattern: '【签名】您好', recipients, sendTime: new Date(this.sendTime).toISOString(), validFor: this.#validFor };
    return createJob(this.#harness.functions, apiRequest({ headers: { 'idempotency-key': 'key' }, body }));
  }

  async #deliver(): Promise<void> {
    await this.receive();
    const [delivered] = this.inbox.splice(Math.floor(this.#random() * this.inbox.length), 1);
    if (!delivered) return;
    const again = this.#random() < 0.2;
    this.#begin(`deliver ${delivered.message.Body}`, async () => {
      // A worker that dies at it leaves the message to the queue.
      this.inbox.push(delivered);
      await delivered.carryOut();
      if (again) return;
      this.inbox = this.inbox.filter((other) => other !== delivered);
      await delivered.from.remove(delivered.message);
    });
  }

  async receive(): Promise<void> {
    const received = await this.#harness.receive();
    this.inbox.push(...received);
  }

  /** A message comes, and at the very same moment the caller thinks better of it. */
  async #race(): Promise<void> {
    await this.#deliver();
    if (this.#random() < 0.9) this.#move();
    else this.#cancel();
  }

  /** A schedule fires that was deleted, or too early, or twice. */
  #fireAnyhow(): void {
    if (this.jobId === '') return;
    const due = { jobId: this.jobId, gen: this.#whole(1, 2 + this.moves.length) };
    this.#begin(`fire ${due.gen}`, () => checkDue(this.#harness.functions, due));
  }

  #move(): void {
    if (this.jobId === '') return;
    const move: Move = { to: this.#aTime() };
    this.moves.push(move);
    const body = { sendTime: new Date(move.to).toISOString() };
    const request = apiRequest({ jobId: this.jobId, headers: { 'content-type': 'application/json' }, body });
    this.#begin(`move to ${body.sendTime}`, async () => {
      move.answer = await rescheduleJob(this.#harness.functions, request).then(
        () => 'moved' as const,
        (error) => this.#tooLate(error),
      );
      this.statistics[move.answer === 'moved' ? 'moved' : 'tooLateToMove'] += 1;
    });
  }

  /** What a caller is told who came too late; time itself may have made the time one of the past. */
  #tooLate(error: unknown): 'too late' {
    if (!(error instanceof ProblemError)) throw error;
    expect(['not-reschedulable', 'invalid-request']).toContain(error.document.code);
    return 'too late';
  }

  #cancel(): void {
    if (this.jobId === '') return;
    this.#begin('cancel', async () => {
      const { body } = await cancelJob(this.#harness.functions, apiRequest({ jobId: this.jobId }));
      const { cancellation } = JSON.parse(body);
      this.statistics[cancellation.stopped === recipients.length ? 'stopped' : 'tooLateToStop'] += 1;
      expect(Object.values(cancellation as Record<string, number>).reduce((sum, count) => sum + count)).toBe(recipients.length);
    });
  }

  async #letTimePass(): Promise<void> {
    const { clock } = this.#harness;
    const to = this.#random() < 0.6 ? (this.#harness.next() ?? clock.now) : clock.now + this.#whole(1, 300) * 1_000;
    this.story.push(`time ${new Date(to).toISOString()}`);
    await this.#harness.moveTo(to);
  }

  async #restart(): Promise<void> {
    this.story.push('restart');
    this.statistics.restarts += 1;
    await this.#harness.restart();
  }

  async #die(): Promise<void> {
    const victim = await this.#steps.kill();
    if (!victim) return;
    this.statistics.deaths += 1;
    this.story.push(`${victim.name} dies`);
  }

  /** @returns the id of the job; empty if there is none */
  async find(): Promise<string> {
    const { table } = this.#harness.functions.context;
    const { keys } = await table.keys({ index: 'byCaller', partition: callerIndexKey('caller'), limit: 2 });
    expect(keys.length).toBeLessThan(2);
    return keys[0]?.pk.slice('JOB#'.length) ?? '';
  }

  #begin(name: string, act: () => Promise<unknown>): void {
    this.story.push(name);
    this.#steps.spawn(name, act);
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
    return this.#harness.clock.now + this.#whole(least, most);
  }

  /** A whole number from `least` to `most`. */
  #whole(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }
}
