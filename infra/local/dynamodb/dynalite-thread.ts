/** Runs in a worker thread: dynalite's operations behind a port that reads a request once, IAM before them, SQLite below them. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { accessKeyOf } from '../iam/access-key.ts';
import { readers } from '../iam/requested-actions.ts';
import type { Decision, Question } from './dynalite-engine.ts';
import { SqliteLevel } from './sqlite-level.ts';

/** DynamoDB's limit on a request. */
const BODY_BYTES = 16 * 1024 * 1024;
const OPERATIONS = [
  ...['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'],
  ...['CreateTable', 'DeleteTable', 'DescribeTable', 'DescribeTimeToLive', 'ListTables', 'UpdateTable'],
];

type Input = Record<string, unknown>;
type Answer = [status: number, body: object];

const requireOfDynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));
// dynalite has no setting for its store: it takes what its own `require('level')` gives it.
requireOfDynalite('level');
Object.assign(requireOfDynalite.cache[requireOfDynalite.resolve('level')] as NodeJS.Module, { exports: { Level: SqliteLevel } });
const { checkTypes, checkValidations, toLowerFirst } = requireOfDynalite('./validations');
const store = requireOfDynalite('./db').create({ path: workerData as string, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
const operations = new Map(
  OPERATIONS.map((name) => [
    name,
    { ...requireOfDynalite(`./validations/${toLowerFirst(name)}`), run: requireOfDynalite(`./actions/${toLowerFirst(name)}`) },
  ]),
);
const port = parentPort;
if (!port) throw new Error('This file runs in a worker thread.');

/** What was asked, and what was decided: `undefined` is allowed. Policies do not change while this thread runs. */
const decisions = new Map<string, PromiseWithResolvers<string | undefined>>();
let isEnforced = false;
port.on('message', (message: Decision | 'enforce') => {
  if (message === 'enforce') isEnforced = true;
  else decisions.get(message.key)?.resolve(message.refusal);
});

function refusalOf(accessKey: string, target: string, body: Input): Promise<string | undefined> {
  const asked = readers.DYNAMODB({ method: 'POST', path: '/', query: new URLSearchParams(), target, body });
  const key = JSON.stringify([accessKey, asked]);
  const known = decisions.get(key);
  if (known) return known.promise;
  const decision = Promise.withResolvers<string | undefined>();
  decisions.set(key, decision);
  port?.postMessage({ key, accessKey, asked } satisfies Question);
  return decision.promise;
}

const refused = (name: string, message?: string): Answer => [400, { __type: name, message, Message: message }];

async function answer(request: IncomingMessage): Promise<Answer> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const operation = operations.get(/^DynamoDB_20120810\.(\w+)$/.exec(target)?.[1] ?? '');
  if (!operation) return refused('com.amazon.coral.service#UnknownOperationException');
  const accessKey = accessKeyOf(request);
  if (accessKey === '')
    return refused('com.amazon.coral.service#MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  const text = await bodyOf(request);
  if (text === undefined) return [413, {}];
  const input = objectIn(text);
  if (input === undefined) return refused('com.amazon.coral.service#SerializationException');
  const message = isEnforced ? await refusalOf(accessKey, target, input) : undefined;
  if (message !== undefined) return refused('AccessDeniedException', message);
  try {
    const checked = checkTypes(input, operation.types);
    checkValidations(checked, operation.types, operation.custom, store);
    const done = Promise.withResolvers<object>();
    operation.run(store, checked, (error: Error | null, output: object) => (error ? done.reject(error) : done.resolve(output)));
    return [200, await done.promise];
  } catch (error) {
    const { statusCode, body } = error as { statusCode?: number; body: object };
    if (statusCode !== undefined) return [statusCode, body];
    throw error;
  }
}

function objectIn(text: string): Input | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Input) : undefined;
  } catch {
    return undefined;
  }
}

/** @returns undefined if it is too long; it is read to its end, so that the client reads its answer */
function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const read = Promise.withResolvers<string | undefined>();
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_BYTES) chunks.push(chunk);
  });
  request.on('end', () => read.resolve(length <= BODY_BYTES ? Buffer.concat(chunks).toString() : undefined));
  request.on('error', read.reject);
  return read.promise;
}

const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
  try {
    const [status, body] = await answer(request);
    const text = JSON.stringify(body);
    const headers = {
      'Content-Type': 'application/x-amz-json-1.0',
      'Content-Length': Buffer.byteLength(text),
      'x-amzn-RequestId': randomUUID(),
    };
    response.writeHead(status, headers).end(text);
  } catch (error) {
    if (!request.destroyed) console.error(error);
    response.destroy();
  }
});
// A connection that ends while a busy client takes it up again would fail a request.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
port.postMessage((server.address() as AddressInfo).port);
