import { expect, it } from 'vitest';
import { notSent } from '../../../functions/shared/customsend/outcome.ts';
import { type Permit, takePermit } from '../../../functions/shared/dispatch/rate-limiter.ts';
import { type Crew, onEveryEngine } from './workers.ts';

const limits = { maxConcurrentCalls: 5, callsPerSecond: null };

async function permitOf({ store }: Crew): Promise<Permit> {
  const taken = await takePermit(store, limits, 0);
  if ('until' in taken) throw new Error(`Not before ${taken.until}`);
  return taken;
}

/** A crew whose breaker is due for a trial. */
async function openBreaker(crew: Crew): Promise<Crew> {
  for (let failures = 0; failures < 3; failures++) await (await permitOf(crew)).end(notSent('refused'));
  expect(await takePermit(crew.store, limits, 0)).toHaveProperty('until');
  crew.agenda.forward(5_001);
  return crew;
}

onEveryEngine('the trial of an open breaker', (startCrew) => {
  it('is one; who asks meanwhile comes back when it should have ended, not when its taker would be given up', async () => {
    const crew = await openBreaker(await startCrew());
    const trial = await permitOf(crew);
    const asked = crew.agenda.now();
    const others = await Promise.all(Array.from({ length: 3 }, () => takePermit(crew.store, limits, 0)));
    for (const other of others) expect('until' in other ? other.until - asked : 0).toBeLessThan(20_000);
    await trial.end(notSent('refused'));
    expect(await takePermit(crew.store, limits, 0)).toHaveProperty('until');
  });

  it('that came to no call is another one’s at once, and closes nothing', async () => {
    const crew = await openBreaker(await startCrew());
    await (await permitOf(crew)).end(notSent('too-late'));
    const again = await permitOf(crew);
    expect(await takePermit(crew.store, limits, 0), 'the breaker is still open').toHaveProperty('until');
    await again.end();
  });
});
