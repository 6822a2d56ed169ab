import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { LocalSystem } from '../../infra/local/system.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';

/** Every item of every table of a system, the ledger of the sandbox included, in one order. */
export async function everythingIn({ resources, dynamoDb }: LocalSystem): Promise<string[]> {
  const client = dynamoDbClient(dynamoDb);
  const tables = resources.filter(({ type }) => type === 'AWS::DynamoDB::Table');
  const items = await Promise.all(
    tables.map(async ({ ref }) => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: ref, ConsistentRead: true }));
      return Items.map((item) => `${ref} ${JSON.stringify(Object.entries(item).sort(([one], [other]) => one.localeCompare(other)))}`);
    }),
  );
  client.destroy();
  return items.flat().sort();
}
