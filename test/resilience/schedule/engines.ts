import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import { type Bus, openBus } from '../../../functions/shared/event/bus.ts';
import { openSchedules, type Schedules } from '../../../functions/shared/schedule/schedules.ts';
import { type DynamoDbEngine, startDynalite } from '../../../infra/local/dynamodb/dynalite-engine.ts';
import { type EventEngines, earliest, startEventEngines } from '../../../infra/local/event-bridge/event-engines.ts';
import { openState } from '../../../infra/local/saved-state.ts';
import { eventBridgeAt, queueArn, schedulerAt } from '../../support/event-engines.ts';
import { type ScriptedProvider, startProvider } from '../../support/provider.ts';
import { type QueueEngine, startQueueEngine } from '../../support/queue.ts';
import type { Steps } from './steps.ts';

/** The engines on which lives run, one after the other. */
export interface Engines {
  dynamoDb: DynamoDbEngine;
  queues: QueueEngine;
  provider: ScriptedProvider;
  /** For the files of the event engines. */
  folder: string;
  stop(): Promise<void>;
}

export async function openEngines(): Promise<Engines> {
  const [dynamoDb, queues, provider] = await Promise.all([startDynalite(), startQueueEngine(), startProvider()]);
  const folder = mkdtempSync(join(tmpdir(), 'sms-schedules-'));
  const stop = async () => {
    await Promise.all([dynamoDb.stop(), queues.stop(), provider.stop()]);
    rmSync(folder, { recursive: true });
  };
  return { dynamoDb, queues, provider, folder, stop };
}

/** A clock that stands still unless it is moved (epoch milliseconds). */
export interface Clock {
  now: number;
}

/** Messages that a queue holds back. The queue's own time cannot be moved, so they come to it when the clock is moved. */
export class Delays {
  readonly #clock: Clock;
  readonly #steps: Steps;
  #held: { at: number; send: () => Promise<void> }[] = [];

  constructor(clock: Clock, steps: Steps) {
    this.#clock = clock;
    this.#steps = steps;
  }

  async after(delay: number, send: () => Promise<void>): Promise<void> {
    if (delay <= 0) return send();
    await this.#steps.take(async () => this.#held.push({ at: this.#clock.now + Math.min(delay, 900_000), send }));
  }

  next(): number | undefined {
    return earliest(this.#held.map(({ at }) => at));
  }

  async run(): Promise<void> {
    const due = this.#held.filter(({ at }) => at <= this.#clock.now);
    this.#held = this.#held.filter(({ at }) => at > this.#clock.now);
    await Promise.all(due.map(({ send }) => send()));
  }
}

const NAME = 'sms-test';

/** EventBridge and Scheduler with their clients, which can be started anew on the same data. */
export class Events {
  readonly #start: () => Promise<EventEngines>;
  readonly #steps: Steps;
  readonly #queues: { target: string; dead: string };
  #engines: EventEngines | undefined;
  #clients: [SchedulerClient, EventBridgeClient] | undefined;
  #opened: { schedules: Schedules; bus: Bus } | undefined;

  /** @param queues names of the queue that schedules send to, and of their dead letters */
  constructor({ queues: { endpoint: sqs }, folder }: Engines, steps: Steps, clock: Clock, queues: { target: string; dead: string }) {
    const file = join(folder, `${randomUUID()}.sqlite`);
    this.#start = async () => {
      const state = openState(file);
      const engines = await startEventEngines({ sqs, now: () => clock.now, state, buses: [NAME], groups: [NAME] });
      return { ...engines, stop: () => engines.stop().finally(() => state.close()) };
    };
    this.#steps = steps;
    this.#queues = queues;
  }

  async start(): Promise<void> {
    const engines = await this.#start();
    const clients: [SchedulerClient, EventBridgeClient] = [schedulerAt(engines.scheduler), eventBridgeAt(engines.eventBridge)];
    for (const client of clients) this.#steps.join(client);
    const { target, dead } = this.#queues;
    const env = { SCHEDULE_GROUP: NAME, SCHEDULE_TARGET: queueArn(target), SCHEDULE_DEAD_LETTERS: queueArn(dead) };
    const schedules = openSchedules({ ...env, SCHEDULE_ROLE: 'arn:aws:iam::000000000000:role/schedules' }, clients[0]);
    this.#engines = engines;
    this.#clients = clients;
    this.#opened = { schedules, bus: openBus(NAME, clients[1]) };
  }

  async stop(): Promise<void> {
    for (const client of this.#clients ?? []) client.destroy();
    await this.#engines?.stop();
  }

  /** Fires and delivers what is due. */
  async run(): Promise<void> {
    await this.#engines?.run();
  }

  next(): number | undefined {
    return this.#engines?.next();
  }

  get opened(): { schedules: Schedules; bus: Bus } {
    if (!this.#opened) throw new Error('The event engines were not started.');
    return this.#opened;
  }
}
