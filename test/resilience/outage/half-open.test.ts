import { expect, it } from 'vitest';
import { notSent } from '../../../functions/shared/customsend/outcome.ts';
import { type Permit, takePermit } from '../../../functions/shared/dispatch/rate-limiter.ts';
import { onEveryEngine, type Workers } from './workers.ts';

const limits = { maxConcurrentCalls: 5, callsPerSecond: null };

async function permitOf({ context }: Workers): Promise<Permit> {
  const taken = await takePermit(context, limits, 0);
  if ('until' in taken) throw new Error(`Not before ${taken.until}`);
  return taken;
}

/** Workers whose breaker is due for a half-open probe. */
async function openBreaker(workers: Workers): Promise<Workers> {
  for (let failures = 0; failures < 3; failures++) await (await permitOf(workers)).end(notSent('refused'));
  expect(await takePermit(workers.context, limits, 0)).toHaveProperty('until');
  workers.outagePlan.forward(5_001);
  return workers;
}

onEveryEngine('the half-open probe of an open breaker', (startWorkers) => {
  it('is one call; a batch that comes meanwhile waits until the probe should have ended, not until it would be given up', async () => {
    const workers = await openBreaker(await startWorkers());
    const probe = await permitOf(workers);
    const asked = workers.outagePlan.now();
    const others = await Promise.all(Array.from({ length: 3 }, () => takePermit(workers.context, limits, 0)));
    for (const other of others) expect('until' in other ? other.until - asked : 0).toBeLessThan(20_000);
    await probe.end(notSent('refused'));
    expect(await takePermit(workers.context, limits, 0)).toHaveProperty('until');
  });

  it('that came to no call is another one’s at once, and closes nothing', async () => {
    const workers = await openBreaker(await startWorkers());
    await (await permitOf(workers)).end(notSent('too-late'));
    const again = await permitOf(workers);
    expect(await takePermit(workers.context, limits, 0), 'the breaker is still open').toHaveProperty('until');
    await again.end();
  });
});
