import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';

/** How many keys of each request the DynamoDB below answers; it keeps the others back, as for a throttled partition. */
let answered: number[] = [];
const server = createServer(async (request, response) => {
  const { RequestItems } = (await json(request)) as { RequestItems: { jobs: { Keys: object[] } } };
  const { Keys } = RequestItems.jobs;
  const count = answered.shift() ?? Keys.length;
  const left = Keys.slice(count);
  const body = { Responses: { jobs: Keys.slice(0, count) }, UnprocessedKeys: left.length > 0 ? { jobs: { Keys: left } } : {} };
  response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
});
let table: Table;
let pauses: number[] = [];
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const client = dynamoDbClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  table = new Table('jobs', client, async (round) => pauses.push(round));
});
beforeEach(() => {
  pauses = [];
});
afterAll(() => server.close());

const keys = Array.from({ length: 5 }, (_, index) => ({ pk: 'JOB#1', sk: `B#${index}` }));

test('keys that are kept back are asked for again after a pause, longer as long as nothing comes', async () => {
  answered = [2, 0, 0, 3];
  expect(await table.getMany(keys)).toEqual(keys);
  expect(pauses).toEqual([0, 1, 2]);
});

test('keys that are kept back for ever are an error, and not fewer items', async () => {
  answered = [2, ...Array.from({ length: 20 }, () => 0)];
  await expect(table.getMany(keys)).rejects.toThrow('DynamoDB kept 3 items back: the table is throttled.');
  expect(pauses.length).toBeLessThan(10);
});

test('without a throttle there is no pause', async () => {
  answered = [];
  expect(await table.getMany(keys)).toEqual(keys);
  expect(pauses).toEqual([]);
});
