import { expect, it } from 'vitest';
import { statesOf } from '../../support/states.ts';
import { MINUTE, onEveryEngine } from './workers.ts';

onEveryEngine('the breaker', (startWorkers) => {
  it('tries one batch at growing intervals while an outage lasts', async () => {
    let end = 0;
    const unavailable = { accepted: false, answer: 'too-many' } as const;
    const { outagePlan, provider, queue, read } = await startWorkers({
      maxConcurrentCalls: 1,
      decide: ({ at }) => (at < end ? unavailable : undefined),
    });
    const job = await queue(5);
    end = outagePlan.now() + 12 * MINUTE;
    await outagePlan.run();

    expect(statesOf((await read(job)).batches)).toEqual({ accepted: 5 });
    const tried = provider.arrivals.slice(2).map(({ at }) => at);
    const gaps = tried.slice(1).map((at, index) => (at - (tried[index] ?? 0)) / 1000);
    const during = gaps.slice(0, 7);
    for (const [index, interval] of [5, 10, 20, 40, 60, 60, 60].entries()) {
      expect(during[index]).toBeGreaterThanOrEqual(interval);
      expect(during[index], 'but not much later').toBeLessThan(interval + 15);
    }
    expect(provider.arrivals.length).toBeLessThanOrEqual(3 + 4 + 11 + 5);
  });

  it('does not hold back what is well: Faild is an answer, rejected at once with its Message', async () => {
    const { outagePlan, provider, queue, read } = await startWorkers({ decide: () => ({ accepted: false, answer: 'faild' }) });
    const start = outagePlan.now();
    const job = await queue(8);
    await outagePlan.run();
    const { job: ended, batches } = await read(job);
    expect(ended).toMatchObject({ status: 'completed', counts: { total: 8, rejected: 8 } });
    for (const batch of batches) expect(batch).toMatchObject({ state: 'rejected', code: 'faild', retCode: 'Faild', message: '整批失败' });
    expect(provider.arrivals).toHaveLength(8);
    expect(Math.max(...provider.arrivals.map(({ at }) => at)) - start).toBeLessThan(MINUTE);
  });

  it('what was not sent waits for its moment, later each time, whatever wakes it before', async () => {
    let refusals = 4;
    const decide = () => (refusals-- > 0 ? ({ accepted: false, answer: 'too-many' } as const) : undefined);
    // Of the range of the jitter always the middle: 1, 2, 4 and 8 s.
    const { outagePlan, senders, queue, read, provider } = await startWorkers({ maxConcurrentCalls: 1, random: () => 0.5, decide });
    const job = await queue(1);
    // Dispatch messages that come all the time, as if each were delivered again and again.
    const nag = async () => senders[0]?.dispatchQueue.send([{ jobId: job.jobId, batch: 1, try: 1 }]);
    outagePlan.add({ at: outagePlan.now(), everyMs: 200, run: async () => nag() });
    await outagePlan.run();

    const { timeline, notSent } = (await read(job)).batches[0] ?? { timeline: [] };
    expect(notSent).toBe(4);
    expect(provider.arrivals).toHaveLength(5);
    expect(timeline.filter(({ event }) => event === 'not sent')).toHaveLength(4);
    const gaps = provider.arrivals.slice(1).map(({ at }, index) => at - (provider.arrivals[index]?.at ?? 0));
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(1_000 * 2 ** index);
  });

  it('a job that cannot be sent until its validity ends is rejected or expired with the reason, and nothing of it goes out later', async () => {
    // The longest jitter: what was tried once would come again after the end.
    const { outagePlan, provider, queue, read } = await startWorkers({ random: () => 0.999 });
    await provider.close();
    const job = await queue(8, { validFor: 'PT1S' });
    outagePlan.add({ at: outagePlan.now() + 5 * MINUTE, run: () => provider.open() });
    await outagePlan.run();

    const { job: ended, batches } = await read(job);
    const { rejected = 0, expired = 0, ...others } = statesOf(batches);
    expect(others).toEqual({});
    expect(rejected, 'until the breaker stopped the others').toBeGreaterThanOrEqual(3);
    expect(rejected + expired).toBe(8);
    for (const { state, reason, timeline } of batches) {
      if (state === 'rejected') expect(reason).toMatch(/^Not sent until its validity ended: The provider refused the connection/);
      else expect(timeline.at(-1)).toMatchObject({ event: 'expired', detail: 'Its validity ended before a call.' });
    }
    expect(ended).toMatchObject({ status: 'completed', counts: { total: 8, pending: 0, rejected, expired } });
    expect(provider.arrivals).toHaveLength(0);
  });
});
