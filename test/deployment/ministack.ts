import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Python } from './python.ts';

/** The emulated account. Its access key says which account a caller is of. */
export const ACCOUNT = '000000000000';

/** An AWS account emulated by MiniStack on 127.0.0.1. */
export interface MiniStack {
  address: string;
  /** What the CDK's command line and the SDK need to find it. */
  environment(region: string): Record<string, string>;
  stop(): Promise<void>;
}

/**
 * What it lacks, for the functions that it runs: it looks for handlers in `.js` files, and knows the address of a deployed API in a path
 * and not in a host.
 */
const PRELOAD = `
const Module = require('node:module');
const http = require('node:http');
Module._extensions['.cjs'] = Module._extensions['.js'];
const request = http.request;
http.request = function (options, ...rest) {
  const { headers } = options;
  const host = Array.isArray(headers) ? headers[headers.indexOf('Host') + 1] : headers?.Host ?? headers?.host;
  const [, api] = /^([a-z0-9]+)\\.execute-api\\./.exec(String(host)) ?? [];
  return request.call(this, api ? { ...options, path: '/_aws/execute-api/' + api + options.path } : options, ...rest);
};
`;

const root = join(import.meta.dirname, '..', '..');

/** Starts MiniStack. Everything that it writes goes into the folder. @throws Error with the end of its log when it does not start */
export async function startMiniStack(python: Python, folder: string): Promise<MiniStack> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const preload = join(folder, 'preload.cjs');
  writeFileSync(preload, PRELOAD);
  const log = openSync(join(folder, 'ministack.log'), 'a');
  const running = spawn(python.binary, ['-m', 'ministack'], {
    stdio: ['ignore', log, log],
    env: {
      ...python.environment,
      PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      S3_DATA_DIR: join(folder, 's3'),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      // Its other ports are not for this machine alone.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      // Functions run on this machine's Node, never in a container.
      DOCKER_HOST: 'unix:///nowhere',
      // The function that empties the bucket takes the SDK of Lambda's own, which is missing here.
      NODE_PATH: join(root, 'node_modules'),
      NODE_OPTIONS: `--require ${preload}`,
    },
  });
  closeSync(log);
  await answering(address, running, folder);
  return {
    address,
    environment: (region) => ({
      AWS_ENDPOINT_URL: address,
      AWS_ACCESS_KEY_ID: ACCOUNT,
      AWS_SECRET_ACCESS_KEY: 'emulated',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    }),
    async stop() {
      if (running.exitCode !== null) return;
      const ended = once(running, 'exit');
      running.kill('SIGTERM');
      const timer = setTimeout(() => running.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function answering(address: string, running: ChildProcess, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (running.exitCode !== null) break;
    const answer = await fetch(`${address}/_ministack/health`).catch(() => undefined);
    if (answer) return;
    await sleep(200);
  }
  running.kill('SIGKILL');
  throw new Error(`MiniStack does not answer; its log is ${join(folder, 'ministack.log')}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
