import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { is, isAbsent, isAtMost, isGone, isOneOf } from '../../functions/shared/dynamodb/conditions.ts';
import { INDEXES, type Key } from '../../functions/shared/dynamodb/keys.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { parallel } from '../../functions/shared/parallel.ts';
import { createSdkClient } from '../../functions/shared/sdk-client.ts';
import { createTable } from '../../infra/local/dynamodb/tables.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';
import { onEveryEngine, openTestContext } from '../support/job-context.ts';

const keyOf = (index: number | string, pk = randomUUID()): Key => ({ pk, sk: `S#${index}` });

onEveryEngine('the table', (address) => {
  const table = () => openTestContext(address).table;

  test('an item comes back as it was put, without its undefined attributes', async () => {
    const item = { ...keyOf(1), text: '【签名】😀', number: 1.5, none: null, list: [1, { deep: true }], bytes: new Uint8Array([1, 2]) };
    expect(await table().put({ ...item, missing: undefined })).toBe(true);
    expect(await table().get({ pk: item.pk, sk: item.sk })).toEqual(item);
    expect(await table().get(keyOf(1))).toBeUndefined();
  });

  test('a put under a condition is done once', async () => {
    const item = keyOf(1);
    const puts = await Promise.all(Array.from({ length: 10 }, (_, by) => table().put({ ...item, by }, [isAbsent('pk')])));
    expect(puts.filter(Boolean)).toHaveLength(1);
    expect(await table().get(item)).toMatchObject({ by: puts.indexOf(true) });
  });

  test.each([
    ['absent', undefined, true],
    ['expired', 99, true],
    ['about to expire', 100, true],
    ['not expired', 101, false],
  ])('an item that is %s is gone: %s', async (_what, expiresAt, gone) => {
    const item = keyOf(1);
    if (expiresAt !== undefined) await table().put({ ...item, expiresAt });
    expect(await table().put({ ...item, expiresAt: 200 }, [isGone(100_999)])).toBe(gone);
  });

  test('an update sets, counts and removes if every condition holds, and makes no item', async () => {
    const item = { ...keyOf(1), state: 'a', count: 1, old: 1, same: 'a' };
    await table().put(item);
    const change = { set: { state: 'b', same: 'b', skipped: undefined }, add: { count: 2, new: -1 }, remove: ['old'] };
    const key: Key = { pk: item.pk, sk: item.sk };
    expect(await table().update(key, change, [is('state', 'x')])).toBeUndefined();
    expect(await table().update(key, change, [is('state', 'a'), isAtMost('count', 0)])).toBeUndefined();
    expect(await table().get(key)).toEqual(item);
    const written = await table().update(key, change, [isOneOf('state', ['x', 'a']), isAtMost('count', 1), isAbsent('new')]);
    expect(written).toEqual({ ...key, state: 'b', same: 'b', count: 3, new: -1 });
    expect(await table().get(key)).toEqual(written);
    const absent = keyOf(2);
    expect(await table().update(absent, change, [is('state', 'a')])).toBeUndefined();
    expect(await table().get(absent)).toBeUndefined();
  });

  test('several items are read at once, absent ones left out', async () => {
    const keys = [1, 2, 3].map((index) => keyOf(index));
    await Promise.all(keys.slice(1).map((key) => table().put(key)));
    const read = await table().getMany<Key>(keys);
    expect(read.sort((one, other) => one.sk.localeCompare(other.sk))).toEqual(keys.slice(1));
  });

  test('a range is read to its end, over pages of 1 MB, both ends included and in order', async () => {
    const pk = randomUUID();
    const keys = [1, 2, 3, 4, 5, 6, 7].map((index) => keyOf(index, pk));
    await parallel([...keys].reverse(), (key) => table().put({ ...key, filler: 'x'.repeat(300_000) }));
    const read = await table().range<Key>(pk, 'S#2', 'S#6');
    expect(read.map(({ sk }) => sk)).toEqual(['S#2', 'S#3', 'S#4', 'S#5', 'S#6']);
  });

  const sortKeys = { open: [7, 8, 9, 10, 11], byCaller: ['07', '08', '09', '10', '11'], byStatus: ['07', '08', '09', '10', '11'] };

  test.each(['open', 'byCaller', 'byStatus'] as const)('the index %s gives keys in order, up to a bound, page by page', async (index) => {
    const { partition, sort } = INDEXES[index];
    const own = randomUUID();
    const items = sortKeys[index].map((value) => ({ ...keyOf(value), [partition]: own, [sort]: value }));
    await Promise.all([...items, { ...keyOf('no partition'), [sort]: sortKeys[index][0] }].map((item) => table().put(item)));
    const keys = items.map(({ pk, sk }) => ({ pk, sk }));
    expect(await table().keys({ index, partition: own, limit: 10 })).toEqual({ keys, next: undefined });
    const upTo = sortKeys[index][2] as string | number;
    expect((await table().keys({ index, partition: own, upTo, limit: 10 })).keys).toEqual(keys.slice(0, 3));
    const first = await table().keys({ index, partition: own, newestFirst: true, limit: 3 });
    const second = await table().keys({ index, partition: own, newestFirst: true, limit: 3, ...(first.next && { from: first.next }) });
    expect([...first.keys, ...second.keys]).toEqual([...keys].reverse());
    expect(second.next).toBeUndefined();
  });

  test('what the stack does not give the table is not found: each index that is missing fails its query', async () => {
    const client = dynamoDbClient(address.endpoint);
    const bare = `bare-${randomUUID()}`;
    await createTable(address.endpoint, bare, {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    });
    for (const index of ['open', 'byCaller', 'byStatus'] as const) {
      const query = new Table(bare, client).keys({ index, partition: 'x', limit: 1 });
      await expect(query).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(index) });
    }
  });

  test('a failure that is no condition is thrown', async () => {
    const absent = new Table('no-such-table', dynamoDbClient(address.endpoint));
    await expect(absent.put(keyOf(1), [isAbsent('pk')])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(absent.update(keyOf(1), { set: { a: 1 } }, [])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

test('a client of a function has no middleware that copies inputs and outputs for a log that goes nowhere', () => {
  const chainOf = ({ middlewareStack }: DynamoDBClient) => middlewareStack.identify().map((entry) => entry.split(' ')[0]);
  const usual = chainOf(new DynamoDBClient({}));
  expect(usual).toContain('loggerMiddleware');
  expect(chainOf(createSdkClient(DynamoDBClient, 1_000))).toEqual(usual.filter((name) => name !== 'loggerMiddleware'));
});
