import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleBatches } from '../../../functions/api/settle-batches.ts';
import { SETTLE_AFTER } from '../../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../../functions/shared/job/job-item.ts';
import { readJob } from '../../../functions/shared/job/job-table.ts';
import { setSwitch } from '../../../functions/shared/job/switches.ts';
import { expectAuditClean, readAudit } from '../../support/audit.ts';
import { onlyJob } from '../../support/crash.ts';
import { onEveryEngine } from '../../support/job-context.ts';
import { type Engines, openEngines, startSystem, type TestSystem } from '../../support/system.ts';
import type { Interruption } from '../../support/worker.ts';
import { apiRequest } from '../../support/worker-client.ts';
import { accept, acceptFirst, anyCommand, deliver, resume, settle, sweepAfter } from './commands.ts';
import { look, type Model, type Real, resumeStalled } from './model.ts';

const stall = (at: Interruption['at'], when: Interruption['when']) => ({ at, when, by: 'stall' as const });

/** Sequences that once led to something wrong, or would without one of the conditions of a write. */
const KEPT: Record<string, fc.AsyncCommand<Model, Real, true>[]> = {
  'a batch that was unknown twice, by the sweep and by its call, can be settled by the revision': [
    accept(1, true),
    deliver(0, 'acceptedThenReset', 'done', stall('provider', 'after')),
    sweepAfter(121_000),
    resume(0),
  ],
  'a record that is repeated does not end the claim of another': [
    accept(1, true),
    deliver(0, 'notSent', 'again', stall('record', 'again')),
    deliver(0, 'accepted', 'again', stall('provider', 'before')),
    resume(0),
    deliver(0, 'accepted', 'done'),
  ],
  'of two decisions at once the first stands': [
    accept(1, true),
    deliver(0, 'refusedThenReset', 'done'),
    settle(0, 'resend', stall(3, 'before')),
    settle(0, 'rejected'),
    resume(0),
  ],
  'a late answer comes while a person decides otherwise': [
    accept(1, true),
    deliver(0, 'accepted', 'done', stall('provider', 'after')),
    sweepAfter(121_000),
    settle(0, 'resend', stall(3, 'before')),
    resume(0),
    resume(0),
  ],
};

/** By engine: the slower one is there to be no different. */
const RUNS: Record<string, number> = { dynalite: 200, 'DynamoDB Local': 40 };
const LONGEST = 24;
/** Making a failing sequence short takes so long at most (milliseconds). */
const SHRINKING = 100_000;

/** Runs a sequence, lets the rest of the system go on until nothing changes, and closes the audit. */
async function play(engines: Engines, commands: Iterable<fc.AsyncCommand<Model, Real, true>>): Promise<void> {
  const system = await startSystem(engines);
  const real: Real = { system, inbox: [], stalled: [] };
  const model: Model = { recipients: [], paused: false, decisions: new Map(), seen: undefined };
  const { rest, queue, provider } = system;
  try {
    await fc.asyncModelRun(async () => ({ model, real }), commands);
    for (const one of real.stalled) {
      await resumeStalled(model, real, one);
      await look(model, real);
    }
    await setSwitch(rest.context, 'all', false, 'operator', undefined);
    for (const message of real.inbox) await queue.giveBack(message);
    const jobId = await onlyJob(system);
    if (jobId === undefined) return;
    await system.goOn(jobId);
    await look(model, real);
    const audit = await readAudit(rest.context, provider, jobId);
    expect(audit).toBeDefined();
    if (!audit) return;
    await expectAuditClean(rest.context, audit, model.recipients);
    if (audit.job.status === 'attention') await settleAll(system, audit.job);
  } finally {
    for (const one of real.stalled) await one.resume();
    await system.stop();
  }
}

/** Whatever happened, a person can bring a job to its end: all that is unknown at the revision that was read. */
async function settleAll({ rest, pass }: TestSystem, { jobId, rev }: JobItem): Promise<void> {
  pass(SETTLE_AFTER + 1);
  const headers = { 'content-type': 'application/json', 'if-match': `"${rev}"` };
  await settleBatches(rest, apiRequest({ jobId, headers, body: { as: 'rejected', why: 'not in the bill' } }));
  expect((await readJob(rest.context, jobId))?.job.status).toBe('completed');
}

onEveryEngine('jobs as a state machine', (address, engine) => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await openEngines(address.endpoint);
  });
  afterAll(() => engines.stop());

  test.each(Object.entries(KEPT))('%s', (_what, commands) => play(engines, commands));

  /** A failure prints seed, path and replayPath: run it again with them, and keep the sequence that it prints above. */
  test('anything in any order: no call twice, nothing lost, nothing reported wrong', { timeout: 2 * SHRINKING }, async () => {
    const sequence = fc.tuple(acceptFirst, fc.commands(anyCommand, { maxCommands: LONGEST, size: 'max' }));
    const property = fc.asyncProperty(sequence, ([first, others]) => play(engines, [first, ...others]));
    await fc.assert(property, { numRuns: RUNS[engine], interruptAfterTimeLimit: SHRINKING, markInterruptAsFailure: false });
  });
});
