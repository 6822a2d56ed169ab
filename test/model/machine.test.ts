import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setSwitch } from '../../functions/shared/job/switches.ts';
import { expectBooksClosed, readBooks } from '../support/books.ts';
import { onlyJob } from '../support/crash.ts';
import { onEveryEngine } from '../support/store.ts';
import { type Engines, openEngines, startSystem } from '../support/system.ts';
import { acceptFirst, anyCommand } from './commands.ts';
import { look, type Model, type Real } from './model.ts';

/** Sequences that once led to something wrong, each with what that was. */
const KEPT: Record<string, fc.AsyncCommand<Model, Real, true>[]> = {};

const RUNS = 200;
const LONGEST = 14;
/** Making a failing sequence short takes so long at most (milliseconds). */
const SHRINKING = 100_000;

/** Runs a sequence, lets the rest of the system go on until nothing changes, and closes the books. */
async function play(engines: Engines, commands: Iterable<fc.AsyncCommand<Model, Real, true>>): Promise<void> {
  const system = await startSystem(engines);
  const real: Real = { system, inbox: [], stalled: [] };
  const model: Model = { recipients: [], paused: false, decisions: new Map(), seen: undefined };
  const { rest, queue, provider } = system;
  try {
    await fc.asyncModelRun(async () => ({ model, real }), commands);
    for (const one of real.stalled) {
      await one.resume();
      await look(model, real);
    }
    await setSwitch(rest.store, 'all', false, 'operator', undefined);
    for (const message of real.inbox) await queue.giveBack(message);
    const jobId = await onlyJob(system);
    if (jobId === undefined) return;
    await system.goOn(jobId);
    await look(model, real);
    const books = await readBooks(rest.store, provider, jobId);
    for (const b of books?.batches ?? []) {
      for (const e of b.item.timeline) {
        const k = e.event;
        (globalThis as any).S ??= {};
        (globalThis as any).S[k] = ((globalThis as any).S[k] ?? 0) + 1;
      }
      if (b.item.lateAnswer) (globalThis as any).S.late = ((globalThis as any).S.late ?? 0) + 1;
      const path = b.item.timeline.map((e) => e.event).join('>');
      if (/unknown>(acc|rej|not)/.test(path)) (globalThis as any).S.afterUnknown = ((globalThis as any).S.afterUnknown ?? 0) + 1;
    }
    const S = (globalThis as any).S;
    S.resumed = (S.resumed ?? 0) + real.stalled.length;
    S.decisions = (S.decisions ?? 0) + model.decisions.size;
    S.jobs = (S.jobs ?? 0) + 1;
    S.calls = (S.calls ?? 0) + provider.calls.length;
    expect(books).toBeDefined();
    if (books) await expectBooksClosed(rest.store, books, model.recipients);
  } finally {
    for (const one of real.stalled) await one.resume();
    await system.stop();
  }
}

onEveryEngine('jobs as a state machine', (address) => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await openEngines(address.endpoint);
  });
  afterAll(() => {
    console.log(JSON.stringify((globalThis as any).S));
    return engines.stop();
  });

  test.each(Object.entries(KEPT))('%s', (_what, commands) => play(engines, commands));

  /** A failure prints seed, path and replayPath: run it again with them, and keep the sequence that it prints above. */
  test('anything in any order: no call twice, nothing lost, nothing reported wrong', { timeout: 2 * SHRINKING }, async () => {
    const sequence = fc.tuple(acceptFirst, fc.commands(anyCommand, { maxCommands: LONGEST, size: 'max' }));
    const property = fc.asyncProperty(sequence, ([first, others]) => play(engines, [first, ...others]));
    await fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: SHRINKING, markInterruptAsFailure: false });
  });
});
