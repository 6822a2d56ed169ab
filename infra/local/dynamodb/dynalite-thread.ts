/** Runs in a worker thread: dynalite, with its data in SQLite, and IAM before it without another hop. */
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parentPort, workerData } from 'node:worker_threads';
import { accessKeyOf } from '../iam/access-key.ts';
import { readers } from '../iam/requested-actions.ts';
import type { Decision, Question } from './dynalite-engine.ts';
import { SqliteLevel } from './sqlite-level.ts';

const require = createRequire(createRequire(import.meta.url).resolve('dynalite'));
// dynalite has no setting for its store: it takes what its own `require('level')` gives it.
require('level');
Object.assign(require.cache[require.resolve('level')] as NodeJS.Module, { exports: { Level: SqliteLevel } });
const dynalite = require('dynalite') as typeof import('dynalite').default;
const port = parentPort;
if (!port) throw new Error('This file runs in a worker thread.');

/** What was asked, and what was decided: `undefined` is allowed. Policies do not change while this thread runs. */
const decisions = new Map<string, PromiseWithResolvers<string | undefined>>();
let isEnforced = false;
port.on('message', (message: Decision | 'enforce') => {
  if (message === 'enforce') isEnforced = true;
  else decisions.get(message.key)?.resolve(message.refusal);
});

function refusalOf(request: IncomingMessage, body: Buffer): Promise<string | undefined> | undefined {
  const accessKey = accessKeyOf(request);
  const target = String(request.headers['x-amz-target'] ?? '');
  const asked = readers.DYNAMODB({ method: 'POST', path: '/', query: new URLSearchParams(), target, body: JSON.parse(body.toString()) });
  const key = JSON.stringify([accessKey, asked]);
  const known = decisions.get(key);
  if (known) return known.promise;
  const decision = Promise.withResolvers<string | undefined>();
  decisions.set(key, decision);
  port?.postMessage({ key, accessKey, asked } satisfies Question);
  return decision.promise;
}

const server = dynalite({ path: workerData as string, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
const [handle] = server.listeners('request') as [RequestListener];
server.removeAllListeners('request');
server.on('request', (request: IncomingMessage, response: ServerResponse) => {
  if (!isEnforced || request.method !== 'POST') return handle(request, response);
  authorise(request, response).catch(() => response.destroy());
});

async function authorise(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const message = await refusalOf(request, body);
  if (message !== undefined) {
    response.writeHead(400, { 'Content-Type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: 'AccessDeniedException', message, Message: message }));
    return;
  }
  // dynalite reads a request's body itself: it gets the same request once more.
  const { headers, method, url } = request;
  const again = Object.assign(new EventEmitter(), { headers, method, url });
  handle(again as IncomingMessage, response);
  again.emit('data', body);
  again.emit('end');
}

server.listen(0, '127.0.0.1');
await once(server, 'listening');
port.postMessage((server.address() as AddressInfo).port);
