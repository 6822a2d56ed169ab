import { DescribeTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DynamoDbEngine, startDynalite } from '../../../infra/local/dynamodb/dynalite-engine.ts';
import { createTable } from '../../../infra/local/dynamodb/tables.ts';
import { dynamoDbClient } from '../../support/aws-clients.ts';
import { engines, freshTable } from '../../support/dynamodb.ts';
import { temporaryFolder } from '../fixture.ts';

describe.each(engines())('$name', ({ start }) => {
  let engine: DynamoDbEngine;
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine.stop());

  it.each(['TABLE_NAME', 'LEDGER_TABLE_NAME'])('takes the table that functions know by %s, and listens on 127.0.0.1', async (variable) => {
    const { client, tableName } = await freshTable(engine.endpoint, variable);
    const key = { pk: { S: 'a' }, sk: { S: 'b' } };
    await client.send(new PutItemCommand({ TableName: tableName, Item: { ...key, text: { S: '你好' } } }));
    const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    expect(Item?.text).toEqual({ S: '你好' });
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    expect(Table?.TableStatus).toBe('ACTIVE');
    expect(new URL(engine.endpoint).hostname).toBe('127.0.0.1');
  });
});

const SIGNED = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none';

it.each([
  ['an operation that is not known', 'RestoreTable', SIGNED, '{}', 400, 'UnknownOperationException'],
  ['a request without a signature', 'ListTables', '', '{}', 400, 'MissingAuthenticationTokenException'],
  ['a body that is no JSON', 'ListTables', SIGNED, '{', 400, 'SerializationException'],
  ['a body that is no object', 'ListTables', SIGNED, 'null', 400, 'SerializationException'],
  ['a table that is not there', 'DescribeTable', SIGNED, '{"TableName":"Nothing"}', 400, 'ResourceNotFoundException'],
  ['a body above 16 MB', 'ListTables', SIGNED, ' '.repeat(16 * 1024 * 1024 + 1), 413, ''],
])('answers %s as the service does', async (_, operation, authorization, body, status, error) => {
  const engine = await startDynalite();
  const headers = { 'X-Amz-Target': `DynamoDB_20120810.${operation}`, ...(authorization !== '' && { authorization }) };
  const response = await fetch(engine.endpoint, { method: 'POST', headers, body });
  const { __type = '' } = (await response.json()) as { __type?: string };
  expect([response.status, __type.split('#').at(-1)]).toEqual([status, error]);
  await engine.stop();
});

it('keeps a table and its items from start to start', async () => {
  const { folder, remove } = temporaryFolder();
  const properties = {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  };
  const Item = { pk: { S: 'kept' } };
  const first = await startDynalite(folder);
  await createTable(first.endpoint, 'Kept', properties);
  await dynamoDbClient(first.endpoint).send(new PutItemCommand({ TableName: 'Kept', Item }));
  await first.stop();
  const second = await startDynalite(folder);
  await createTable(second.endpoint, 'Kept', properties);
  expect((await dynamoDbClient(second.endpoint).send(new GetItemCommand({ TableName: 'Kept', Key: Item }))).Item).toEqual(Item);
  await second.stop();
  remove();
});
