import { type EventEngines, earliest } from '../event-bridge/event-engines.ts';
import type { TimedRule } from '../event-bridge/rate-rules.ts';
import type { Mapping, Polling } from '../lambda/event-source-mappings.ts';
import type { RunningFunction } from '../lambda/running-function.ts';
import type { Waiting } from '../sqs-s3/fauxqs-engine.ts';
import type { ClockContext } from './advance.ts';
import type { Clock } from './clock.ts';
import type { FirstWake } from './job-wake-times.ts';

interface Parts {
  clock: Clock;
  functions: readonly RunningFunction[];
  mappings: readonly Mapping[];
  polling: Polling;
  waiting: Waiting;
  events: EventEngines;
  rules: readonly TimedRule[];
  firstWake: FirstWake;
}

/** What of a started system the clock has to look at before it moves. */
export function clockContextOf({ clock, functions, mappings, polling, waiting, events, rules, firstWake }: Parts): ClockContext {
  /** Messages that no function is fed with are in the hands of whoever reads them: the clock does not wait for people. */
  const isAtRest = ({ queueArn }: Mapping): boolean => {
    const { ready, received } = waiting.look(queueArn);
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
    next() {
      const message = waiting.next();
      return earliest([events.next(), message === undefined ? undefined : message + clock.ahead]);
    },
    async nextRule(goal) {
      const first = await firstWake(goal);
      return first === undefined ? undefined : earliest(rules.map((rule) => rule.tickFrom(first)));
    },
    moved: (by) => waiting.bringNearer(by),
  };
}
