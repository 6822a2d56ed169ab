import type { State } from '../saved-state.ts';
import { serveScheduler } from '../scheduler/endpoint.ts';
import { Schedules } from '../scheduler/schedules.ts';
import { Buses } from './buses.ts';
import { Deliveries } from './deliveries.ts';
import { serveEventBridge } from './endpoint.ts';
import { type Rule, Rules } from './event-rules.ts';

export interface EventEngineOptions {
  /** Address of the queue engine. */
  sqs: string;
  /** The time, in epoch milliseconds. */
  now: () => number;
  /** Where the engines keep their data. */
  state: State;
  /** Beside `default`. */
  buses?: readonly string[];
  /** Schedule groups beside `default`. */
  groups?: readonly string[];
  /** Rules of the template. */
  rules?: readonly Rule[];
  /** Deliveries that fail are shown. */
  show?: (line: string) => void;
}

/** EventBridge and EventBridge Scheduler on 127.0.0.1. Nothing fires by itself: the system calls `run` when it is time. */
export interface EventEngines {
  readonly eventBridge: string;
  readonly scheduler: string;
  /** When there is something to do next: epoch milliseconds. */
  next(): number | undefined;
  /** Fires every schedule and tries every delivery that is due, until nothing is. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

export async function startEventEngines(options: EventEngineOptions): Promise<EventEngines> {
  const { sqs, now, state, buses: names = [], groups = [], rules = [], show = () => undefined } = options;
  const deliveries = new Deliveries(state, now, sqs, show);
  const buses = new Buses(names, new Rules(state, rules), deliveries, now);
  deliveries.deliverEvents((event) => void buses.put(event));
  const schedules = new Schedules(state, deliveries, now, groups);
  const [eventBridge, scheduler] = [await serveEventBridge(buses), await serveScheduler(schedules)];
  const next = () => earliest([schedules.next(), deliveries.next()]);
  const isDue = () => (next() ?? Number.POSITIVE_INFINITY) <= now();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (isDue()) {
      schedules.run();
      await deliveries.run();
    }
  }

  return {
    eventBridge: eventBridge.address,
    scheduler: scheduler.address,
    next,
    run() {
      running ??= run().finally(() => {
        running = undefined;
      });
      return running;
    },
    async stop() {
      await Promise.all([eventBridge.close(), scheduler.close()]);
      await running;
    },
  };
}

/** The first of some moments, of which each may be missing. */
export function earliest(moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
