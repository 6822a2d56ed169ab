import { exec } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StartedProcess, startProcess } from '../support/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'sms-first-key-'));
let started: StartedProcess;
beforeAll(() => {
  started = startProcess({ PORT: '0', SANDBOX_PORT: '0', DATA_DIR: folder, AUTH: 'key' });
});
afterAll(() => {
  started.child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('a system whose callers bring keys prints the command that makes the first one, and that key sends', async () => {
  const { api } = await started.ready;
  const [, command = ''] = /^Keys +(.+)$/m.exec(started.printed()) ?? [];
  const [key = ''] = /sms_\S+/.exec((await promisify(exec)(command, { cwd: join(import.meta.dirname, '../..') })).stdout) ?? [];
  const send = (headers: Record<string, string>) =>
    fetch(`${api}/v1/jobs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'first', ...headers },
      body: JSON.stringify({ pattern: '【签名】您好', recipients: ['13800138000'] }),
    });
  expect((await send({})).status).toBe(401);
  expect((await send({ Authorization: `Bearer ${key}` })).status).toBe(201);
});
