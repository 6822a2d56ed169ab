import { cpus } from 'node:os';

/** How long it is looked at what the processors do (milliseconds). */
const SPAN_MS = 200;
/** They are busy when less than this many of them have nothing to do. */
const LEAST_IDLE = 0.5;

let begun = { at: 0, idle: 0, all: 0 };
let last = { from: 0, isBusy: true };

/**
 * Whether the processors of this machine had no time left of late, whatever program took it. As long as nothing was seen that began after
 * `since` (by performance.now()), the answer is yes: what they did before a burst says nothing of it.
 */
export function areProcessorsBusy(since: number): boolean {
  const at = performance.now();
  if (at - begun.at >= SPAN_MS) {
    const times = cpus().map(({ times }) => times);
    const idle = times.reduce((sum, one) => sum + one.idle, 0);
    const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
    last = { from: begun.at, isBusy: ((idle - begun.idle) / (all - begun.all)) * times.length < LEAST_IDLE };
    begun = { at, idle, all };
  }
  return last.from < since || last.isBusy;
}
