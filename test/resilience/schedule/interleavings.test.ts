import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engines, openEngines } from './engines.ts';
import { live } from './job-life.ts';

/** The thousand of them are proofs (thousand.test.ts). */
const LIVES = 24;

let engines: Engines;
beforeAll(async () => {
  engines = await openEngines();
});
afterAll(() => engines.stop());

test('whatever happens to a scheduled job at once: no recipient is sent it twice, before its time, or not at all', {
  timeout: 120_000,
}, async () => {
  let accepted = 0;
  for (let seed = 1; seed <= LIVES; seed++) accepted += (await live(engines, seed)).accepted;
  expect(accepted).toBeGreaterThan(LIVES);
});
