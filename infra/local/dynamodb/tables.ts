import { setTimeout as delay } from 'node:timers/promises';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { callJson } from '../aws-endpoint/json-call.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import type { Resource } from '../cloudformation/template.ts';

type Schema = Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'>;
type Description = Schema & { TableStatus?: string };

/**
 * Creates the tables of the template that the engine does not have yet.
 * @throws Error if a table that is there has other keys or indexes.
 */
export async function createTables(endpoint: string, resources: readonly Resource[]): Promise<void> {
  for (const { type, ref, properties } of resources) {
    if (type === 'AWS::DynamoDB::Table') await createTable(endpoint, ref, properties);
  }
}

/** Creates a table by the properties of its CloudFormation resource, unless it is there. @throws Error if it is there with another schema */
export async function createTable(endpoint: string, name: string, properties: Record<string, unknown>): Promise<void> {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties as Schema;
  const schema = { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes };
  const existing = await describe(endpoint, name);
  if (existing && shape(existing) !== shape(schema)) {
    throw new Error(`DATA_DIR: the table ${name} in it has other keys or indexes than the stack; remove the folder to start afresh`);
  }
  if (existing) return;
  await callJson(endpoint, 'DynamoDB_20120810.CreateTable', { TableName: name, BillingMode: 'PAY_PER_REQUEST', ...schema });
  while ((await describe(endpoint, name))?.TableStatus !== 'ACTIVE') await delay(2);
}

async function describe(endpoint: string, name: string): Promise<Description | undefined> {
  try {
    return (await callJson<{ Table: Description }>(endpoint, 'DynamoDB_20120810.DescribeTable', { TableName: name })).Table;
  } catch (error) {
    if (error instanceof ServiceError && error.name === 'ResourceNotFoundException') return undefined;
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
