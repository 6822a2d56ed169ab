import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Sends single messages through `POST /v1/jobs` of a checkout, this one or an earlier one, with a delay before every request to the table.
 * Started by single.ts in a process of its own: `single-run.ts <task as JSON>`. Prints the wall time of a send, and of a bare call of the
 * provider, in milliseconds.
 */
interface Task {
  root: string;
  endpoint: string;
  tableName: string;
  provider: string;
  delayMs: number;
  sends: number;
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task;

/** Loads the first of these modules that the checkout has: files were moved since. */
async function load<Module>(...paths: string[]): Promise<Module> {
  const found = paths.map((path) => join(task.root, path)).find((path) => existsSync(path));
  if (!found) throw new Error(`${task.root} has none of ${paths.join(', ')}`);
  return (await import(found)) as Module;
}

type TableModule = { Table: new (name: string, client: DynamoDBClient) => unknown };
type ClientModule = {
  createCustomSend: (settings: object) => { send(call: object): Promise<{ kind: string }> };
};
type RouteModule = { createJob: (api: object, request: object) => Promise<{ statusCode: number; body: string }> };

const { Table } = await load<TableModule>('functions/shared/dynamodb/table.ts', 'functions/shared/job/table.ts');
const { createCustomSend } = await load<ClientModule>('functions/shared/customsend/client.ts');
const { createJob } = await load<RouteModule>('functions/api/create-job.ts', 'functions/api/create.ts');
const { dev } = await load<{ dev: { limits: object; dialect: object } }>('infra/stages.ts');
const { DynamoDBClient: Client } = await import('@aws-sdk/client-dynamodb');

const client = new Client({
  endpoint: task.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
client.middlewareStack.add(
  (next) => async (given) => {
    await delay(task.delayMs);
    return next(given);
  },
  { step: 'initialize' },
);
const provider = createCustomSend({
  url: task.provider,
  protocol: 'http-post',
  connectTimeoutMs: 1_000,
  timeoutMs: 5_000,
  notSentStatuses: [],
});
// What an earlier commit knows by names of its own stands beside today's: a field that a checkout does not know does nothing there.
const silent = { due: async () => undefined, owes: async () => undefined, publish: async () => undefined };
const queue = { wake: async () => undefined, send: async () => undefined, isEmpty: async () => true };
const context = {
  table: new Table(task.tableName, client),
  now: Date.now,
  randomId: randomUUID,
  random: Math.random,
  publishes: true,
  eventsQueue: silent,
  errands: silent,
};
const api = {
  context,
  store: context,
  dispatchQueue: queue,
  wakeUps: queue,
  provider,
  token: async () => 'token',
  dialect: dev.dialect,
  callLimits: dev.limits,
  counters: { unknownBatches() {}, lateAnswers() {}, readersDisagree() {} },
  logger: console,
  rules: { dialect: dev.dialect, limits: dev.limits, protocol: 'http-post', providerZone: 'Asia/Shanghai' },
};

const phone = '13800138000';
const call = { Token: 'token', Pattern: '【签名】您好', DefaultDetail: '', Details: '', Phones: `${phone};`, SmsType: 1 };

async function sendOne(): Promise<number> {
  const key = randomUUID();
  const begun = performance.now();
  const answer = await createJob(api, {
    ...{ caller: 'bench', owns: [], jobId: '', query: {}, deadline: Date.now() + 25_000, stagePath: '', requestId: key },
    header: (name: string) => (name === 'idempotency-key' ? key : undefined),
    body: () => ({ pattern: '【签名】您好', recipients: [phone] }),
  });
  if (answer.statusCode !== 201) throw new Error(`${answer.statusCode} ${answer.body}`);
  return performance.now() - begun;
}

async function callOnce(): Promise<number> {
  const begun = performance.now();
  const { kind } = await provider.send({ ...call, PostFixNumber: '', SendTime: '' });
  if (kind !== 'accepted') throw new Error(kind);
  return performance.now() - begun;
}

/** The lower quartile: other work on the machine can only add to a send. */
async function quartile(measure: () => Promise<number>): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < task.sends; round++) took.push(await measure());
  return took.sort((one, other) => one - other)[Math.floor(took.length / 4)] ?? 0;
}

// What is compiled and connected once is no part of it.
for (let round = 0; round < 5; round++) await sendOne();
const bare = await quartile(callOnce);
console.log(JSON.stringify({ send: await quartile(sendOne), bare }));
process.exit(0);
