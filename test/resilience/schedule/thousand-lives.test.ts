import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engines, openEngines } from './engines.ts';
import { live } from './job-life.ts';
import type { LifeStatistics } from './random-actions.ts';

const HUNDREDS = 10;
/** For a hundred lives, on a machine that does something else beside (milliseconds). */
const TIMEOUT = 600_000;

let engines: Engines;
const lives: LifeStatistics[] = [];
beforeAll(async () => {
  engines = await openEngines();
});
afterAll(() => engines.stop());

test.each(Array.from({ length: HUNDREDS }, (_, hundred) => 1_000 + 100 * hundred))(
  'a hundred lives of a scheduled job from seed %i: no recipient is sent it twice, before its time, or not at all',
  { timeout: TIMEOUT },
  async (first) => {
    for (let seed = first; seed < first + 100; seed++) lives.push(await live(engines, seed));
  },
);

test('everything did happen in them', () => {
  const sums = (Object.keys(lives[0] ?? {}) as (keyof LifeStatistics)[]).map((what) => [
    what,
    lives.reduce((sum, statistics) => sum + statistics[what], 0),
  ]);
  console.info(Object.fromEntries(sums));
  expect(lives).toHaveLength(100 * HUNDREDS);
  for (const [what, sum] of sums) expect(sum, String(what)).toBeGreaterThan(9);
});
