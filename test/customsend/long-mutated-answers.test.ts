import { expect, it } from 'vitest';
import { readMutatedAnswers } from '../support/mutated-answers.ts';

/** A seed each, so that one which finds something can be run by itself. */
const RUNS = 25_000;

it.each([1, 2, 3, 4, 5, 6, 7, 8])(`reads ${RUNS} mutated answers as libxml2 does, or not at all, seed %i`, { timeout: 240_000 }, (seed) => {
  const { broken, accepted } = readMutatedAnswers(2_000 + seed, RUNS);
  expect(broken).toEqual([]);
  expect(accepted).toBeGreaterThan(RUNS / 10);
});
