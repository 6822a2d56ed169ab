import { expect, it } from 'vitest';
import { statesOf } from '../../support/states.ts';
import { MINUTE, onEveryEngine } from './workers.ts';

onEveryEngine('the breaker', (startCrew) => {
  it('tries one batch at growing intervals while an outage lasts', async () => {
    let end = 0;
    const unavailable = { accepted: false, answer: 'too-many' } as const;
    const { agenda, provider, queue, read } = await startCrew({
      maxConcurrentCalls: 1,
      decide: ({ at }) => (at < end ? unavailable : undefined),
    });
    const job = await queue(5);
    end = agenda.now() + 12 * MINUTE;
    await agenda.run();

    expect(statesOf((await read(job)).batches)).toEqual({ accepted: 5 });
    const tried = provider.arrivals.slice(2).map(({ at }) => at);
    const gaps = tried.slice(1).map((at, index) => (at - (tried[index] ?? 0)) / 1000);
    const during = gaps.slice(0, 7);
    for (const [index, interval] of [5, 10, 20, 40, 80, 160, 300].entries()) {
      expect(during[index]).toBeGreaterThanOrEqual(interval);
      expect(during[index], 'but not much later').toBeLessThan(interval + 90);
    }
    expect(provider.arrivals.length).toBeLessThanOrEqual(3 + 8 + 5);
  });

  it('does not hold back what is well: Faild is an answer, rejected at once with its Message', async () => {
    const { agenda, provider, queue, read } = await startCrew({ decide: () => ({ accepted: false, answer: 'faild' }) });
    const start = agenda.now();
    const job = await queue(8);
    await agenda.run();
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
    const { agenda, senders, queue, read, provider } = await startCrew({ maxConcurrentCalls: 1, random: () => 0.5, decide });
    const job = await queue(1);
    // Wake-ups that come all the time, as if each were delivered again and again.
    const nag = async () => senders[0]?.wakeUps.wake([{ jobId: job.jobId, batch: 1, try: 1 }]);
    agenda.add({ at: agenda.now(), everyMs: 200, run: async () => nag() });
    await agenda.run();

    const { timeline, notSent } = (await read(job)).batches[0] ?? { timeline: [] };
    expect(notSent).toBe(4);
    expect(provider.arrivals).toHaveLength(5);
    expect(timeline.filter(({ event }) => event === 'not sent')).toHaveLength(4);
    const gaps = provider.arrivals.slice(1).map(({ at }, index) => at - (provider.arrivals[index]?.at ?? 0));
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(1_000 * 2 ** index);
  });

  it('a job that cannot be sent until its validity ends is rejected or expired with the reason, and nothing of it goes out later', async () => {
    // The longest jitter: what was tried once would come again after the end.
    const { agenda, provider, queue, read } = await startCrew({ random: () => 0.999 });
    await provider.shut();
    const job = await queue(8, { validFor: 'PT1S' });
    agenda.add({ at: agenda.now() + 5 * MINUTE, run: () => provider.open() });
    await agenda.run();

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
