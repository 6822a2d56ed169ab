import { type EventEngines, earliest } from '../event-bridge/event-engines.ts';
import type { TimedRule } from '../event-bridge/rate-rules.ts';
import type { Mapping } from '../lambda/event-source-mappings.ts';
import type { Polling } from '../lambda/queue-pollers.ts';
import type { RunningFunction } from '../lambda/running-function.ts';
import type { QueuesAndFiles } from '../sqs-s3/fauxqs-engine.ts';
import type { ClockContext } from './advance.ts';
import type { Clock } from './clock.ts';
import type { FirstWake } from './job-wake-times.ts';

interface Parts {
  clock: Clock;
  functions: readonly RunningFunction[];
  mappings: readonly Mapping[];
  polling: Polling;
  queues: QueuesAndFiles;
  events: EventEngines;
  rules: readonly TimedRule[];
  firstWake: FirstWake;
}

/** What of a started system the clock has to look at before it moves. */
export function clockContextOf({ clock, functions, mappings, polling, queues, events, rules, firstWake }: Parts): ClockContext {
  /** Messages that no function is fed with are for readers outside of the system: the clock does not wait for them. */
  const isAtRest = ({ queueArn }: Mapping): boolean => {
    const { ready, received } = queues.look(queueArn);
    return ready === 0 && received.every((handle) => polling.failed.has(handle));
  };
  return {
    clock,
    timed: [events, ...rules],
    quiet() {
      const given = functions.map((running) => running.quiet).filter((count) => count !== undefined);
      const isQuiet = given.length === functions.length && mappings.every(isAtRest);
      return isQuiet ? given.reduce((sum, count) => sum + count, 0) : undefined;
    },
    upcoming() {
      const messages = queues.waiting().map((moment) => moment + clock.ahead);
      const event = events.next();
      return event === undefined ? messages : [...messages, event];
    },
    async nextRule(goal) {
      const first = await firstWake(goal);
      return first === undefined ? undefined : earliest(rules.map((rule) => rule.tickFrom(first)));
    },
    moved: (by) => queues.bringNearer(by),
  };
}
