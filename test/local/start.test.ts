import { exec, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStage } from '../../infra/local/cloudformation/local-stage.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { type Ready, type StartedProcess, startProcess } from '../support/stack.ts';
import { temporaryFolder } from './fixture.ts';

const data = temporaryFolder();
afterAll(() => data.remove());

const environment = { PORT: '0', SANDBOX_PORT: '0', DATA_DIR: data.folder };
const curl = spawnSync('curl', ['--version']).status === 0;
if (!curl) console.warn('SKIPPED: the printed curl command is not tried, there is no curl.');
const json = async (address: string) => (await (await fetch(address)).json()) as Record<string, unknown>;

describe('npm start', () => {
  let started: StartedProcess;
  let ready: Ready;
  beforeAll(async () => {
    started = startProcess(environment);
    ready = await started.ready;
  });
  afterAll(() => started.child.kill('SIGKILL'));

  it('answers GET /healthz with 200', async () => {
    expect((await fetch(`${ready.api}/healthz`)).status).toBe(200);
    expect(ready.pid).toBe(started.child.pid);
    const { eventBridge, scheduler, sqs } = ready;
    for (const address of [eventBridge, scheduler, sqs]) {
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(started.printed()).toContain(`=${address}`);
    }
  });

  it.skipIf(!curl)('prints a curl command that works when pasted', async () => {
    const command = started.printed().match(/^curl .*$/m)?.[0] ?? 'false';
    expect(JSON.parse((await promisify(exec)(command)).stdout)).toMatchObject({ status: 'completed', counts: { total: 2, accepted: 2 } });
  });

  it('has what was stored after kill -9', async () => {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'kill' };
    const body = JSON.stringify({
      pattern: '【签名】您好，余额{0}元',
      recipients: [{ phone: '13800138000', detail: ['100'] }],
      smsType: 1,
    });
    const answer = await fetch(`${ready.api}/v1/jobs`, { method: 'POST', headers, body });
    expect(answer.status).toBe(201);
    const job = `/v1/jobs/${((await answer.json()) as { jobId: string }).jobId}`;
    const stored = await json(ready.api + job);
    const ledger = await json(ready.ledger);
    expect(JSON.stringify(ledger)).toContain('【签名】您好，余额100元');

    process.kill(ready.pid, 'SIGKILL');
    expect(await started.ended).toBe('SIGKILL');
    started = startProcess(environment);
    ready = await started.ready;
    expect(await json(ready.api + job)).toEqual(stored);
    expect(await json(ready.ledger)).toEqual(ledger);
    const repeated = await fetch(`${ready.api}/v1/jobs`, { method: 'POST', headers, body });
    expect([repeated.status, repeated.headers.get('Idempotency-Replayed')]).toEqual([200, 'true']);
  });

  it('refuses a second instance on the same DATA_DIR', async () => {
    const second = startProcess(environment);
    expect(await second.ended).toBe(1);
    expect(second.printed()).toMatch(/^DATA_DIR: .* is in use by another running instance$/m);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops it at once', async (signal) => {
    const one = signal === 'SIGINT' ? started : startProcess(environment);
    await one.ready;
    const start = Date.now();
    one.child.kill(signal);
    one.child.kill(signal);
    expect(await one.ended).toBe(0);
    expect(Date.now() - start).toBeLessThan(1_000);
  });
});

it.each(['PORT', 'SANDBOX_PORT'])('a %s in use ends it with the name of the variable', async (variable) => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => other.once('listening', listening));
  const { port } = other.address() as AddressInfo;
  const started = startProcess({ ...environment, [variable]: String(port) });
  expect(await started.ended).toBe(1);
  expect(started.printed()).toBe(`${variable}: the port ${port} on 127.0.0.1 is in use by another program`);
  other.close();
});

describe('settings', () => {
  it('have defaults, for empty variables too', () => {
    expect(readSettings({ PORT: '', DATA_DIR: '' })).toEqual({
      PORT: 3000,
      SANDBOX_PORT: 4000,
      STAGE_PATH: '',
      PROVIDER_TOKEN: 'local-token',
      ASMX_TOKENS: 'pass-through',
      ASMX_REPEAT_WINDOW: 0,
      EVENT_SOURCES: ['crm'],
      DATA_DIR: '.local',
      DIALECT: 'confirmed',
      AUTH: 'none',
      ACCESS_KEYS: [{ id: 'local', secret: 'local', principal: 'arn:aws:iam::000000000000:user/local' }],
    });
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '80.5'],
    ['SANDBOX_PORT', 'x'],
    ['STAGE_PATH', 'dev'],
    ['STAGE_PATH', '/dev/'],
    ['PROVIDER_URL', 'ftp://h/Services.asmx'],
    ['PROVIDER_URL', 'Services.asmx'],
    ['PROVIDER_PROTOCOL', 'soap'],
    ['PROVIDER_TIMEOUT_MS', '0'],
    ['PROVIDER_TIMEOUT_MS', '28000'],
    ['MAX_CONCURRENT_CALLS', '0'],
    ['CALLS_PER_SECOND', '0'],
    ['PHONES_PER_CALL', '1.5'],
    ['MAX_RECIPIENTS_PER_DAY', '-1'],
  ])('%s=%s is refused by name', (variable, value) => {
    expect(() => readSettings({ [variable]: value })).toThrow(new RegExp(`${variable}: must be`));
  });

  it('become the limits of the stage; what is not set is not limited', () => {
    const limitsOf = (source: Record<string, string>) => localStage(readSettings(source)).limits;
    expect(limitsOf({})).toMatchObject({ callsPerSecond: null, maxRecipientsPerDay: null, allowedPhones: null });
    const limited = {
      MAX_CONCURRENT_CALLS: '1',
      CALLS_PER_SECOND: '0.5',
      PHONES_PER_CALL: '10',
      MAX_RECIPIENTS_PER_DAY: '20',
      ALLOWED_PHONES: '+86 138-0013-8000,13900139000',
    };
    expect(limitsOf(limited)).toMatchObject({
      maxConcurrentCalls: 1,
      callsPerSecond: 0.5,
      phonesPerCall: 10,
      maxRecipientsPerDay: 20,
      allowedPhones: ['13800138000', '13900139000'],
    });
  });

  it('say whom a provider elsewhere may reach', () => {
    const PROVIDER_URL = 'http://provider.example/Services.asmx';
    expect(() => readSettings({ PROVIDER_URL })).toThrow(/ALLOWED_PHONES: must be set for a provider elsewhere/);
    expect(readSettings({ PROVIDER_URL, ALLOWED_PHONES: '13800138000' }).ALLOWED_PHONES).toEqual(['13800138000']);
    for (const host of ['127.0.0.1:4001', 'localhost', '[::1]:80']) readSettings({ PROVIDER_URL: `http://${host}/Services.asmx` });
    const wrong = (): unknown => readSettings({ ALLOWED_PHONES: '13800138000,1380013' });
    expect(wrong).toThrow(/ALLOWED_PHONES: entry 2 must be a mobile number$/);
  });

  it('that are wrong end the process with 1', async () => {
    const started = startProcess({ ...environment, PROVIDER_PROTOCOL: 'soap' });
    expect(await started.ended).toBe(1);
    expect(started.printed()).toMatch(/PROVIDER_PROTOCOL: must be one of http-post, http-get, soap11, soap12$/);
  });
});
