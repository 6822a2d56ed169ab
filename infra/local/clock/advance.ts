import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, startDue, type Timed } from './clock.ts';

/** What of this machine has to do with moving the clock. Moments are epoch milliseconds by the clock. */
export interface ClockContext {
  clock: Clock;
  /** What starts by the clock. */
  timed: readonly Timed[];
  /** How many events functions have been given so far; undefined while one runs, or while a message waits or is being worked on. */
  quiet(): number | undefined;
  /** When things begin, of all that is known at once. */
  upcoming(): readonly number[];
  /** When a rule has something to do next, up to a goal: what it finds to do is in the table. */
  nextRule(goal: number): Promise<number | undefined>;
  /** Told how far the clock has moved (milliseconds), in the same turn. */
  moved(by: number): void;
}

/** A large file may take longer to read; then the clock is asked again. */
const QUIET_WITHIN_MS = 120_000;
/** How often it is looked whether anything still runs. */
const LOOK_MS = 5;

/** Something did not come to rest, so the clock was not moved on. */
export class NeverQuiet extends Error {}

/**
 * Moves the clock on, from one moment at which something begins to the next. It moves only while nothing runs, so no time-out, no lease
 * of a call and no message in flight ever sees it.
 * @param budget how long it waits each time for things to come to rest, in milliseconds of the machine's own time
 * @throws NeverQuiet
 */
export async function advance(by: number, context: ClockContext, budget = QUIET_WITHIN_MS): Promise<void> {
  const { clock, timed, quiet, upcoming, nextRule, moved } = context;
  const goal = clock.now() + by;
  for (;;) {
    const before = await settle();
    const rule = await nextRule(goal);
    // From here to the move nothing else gets a turn; what ran meanwhile may have changed what the rule will find.
    if (startDue(timed, clock) || quiet() !== before) continue;
    const now = clock.now();
    if (now >= goal) return;
    // What is past, such as the end of a time-out that its queue has not noticed yet, must not hide what comes.
    const ahead = [...upcoming(), rule ?? goal].filter((moment) => moment > now);
    const step = Math.min(...ahead, goal) - now;
    clock.move(step);
    moved(step);
  }

  async function settle(): Promise<number> {
    const end = performance.now() + budget;
    for (;;) {
      const given = startDue(timed, clock) ? undefined : quiet();
      if (given !== undefined) return given;
      if (performance.now() > end) throw new NeverQuiet();
      await delay(LOOK_MS);
    }
  }
}
