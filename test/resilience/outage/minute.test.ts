import { expect, it } from 'vitest';
import type { JobItem } from '../../../functions/shared/job/job-item.ts';
import type { Doing } from '../../support/ledger-provider.ts';
import { statesOf } from '../../support/states.ts';
import { MINUTE, onEveryEngine, type Workers } from './workers.ts';

const BATCHES = 100;
/** Calls that are open when an outage begins, those that begin until three have failed, and three trials in a minute; whatever waits. */
const HANDFUL = 10;

/** Callers that ask for one message each, at regular intervals: some before the breaker opens, most while it is open, some after the outage. */
const SINGLES = 40;
const EVERY_MS = 2_000;

/** No recipient got a message twice, and the recipients that got one are exactly those that are reported to have. */
function expectTruth({ provider }: Workers, accepted: number, unknown = 0): void {
  expect([...provider.ledger.values()].every((times) => times === 1)).toBe(true);
  expect(provider.ledger.size).toBeGreaterThanOrEqual(accepted);
  expect(provider.ledger.size).toBeLessThanOrEqual(accepted + unknown);
}

onEveryEngine('an outage of a minute', (startWorkers) => {
  it('connections refused: costs nothing but time', async () => {
    const workers = await startWorkers();
    const { outagePlan, provider } = workers;
    const job = await workers.queue(BATCHES);
    const start = outagePlan.now();
    await provider.close();
    outagePlan.add({ at: start + MINUTE, run: () => provider.open() });
    await outagePlan.run();

    const { job: ended, batches } = await workers.read(job);
    expect(statesOf(batches)).toEqual({ accepted: BATCHES });
    expect(ended).toMatchObject({ status: 'completed', counts: { total: BATCHES, accepted: BATCHES, unknown: 0, pending: 0 } });
    expectTruth(workers, BATCHES);
    const refused = batches.flatMap(({ timeline }) => timeline.filter(({ event }) => event === 'not sent'));
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused.length).toBeLessThanOrEqual(HANDFUL);
    expect(workers.mostQueued()).toBeLessThanOrEqual(BATCHES + 1);
    expect(outagePlan.now() - start, 'and not much of it').toBeLessThan(3 * MINUTE);
  });

  const outages: [string, Doing][] = [
    ['answers 503', { accepted: false, answer: 'unavailable' }],
    ['accepts and goes silent', { accepted: true, connection: 'silence' }],
  ];
  it.each(outages)('%s: costs a handful of unknown batches, whatever waits', async (_title, doing) => {
    let end = 0;
    const workers: Workers = await startWorkers({ decide: ({ at }) => (at < end ? doing : undefined) });
    const { outagePlan } = workers;
    const job = await workers.queue(BATCHES);
    end = outagePlan.now() + MINUTE;
    await outagePlan.run();

    const { job: ended, batches } = await workers.read(job);
    const { unknown = 0, accepted = 0, ...others } = statesOf(batches);
    expect(others).toEqual({});
    expect(accepted + unknown).toBe(BATCHES);
    expect(unknown).toBeGreaterThanOrEqual(3);
    expect(unknown).toBeLessThanOrEqual(HANDFUL);
    expect(ended).toMatchObject({ status: 'attention', counts: { total: BATCHES, accepted, unknown, pending: 0 } });
    expectTruth(workers, accepted, unknown);
    expect(workers.provider.arrivals).toHaveLength(BATCHES);
    expect(workers.mostQueued()).toBeLessThanOrEqual(BATCHES + 1);
    expect(outagePlan.now() - end, 'soon after the outage').toBeLessThan(2 * MINUTE);
  });

  const singleOutages: [string, Doing | 'closed'][] = [['connections refused', 'closed'], ...outages];
  it.each(singleOutages)('single sends while it lasts: %s', async (_title, doing) => {
    let end = 0;
    const workers: Workers = await startWorkers({ decide: ({ at }) => (at < end && doing !== 'closed' ? doing : undefined) });
    const { outagePlan, provider } = workers;
    const start = outagePlan.now();
    end = start + MINUTE;
    if (doing === 'closed') {
      await provider.close();
      outagePlan.add({ at: end, run: () => provider.open() });
    }
    const jobs: JobItem[] = [];
    const ask = async () => void jobs.push(await workers.single());
    for (let asked = 0; asked < SINGLES; asked++) outagePlan.add({ at: start + asked * EVERY_MS, run: ask });
    await outagePlan.run();

    expect(jobs).toHaveLength(SINGLES);
    const reads = await Promise.all(jobs.map((job) => workers.read(job)));
    const { unknown = 0, accepted = 0, ...others } = statesOf(reads.flatMap(({ batches }) => batches));
    expect(others).toEqual({});
    expect(accepted + unknown).toBe(SINGLES);
    if (doing === 'closed') expect(unknown, 'what was refused was not sent').toBe(0);
    else expect(unknown).toBeGreaterThanOrEqual(3);
    expect(unknown).toBeLessThanOrEqual(HANDFUL);
    for (const { job } of reads) expect(job.status).toBe(job.counts.unknown > 0 ? 'attention' : 'completed');
    expectTruth(workers, accepted, unknown);
  });
});
