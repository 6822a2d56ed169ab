import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Api } from '../../functions/api/api-deps.ts';
import type { ApiRequest } from '../../functions/api/api-request.ts';
import { createJob } from '../../functions/api/create-job.ts';
import { publishOutboxes } from '../../functions/events/publish.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { openEventsQueue } from '../../functions/shared/queues/events-queue.ts';
import { dev } from '../../infra/stages.ts';
import { engines, freshTable } from '../support/dynamodb.ts';
import { openSender } from '../support/job-context.ts';
import { startLedgerProvider } from '../support/ledger-provider.ts';
import { meterTable, newMeter } from './meter.ts';
import { checkOut } from './npm-start.ts';

/**
 * `npm run bench -- single [commit]`: what one message to one phone costs, as most callers send: requests to the table, waits one after the
 * other, units with the limits of `dev`; the same for a repeat of its key, and for the event that follows; and the wall time beside an
 * earlier commit. Ends with 1 when a limit is missed.
 */
const commit = process.argv[2] ?? 'c8221d8';
const ROOT = join(import.meta.dirname, '..', '..');
/** Added before every request of the table, as in AWS (milliseconds). */
const TABLE_MS = 4;
const MILLION = 1_000_000;
/** List prices of us-east-1 in US dollars, as of November 2026. */
const PRICES = {
  ...{ readUnit: 0.125 / MILLION, writeUnit: 0.625 / MILLION, queueRequest: 0.4 / MILLION, event: 1 / MILLION },
  ...{ gigabyteSecond: 0.0000133334, invocation: 0.2 / MILLION, apiRequest: 3.5 / MILLION },
};

const engine = engines().at(-1);
if (!engine) throw new Error('There is no engine');
const countsIndexes = engine.name !== 'dynalite';
const dynamoDb = await engine.start();
const provider = await startLedgerProvider({ dialect: dev.dialect });
const { client, tableName } = await freshTable(dynamoDb.endpoint, 'TABLE_NAME');
const key = () => randomUUID();

let meter = newMeter();
/** Every request and every call, as they began and ended, to see which of them wait for each other. */
let spans: { what: 'table' | 'queue' | 'provider'; from: number; to: number }[] = [];
/** Items that were asked for: AWS bills an item that is not there as well, which DynamoDB Local does not. */
let keysRead = 0;
meterTable(client, () => meter);
watch(client, 'table');

const eventsQueue = openEventsQueue('http://127.0.0.1/queue', {
  send: async () => spanned('queue', async () => ({})),
} as unknown as Parameters<typeof openEventsQueue>[1]);
const context = { table: new Table(tableName, client), now: Date.now, randomId: key, random: Math.random, publishes: true, eventsQueue };
const sender = openSender(context, provider.url, { dialect: dev.dialect, callLimits: dev.limits });
const send = sender.provider.send;
sender.provider.send = (call, options) => spanned('provider', () => send(call, options));
const api = {
  ...sender,
  rules: { dialect: dev.dialect, limits: dev.limits, protocol: dev.provider.protocol, providerZone: dev.provider.timeZone },
  logger: console,
} as unknown as Api;

let missed = 0;
console.log(`One message to one phone, on ${engine.name}, with the limits of dev:`);
for (let round = 0; round < 3; round++) await post(key());

const sent = key();
const first = await measured(() => post(sent));
report('requests to the table', first.requests, 6);
report('waits before the first byte', first.waitsBefore, 3);
report('waits in all', first.waits, 5);
report('write units, with all indexes', first.writeUnits, 9, countsIndexes);
report('read units', first.readUnits, 8);
const again = await measured(() => post(sent));
report('a repeat of the key: requests', again.requests, 2);
report('a repeat of the key: write units', again.writeUnits, 0);

console.log('\nWhat follows the answer, per job, where events are published (nothing where they are not):');
for (const rate of [1, 10, 100]) await follow(rate);
console.log('');
await compare();
price(first);
if (!countsIndexes) console.log('dynalite does not count the units of indexes: install Java 17 for the whole of them.');
sender.provider.close();
await Promise.all([provider.stop(), dynamoDb.stop()]);
process.exit(missed === 0 ? 0 : 1);

function watch(watched: DynamoDBClient, what: 'table'): void {
  const keysOf = (input: object) => {
    const { RequestItems = {} } = input as { RequestItems?: Record<string, { Keys?: unknown[] }> };
    return Object.values(RequestItems).reduce((sum, { Keys = [] }) => sum + Keys.length, 0);
  };
  watched.middlewareStack.add(
    (next) => (given) => {
      keysRead += keysOf(given.input);
      return spanned(what, () => next(given));
    },
    { step: 'initialize' },
  );
}

async function spanned<Result>(what: 'table' | 'queue' | 'provider', work: () => Promise<Result>): Promise<Result> {
  const span = { what, from: performance.now(), to: Number.POSITIVE_INFINITY };
  spans.push(span);
  try {
    return await work();
  } finally {
    span.to = performance.now();
  }
}

async function post(idempotencyKey: string): Promise<{ jobId: string }> {
  const request = {
    ...{ caller: 'arn:aws:iam::123456789012:role/login-service', owns: [], jobId: '', query: {}, deadline: Date.now() + 25_000 },
    header: (name: string) => (name === 'idempotency-key' ? idempotencyKey : undefined),
    body: () => ({ pattern: '【签名】您的验证码是{0}，5分钟内有效', recipients: [{ phone: '13800138000', detail: ['482913'] }] }),
  } as unknown as ApiRequest;
  const { statusCode, body } = await createJob(api, request);
  if (statusCode !== 201 && statusCode !== 200) throw new Error(`${statusCode} ${body}`);
  return JSON.parse(body as string) as { jobId: string };
}

async function measured(work: () => Promise<unknown>) {
  meter = newMeter();
  [spans, keysRead] = [[], 0];
  await work();
  const called = spans.find(({ what }) => what === 'provider')?.from ?? Number.POSITIVE_INFINITY;
  const own = spans.filter(({ what }) => what !== 'provider');
  const { writeUnits } = meter;
  const readUnits = Math.max(meter.readUnits, keysRead);
  const requests = own.filter(({ what }) => what === 'table').length;
  return { requests, readUnits, writeUnits, waits: waitsOf(own), waitsBefore: waitsOf(own.filter(({ from }) => from < called)) };
}

/** How many requests wait for one another: those that overlap are one wait. */
function waitsOf(all: readonly { from: number; to: number }[]): number {
  let [waits, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { from, to } of all.toSorted((one, other) => one.from - other.from)) {
    if (from >= until) waits += 1;
    until = from >= until ? to : Math.max(until, to);
  }
  return waits;
}

/** Publishes the events of the jobs of one second, as the events function does with what it gets in a window of a second. */
async function follow(rate: number): Promise<void> {
  const jobs: string[] = [];
  for (let job = 0; job < rate; job++) jobs.push((await post(key())).jobId);
  const puts: number[] = [];
  const bus = {
    put: async (events: readonly unknown[]) => {
      puts.push(Math.ceil(events.length / 10));
      return new Map();
    },
  };
  const { requests, readUnits, writeUnits } = await measured(async () => {
    for (let start = 0; start < jobs.length; start += 10) await publishOutboxes({ context, bus }, jobs.slice(start, start + 10));
  });
  const per = (count: number) => (count / rate).toFixed(2);
  const putEvents = puts.reduce((sum, count) => sum + count, 0);
  const messages = 1 + (2 * Math.ceil(rate / 10)) / rate;
  console.log(
    `  at ${String(rate).padStart(3)} a second: ${messages.toFixed(2)} SQS requests, ${per(Math.ceil(rate / 10))} invocations, ` +
      `${per(putEvents)} PutEvents, ${per(requests)} table requests, ${per(readUnits)} read units, ${per(writeUnits)} write units`,
  );
}

/** The wall time of this checkout and of an earlier one, in one run. */
async function compare(): Promise<void> {
  const earlier = checkOut(commit);
  try {
    const own = async (root: string) => {
      const task = { root, endpoint: dynamoDb.endpoint, tableName, provider: provider.url, delayMs: TABLE_MS, sends: 40 };
      const script = join(import.meta.dirname, 'single-run.ts');
      // The provider is in this process: it must go on meanwhile.
      const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(task)]);
      return JSON.parse(stdout) as { send: number; bare: number };
    };
    const before = await own(earlier.folder);
    const after = await own(ROOT);
    const overhead = ({ send: whole, bare }: { send: number; bare: number }) => whole - bare;
    console.log(
      `With ${TABLE_MS} ms added to every request of the table: ${commit} ${before.send.toFixed(1)} ms a send, now ${after.send.toFixed(1)} ms;`,
    );
    console.log(`a bare call of the provider takes ${after.bare.toFixed(1)} ms.`);
    report('time that is not the provider’s, of before', overhead(after) / overhead(before), 1 / 3);
  } finally {
    earlier.remove();
  }
}

/** Assumes the api function at 1 GB for a provider that takes 200 ms, and events published ten at a time. */
function price({ readUnits, writeUnits }: { readUnits: number; writeUnits: number }): void {
  const table = readUnits * PRICES.readUnit + writeUnits * PRICES.writeUnit;
  const lambda = 0.23 * PRICES.gigabyteSecond + PRICES.invocation;
  const events = 1.2 * PRICES.queueRequest + PRICES.event + PRICES.readUnit + 3 * PRICES.writeUnit + 0.1 * PRICES.invocation;
  const dollars = (price: number) => `$${(price * MILLION).toFixed(2)}`;
  console.log(
    `\nA million single messages cost, at list prices of us-east-1 (November 2026): ${dollars(table)} for the table, ${dollars(lambda)}`,
  );
  console.log(`for Lambda with a provider that takes 200 ms, ${dollars(events)} for events where they are published; together`);
  console.log(`${dollars(table + lambda + events)}, and ${dollars(PRICES.apiRequest)} for API Gateway.`);
}

function report(name: string, value: number, limit: number, counts = true): void {
  const isMet = value <= limit || !counts;
  if (!isMet) missed += 1;
  console.log(`${isMet ? '  ' : '! '}${name.padEnd(44)} ${value.toFixed(2).padStart(7)}   at most ${limit.toFixed(2)}`);
}
