/** Runs in a worker thread: dynalite, with its data in SQLite. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteLevel } from './sqlite-level.ts';

const require = createRequire(createRequire(import.meta.url).resolve('dynalite'));
// dynalite has no setting for its store: it takes what its own `require('level')` gives it.
require('level');
Object.assign(require.cache[require.resolve('level')] as NodeJS.Module, { exports: { Level: SqliteLevel } });
const dynalite = require('dynalite') as typeof import('dynalite').default;

const server = dynalite({ path: workerData as string, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(0, '127.0.0.1');
await once(server, 'listening');
parentPort?.postMessage((server.address() as AddressInfo).port);
