import { expect, it } from 'vitest';
import { queueJob } from '../../../functions/shared/job/queue-batches.ts';
import { setSwitch } from '../../../functions/shared/job/switches.ts';
import { statesOf } from '../../support/states.ts';
import { type Crew, MINUTE, onEveryEngine } from './workers.ts';

const BATCHES = 16;

/** Pauses a scope as soon as so many calls have come in. */
function pauseAfter(calls: number, scope: Parameters<typeof setSwitch>[1]) {
  const paused: { crew?: Crew } = {};
  let come = 0;
  const decide = async () => {
    if (++come === calls && paused.crew) await setSwitch(paused.crew.store, scope, true, 'operator', 'halt');
    return undefined;
  };
  return { decide, paused };
}

async function resume({ store, agenda, sweep }: Crew, scope: Parameters<typeof setSwitch>[1]): Promise<void> {
  await setSwitch(store, scope, false, 'operator', undefined);
  const start = agenda.now();
  agenda.forward(MINUTE + 1);
  await sweep();
  await agenda.run();
  expect(agenda.now() - start, 'a sweep is enough').toBeLessThan(5 * MINUTE);
}

onEveryEngine('a pause', (startCrew) => {
  it('for all, half-way: what is being sent ends, the rest waits, and goes out after the start', async () => {
    const { decide, paused } = pauseAfter(6, 'all');
    const crew = await startCrew({ decide });
    paused.crew = crew;
    const job = await crew.queue(BATCHES);
    await crew.agenda.run();
    const halted = statesOf((await crew.read(job)).batches);
    expect(halted.accepted).toBeGreaterThanOrEqual(6);
    expect(halted.waiting).toBe(BATCHES - (halted.accepted ?? 0));
    expect(crew.provider.arrivals).toHaveLength(halted.accepted ?? 0);

    await resume(crew, 'all');
    expect((await crew.read(job)).job).toMatchObject({ status: 'completed', counts: { accepted: BATCHES } });
    expect([...crew.provider.ledger.values()]).toEqual(Array(BATCHES).fill(1));
  });

  it('for one caller stops nobody else', async () => {
    const crew = await startCrew();
    await setSwitch(crew.store, 'caller#halted', true, 'operator', 'halt');
    const halted = await crew.queue(5, { caller: 'halted' });
    const other = await crew.queue(5, { caller: 'other' });
    await crew.agenda.run();
    expect((await crew.read(other)).job).toMatchObject({ status: 'completed', counts: { accepted: 5 } });
    expect(statesOf((await crew.read(halted)).batches)).toEqual({ waiting: 5 });

    await resume(crew, 'caller#halted');
    expect((await crew.read(halted)).job).toMatchObject({ status: 'completed', counts: { accepted: 5 } });
    expect([...crew.provider.ledger.values()]).toEqual(Array(10).fill(1));
  });

  it('whose wake-ups are dropped before the job is noted as queued costs no more than a sweep either', async () => {
    const crew = await startCrew();
    await setSwitch(crew.store, 'all', true, 'operator', 'halt');
    const job = await crew.place(3);
    const [sender] = crew.senders;
    // The queue is faster than whoever fills it: everything is delivered, and dropped, before the note.
    const fast = { ...sender?.wakeUps, wake: (...given: Parameters<Crew['senders'][0]['wakeUps']['wake']>) => wakeAndWork(crew, given) };
    await queueJob(crew.store, fast as Crew['senders'][0]['wakeUps'], job.jobId, (await crew.read(job)).batches);
    expect(statesOf((await crew.read(job)).batches)).toEqual({ waiting: 3 });

    await resume(crew, 'all');
    expect((await crew.read(job)).job).toMatchObject({ status: 'completed', counts: { accepted: 3 } });
  });
});

async function wakeAndWork({ senders, agenda }: Crew, [attempts, delay]: Parameters<Crew['senders'][0]['wakeUps']['wake']>): Promise<void> {
  await senders[0]?.wakeUps.wake(attempts, delay);
  await agenda.run();
}
