import { expect, it } from 'vitest';
import type { Doing } from '../../support/ledger-provider.ts';
import { statesOf } from '../../support/states.ts';
import { type Crew, MINUTE, onEveryEngine } from './workers.ts';

const BATCHES = 100;
/** Calls that are open when an outage begins, those that begin until three have failed, and three trials in a minute; whatever waits. */
const HANDFUL = 10;

/** Nobody got anything twice, and who got something is exactly who is reported to have. */
function expectTruth({ provider }: Crew, accepted: number, unknown = 0): void {
  expect([...provider.ledger.values()].every((times) => times === 1)).toBe(true);
  expect(provider.ledger.size).toBeGreaterThanOrEqual(accepted);
  expect(provider.ledger.size).toBeLessThanOrEqual(accepted + unknown);
}

onEveryEngine('an outage of a minute', (startCrew) => {
  it('connections refused: costs nothing but time', async () => {
    const crew = await startCrew();
    const { agenda, provider } = crew;
    const job = await crew.queue(BATCHES);
    const start = agenda.now();
    await provider.shut();
    agenda.add({ at: start + MINUTE, run: () => provider.open() });
    await agenda.run();

    const { job: ended, batches } = await crew.read(job);
    expect(statesOf(batches)).toEqual({ accepted: BATCHES });
    expect(ended).toMatchObject({ status: 'completed', counts: { total: BATCHES, accepted: BATCHES, unknown: 0, pending: 0 } });
    expectTruth(crew, BATCHES);
    const refused = batches.flatMap(({ timeline }) => timeline.filter(({ event }) => event === 'not sent'));
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused.length).toBeLessThanOrEqual(HANDFUL);
    expect(crew.mostQueued()).toBeLessThanOrEqual(BATCHES + 1);
    expect(agenda.now() - start, 'and not much of it').toBeLessThan(3 * MINUTE);
  });

  const outages: [string, Doing][] = [
    ['answers 503', { accepted: false, answer: 'unavailable' }],
    ['accepts and goes silent', { accepted: true, connection: 'silence' }],
  ];
  it.each(outages)('%s: costs a handful of unknown batches, whatever waits', async (_title, doing) => {
    let end = 0;
    const crew: Crew = await startCrew({ decide: ({ at }) => (at < end ? doing : undefined) });
    const { agenda } = crew;
    const job = await crew.queue(BATCHES);
    end = agenda.now() + MINUTE;
    await agenda.run();

    const { job: ended, batches } = await crew.read(job);
    const { unknown = 0, accepted = 0, ...others } = statesOf(batches);
    expect(others).toEqual({});
    expect(accepted + unknown).toBe(BATCHES);
    expect(unknown).toBeGreaterThanOrEqual(3);
    expect(unknown).toBeLessThanOrEqual(HANDFUL);
    expect(ended).toMatchObject({ status: 'attention', counts: { total: BATCHES, accepted, unknown, pending: 0 } });
    expectTruth(crew, accepted, unknown);
    expect(crew.provider.arrivals).toHaveLength(BATCHES);
    expect(crew.mostQueued()).toBeLessThanOrEqual(BATCHES + 1);
    expect(agenda.now() - end, 'soon after the outage').toBeLessThan(2 * MINUTE);
  });
});
