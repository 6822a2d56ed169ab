import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ground, openGround } from './engines.ts';
import type { Chronicle } from './random-actions.ts';
import { live } from './job-life.ts';

const HUNDREDS = 10;
/** For a hundred lives, on a machine that does something else beside (milliseconds). */
const TIMEOUT = 600_000;

let ground: Ground;
const chronicles: Chronicle[] = [];
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.stop());

test.each(Array.from({ length: HUNDREDS }, (_, hundred) => 1_000 + 100 * hundred))(
  'a hundred lives of a scheduled job from seed %i: nobody is sent it twice, before its time, or not at all',
  { timeout: TIMEOUT },
  async (first) => {
    for (let seed = first; seed < first + 100; seed++) chronicles.push(await live(ground, seed));
  },
);

test('everything did happen in them', () => {
  const sums = (Object.keys(chronicles[0] ?? {}) as (keyof Chronicle)[]).map((what) => [
    what,
    chronicles.reduce((sum, chronicle) => sum + chronicle[what], 0),
  ]);
  console.info(Object.fromEntries(sums));
  expect(chronicles).toHaveLength(100 * HUNDREDS);
  for (const [what, sum] of sums) expect(sum, String(what)).toBeGreaterThan(9);
});
