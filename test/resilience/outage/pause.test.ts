import { expect, it } from 'vitest';
import { queueJob } from '../../../functions/shared/job/queue-batches.ts';
import { setSwitch } from '../../../functions/shared/job/switches.ts';
import { statesOf } from '../../support/states.ts';
import { MINUTE, onEveryEngine, type Workers } from './workers.ts';

const BATCHES = 16;

/** Pauses a scope as soon as this number of calls has come in. */
function pauseAfter(calls: number, scope: Parameters<typeof setSwitch>[1]) {
  const paused: { workers?: Workers } = {};
  let come = 0;
  const decide = async () => {
    if (++come === calls && paused.workers) await setSwitch(paused.workers.context, scope, true, 'operator', 'halt');
    return undefined;
  };
  return { decide, paused };
}

async function resume({ context, outagePlan, sweep }: Workers, scope: Parameters<typeof setSwitch>[1]): Promise<void> {
  await setSwitch(context, scope, false, 'operator', undefined);
  const start = outagePlan.now();
  outagePlan.forward(MINUTE + 1);
  await sweep();
  await outagePlan.run();
  expect(outagePlan.now() - start, 'a sweep is enough').toBeLessThan(5 * MINUTE);
}

onEveryEngine('a pause', (startWorkers) => {
  it('for all, half-way: what is being sent ends, the rest waits, and goes out after the start', async () => {
    const { decide, paused } = pauseAfter(6, 'all');
    const workers = await startWorkers({ decide });
    paused.workers = workers;
    const job = await workers.queue(BATCHES);
    await workers.outagePlan.run();
    const halted = statesOf((await workers.read(job)).batches);
    expect(halted.accepted).toBeGreaterThanOrEqual(6);
    expect(halted.waiting).toBe(BATCHES - (halted.accepted ?? 0));
    expect(workers.provider.arrivals).toHaveLength(halted.accepted ?? 0);

    await resume(workers, 'all');
    expect((await workers.read(job)).job).toMatchObject({ status: 'completed', counts: { accepted: BATCHES } });
    expect([...workers.provider.ledger.values()]).toEqual(Array(BATCHES).fill(1));
  });

  it('for one caller stops no other caller', async () => {
    const workers = await startWorkers();
    await setSwitch(workers.context, 'caller#halted', true, 'operator', 'halt');
    const halted = await workers.queue(5, { caller: 'halted' });
    const other = await workers.queue(5, { caller: 'other' });
    await workers.outagePlan.run();
    expect((await workers.read(other)).job).toMatchObject({ status: 'completed', counts: { accepted: 5 } });
    expect(statesOf((await workers.read(halted)).batches)).toEqual({ waiting: 5 });

    await resume(workers, 'caller#halted');
    expect((await workers.read(halted)).job).toMatchObject({ status: 'completed', counts: { accepted: 5 } });
    expect([...workers.provider.ledger.values()]).toEqual(Array(10).fill(1));
  });

  it('whose dispatch messages are dropped before the job is noted as queued costs no more than a sweep either', async () => {
    const workers = await startWorkers();
    await setSwitch(workers.context, 'all', true, 'operator', 'halt');
    const job = await workers.createJob(3);
    const [sender] = workers.senders;
    // The queue is faster than the worker that fills it: everything is delivered, and dropped, before the note.
    const fast = {
      ...sender?.dispatchQueue,
      send: (...given: Parameters<Workers['senders'][0]['dispatchQueue']['send']>) => sendAndWork(workers, given),
    };
    await queueJob(workers.context, fast as Workers['senders'][0]['dispatchQueue'], job.jobId, (await workers.read(job)).batches);
    expect(statesOf((await workers.read(job)).batches)).toEqual({ waiting: 3 });

    await resume(workers, 'all');
    expect((await workers.read(job)).job).toMatchObject({ status: 'completed', counts: { accepted: 3 } });
  });
});

async function sendAndWork(
  { senders, outagePlan }: Workers,
  [attempts, delay]: Parameters<Workers['senders'][0]['dispatchQueue']['send']>,
): Promise<void> {
  await senders[0]?.dispatchQueue.send(attempts, delay);
  await outagePlan.run();
}
