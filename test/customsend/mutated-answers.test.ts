import { expect, it } from 'vitest';
import { readMutatedAnswers } from '../support/mutated-answers.ts';

it('reads 6,000 mutated answers as libxml2 does, or not at all (`npm run proof`: 200,000)', () => {
  const { broken, accepted, kinds, stricter } = readMutatedAnswers(1, 6_000);
  expect(broken).toEqual([]);
  // The mutations are neither too wild nor too tame to say anything: every kind is met.
  expect(accepted).toBeGreaterThan(500);
  expect(stricter).toBeGreaterThan(0);
  expect(Object.keys(kinds)).toEqual(
    expect.arrayContaining(['root', 'fault', 'nil-root', 'no-root', 'invalid-root', 'not-xml', 'readers-disagree']),
  );
});
