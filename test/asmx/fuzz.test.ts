import { expect, it } from 'vitest';
import { fuzz } from '../support/fuzz.ts';

it('answers 6,000 mutated requests by the rules (`npm run proof`: 200,000)', () => {
  const { broken, soapCalls, formCalls, contents, refused, documents } = fuzz(1, 6_000);
  expect(broken).toEqual([]);
  // A good part of them is read, and every kind of refusal is met: else the mutations would be too wild, or too tame, to say anything.
  for (const found of [soapCalls, formCalls, contents, documents]) expect(found).toBeGreaterThan(100);
  expect(Object.keys(refused)).toEqual(['400', '405', '415', '500']);
});
