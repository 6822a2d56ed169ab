import { INDEXES, OPEN_SHARDS, openShardKey } from '../../../functions/shared/dynamodb/keys.ts';
import { callJson } from '../aws-endpoint/json-call.ts';
import type { Resource } from '../cloudformation/template.ts';

/** When the first job wants to be looked at, of those that do until a goal. */
export type FirstWake = (goal: number) => Promise<number | undefined>;

/**
 * Reads from the job table what the sweep would find, so that moving the clock by months need not run it for each minute.
 * Without a table that has the index nothing is known, and every minute counts.
 */
export function openWakeTimes(resources: readonly Resource[], endpoint: string): FirstWake {
  const { name, partition, sort } = INDEXES.open;
  const table = resources.find(({ type, properties }) => {
    const { GlobalSecondaryIndexes = [] } = properties as { GlobalSecondaryIndexes?: { IndexName: string }[] };
    return type === 'AWS::DynamoDB::Table' && GlobalSecondaryIndexes.some(({ IndexName }) => IndexName === name);
  });
  if (!table) return async () => 0;
  const first = async (shard: number, goal: number): Promise<number[]> => {
    const { Items } = await callJson<{ Items: Record<string, { N?: string }>[] }>(endpoint, 'DynamoDB_20120810.Query', {
      TableName: table.ref,
      IndexName: name,
      KeyConditionExpression: '#p = :p AND #s <= :s',
      ExpressionAttributeNames: { '#p': partition, '#s': sort },
      ExpressionAttributeValues: { ':p': { S: openShardKey(shard) }, ':s': { N: String(goal) } },
      Limit: 1,
    });
    return Items.map((item) => Number(item[sort]?.N));
  };
  return async (goal) => {
    const found = await Promise.all(Array.from({ length: OPEN_SHARDS }, (_, shard) => first(shard, goal)));
    return found.flat().toSorted((one, other) => one - other)[0];
  };
}
