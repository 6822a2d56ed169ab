import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SqliteLevel } from '../../../infra/local/dynamodb/sqlite-level.ts';

it('gives back what was written last, whether it is still in memory or not', async () => {
  const keys = fc.integer({ min: 0, max: 1_500 }).map(String);
  // Now and then longer than what is kept in memory.
  const values = fc.record({ text: fc.oneof(fc.string(), fc.constant('x'.repeat(5_000))) });
  const change = fc.oneof(
    fc.record({ type: fc.constant('put' as const), key: keys, value: values }),
    fc.record({ type: fc.constant('del' as const), key: keys }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1_000, maxLength: 3_000 }), async (changes) => {
      const level = new SqliteLevel(':memory:');
      const expected = new Map<string, unknown>();
      for (let start = 0; start < changes.length; start += 25) {
        const group = changes.slice(start, start + 25);
        await level.batch(group);
        for (const one of group) {
          if (one.type === 'put') expected.set(one.key, one.value);
          else expected.delete(one.key);
        }
        for (const { key } of group) expect(await level.get(key)).toEqual(expected.get(key));
      }
      for (let key = 0; key <= 1_500; key++) expect(await level.get(String(key))).toEqual(expected.get(String(key)));
      await level.close();
    }),
    { numRuns: 5 },
  );
});

it('a value that was changed after it was read or written is as it was written', async () => {
  const level = new SqliteLevel(':memory:');
  const value = { list: ['first'] };
  await level.put('key', value);
  value.list.push('second');
  const read = (await level.get('key')) as typeof value;
  read.list.push('third');
  expect(await level.get('key')).toEqual({ list: ['first'] });
  await level.close();
});
