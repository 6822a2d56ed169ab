import { cpus } from 'node:os';

/** How long it is looked at what the processors do (milliseconds). */
const SPAN_MS = 200;
/** They are busy when less than this share of their time is left. */
const IDLE_SHARE = 0.15;

let before = { at: 0, idle: 0, all: 0 };
let isBusy = false;

/** Whether the processors of this machine had no time left of late, whatever program took it. */
export function areProcessorsBusy(): boolean {
  const at = performance.now();
  if (at - before.at < SPAN_MS) return isBusy;
  const times = cpus().map(({ times }) => times);
  const idle = times.reduce((sum, one) => sum + one.idle, 0);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  // What is long ago says nothing.
  isBusy = at - before.at < 5 * SPAN_MS && (idle - before.idle) / (all - before.all) < IDLE_SHARE;
  before = { at, idle, all };
  return isBusy;
}
