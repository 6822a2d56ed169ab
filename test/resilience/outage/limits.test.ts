import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sendBatch } from '../../../functions/shared/dispatch/send-batch.ts';
import { statesOf } from '../../support/states.ts';
import { onEveryEngine } from './workers.ts';

/** A call takes so long (milliseconds), so that calls would overlap if they could. */
const CALL_MS = 15;

onEveryEngine('the limits of the provider', (startWorkers) => {
  it.each([1, 3])(
    'maxConcurrentCalls: %i is the most that are ever open, over workers and requests together',
    async (maxConcurrentCalls) => {
      const decide = () => sleep(CALL_MS).then(() => undefined);
      const { outagePlan, provider, senders, createJob, queue, read } = await startWorkers({ maxConcurrentCalls, decide });
      const queued = await queue(12);
      const inRequest = await Promise.all(senders.map(() => createJob(1)));
      const budget = { permitWait: 2_000, deadline: Date.now() + 20_000 };
      const sent = senders.map((sender, index) => sendBatch(sender, { jobId: inRequest[index]?.jobId ?? '', batch: 1, try: 1 }, budget));
      await Promise.all([outagePlan.run(), ...sent]);
      await outagePlan.run();

      for (const job of [queued, ...inRequest]) expect((await read(job)).job).toMatchObject({ status: 'completed' });
      expect([...provider.ledger.values()]).toEqual(Array(12 + senders.length).fill(1));
      expect(provider.mostOpen()).toBe(maxConcurrentCalls);
    },
  );

  it('callsPerSecond: by any moment no more calls have begun than the rate allows', async () => {
    const callsPerSecond = 10;
    const calls = 25;
    const { outagePlan, provider, queue, read } = await startWorkers({ maxConcurrentCalls: 4, callsPerSecond });
    const start = outagePlan.now();
    const job = await queue(calls);
    await outagePlan.run();
    expect(statesOf((await read(job)).batches)).toEqual({ accepted: calls });
    const begun = provider.arrivals.map(({ at }) => at - start).sort((one, other) => one - other);
    expect(begun).toHaveLength(calls);
    for (const [index, after] of begun.entries()) expect(after).toBeGreaterThanOrEqual((index * 1000) / callsPerSecond - 1);
  });
});
