import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, type CreateTableCommandInput, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { REGION, type Resource } from '../cloudformation/template.ts';

/** A DynamoDB engine on 127.0.0.1. */
export interface DynamoDbEngine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** @param folder where the data is kept; without one it is in memory. @throws Error if another process has the folder open. */
export async function startDynalite(folder?: string): Promise<DynamoDbEngine> {
  if (folder !== undefined) await checkUnlocked(folder);
  const server = dynalite({ ...(folder !== undefined && { path: folder }), createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const answered = noteRequests(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      await answered();
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** No request of the store's takes so long (milliseconds); one whose body was cut off is never answered. */
const LONGEST_REQUEST = 2_000;

/**
 * dynalite works on a request to its end, also when whoever asked was killed, and throws where nobody can catch it if its store is
 * closed meanwhile. @returns waits until every request has its answer
 */
function noteRequests(server: Server): () => Promise<void> {
  const open = new Set<ServerResponse>();
  server.prependListener('request', (_request, response) => {
    open.add(response);
    const end = response.end;
    response.end = (...given: unknown[]) => {
      open.delete(response);
      return Reflect.apply(end, response, given);
    };
  });
  return async () => {
    for (const until = performance.now() + LONGEST_REQUEST; open.size > 0 && performance.now() < until; ) await delay(10);
  };
}

/** dynalite does not say that its folder is locked, but breaks at the first request; its own store, opened once before it, does. */
async function checkUnlocked(folder: string): Promise<void> {
  const { Level } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('level') as {
    Level: new (folder: string) => { open(): Promise<void>; close(): Promise<void> };
  };
  const store = new Level(folder);
  try {
    await store.open();
  } catch (error) {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    throw new Error(code === 'LEVEL_LOCKED' ? `DATA_DIR: ${folder} is in use by another running instance` : `DATA_DIR: ${message}`);
  }
  await store.close();
}

/** A client for an embedded engine, whatever credentials and regions the environment has. */
export function dynamoDbClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
}

type Schema = Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'>;

/**
 * Creates the tables of the template that the engine does not have yet.
 * @throws Error if a table that is there has other keys or indexes.
 */
export async function createTables(endpoint: string, resources: readonly Resource[]): Promise<void> {
  const client = dynamoDbClient(endpoint);
  try {
    for (const { type, ref, properties } of resources) {
      if (type === 'AWS::DynamoDB::Table') await createTable(client, ref, properties);
    }
  } finally {
    client.destroy();
  }
}

/** Creates a table by the properties of its CloudFormation resource, unless it is there. @throws Error if it is there with another schema */
export async function createTable(client: DynamoDBClient, name: string, properties: Record<string, unknown>): Promise<void> {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties as Schema;
  const schema = { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes };
  const existing = await describe(client, name);
  if (existing && shape(existing) !== shape(schema)) {
    throw new Error(`DATA_DIR: the table ${name} in it has other keys or indexes than the stack; remove the folder to start afresh`);
  }
  if (existing) return;
  await client.send(new CreateTableCommand({ TableName: name, BillingMode: 'PAY_PER_REQUEST', ...schema }));
  while ((await describe(client, name))?.TableStatus !== 'ACTIVE') await delay(5);
}

async function describe(client: DynamoDBClient, name: string): Promise<(Schema & { TableStatus?: string }) | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table as Schema & { TableStatus?: string };
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** Keys and indexes as a text to compare, in an order of its own. */
function shape({ KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes }: Schema): string {
  const keys = (schema: Schema['KeySchema']) => schema?.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).sort();
  const indexes = [...(GlobalSecondaryIndexes ?? []), ...(LocalSecondaryIndexes ?? [])];
  return JSON.stringify([
    keys(KeySchema),
    AttributeDefinitions?.map(({ AttributeName, AttributeType }) => `${AttributeName} ${AttributeType}`).sort(),
    indexes
      .map(({ IndexName, KeySchema: own, Projection }) => [IndexName, keys(own), Projection?.ProjectionType, Projection?.NonKeyAttributes])
      .sort(([one], [other]) => String(one).localeCompare(String(other))),
  ]);
}
