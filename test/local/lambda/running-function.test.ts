import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { areProcessorsBusy } from '../../../infra/local/lambda/processors.ts';
import { RunningFunction } from '../../../infra/local/lambda/running-function.ts';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { startFixture, temporaryFolder } from '../fixture.ts';

const data = temporaryFolder();
const shown: string[] = [];
let system: LocalSystem;
let handler: RunningFunction;
beforeAll(async () => {
  system = await startFixture(data.folder, undefined, (line) => shown.push(line));
  handler = system.functions.get('Handler') as RunningFunction;
});
afterAll(async () => {
  await system.stop();
  data.remove();
});

const call = (act: string) => fetch(`${system.api}/fixture/${act}`);
const text = async (act: string) => (await call(act)).text();

it('a function sees what Lambda and the template give it, and nothing of the developer', async () => {
  const environment = JSON.parse(await text('environment')) as Record<string, string>;
  expect(environment).toMatchObject({
    GREETING: 'hello',
    TABLE: 'Table',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'Handler',
    AWS_ENDPOINT_URL_DYNAMODB: system.dynamoDb,
  });
  const own = /^(AWS_|LAMBDA_TASK_ROOT$|TZ$|GREETING$|TABLE$|SECRET$)/;
  expect(Object.keys(environment).filter((name) => !own.test(name))).toEqual([]);
});

it('a function gets a context that counts down from its time-out', async () => {
  const context = JSON.parse(await text('context')) as Record<string, unknown>;
  expect(context).toMatchObject({ functionName: 'Handler', memoryLimitInMB: '256', functionVersion: '$LATEST' });
  expect(context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(context.remaining).toBeGreaterThan(500);
  expect(context.remaining).toBeLessThanOrEqual(1_000);
});

it('the secrets are there under their ARN, with the token, and no others', async () => {
  const environment = JSON.parse(await text('environment')) as Record<string, string>;
  const client = new SecretsManagerClient({
    endpoint: environment.AWS_ENDPOINT_URL_SECRETS_MANAGER as string,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  expect(await client.send(new GetSecretValueCommand({ SecretId: environment.SECRET }))).toMatchObject({ SecretString: 'secret' });
  await expect(client.send(new GetSecretValueCommand({ SecretId: 'other' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

/** Runs the function apart from the system. @returns the answers to this number of events, and the most instances that there were */
async function scaled(areBusy: boolean, act: string, events: number): Promise<{ counts: number[]; most: number }> {
  const running = await RunningFunction.start(handler.spec, () => undefined, undefined, { areBusy: () => areBusy, idleMs: 30_000 });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, running.size);
  }, 10);
  const event = () => running.invoke(JSON.stringify({ path: `/fixture/${act}` })).then((result) => Number(JSON.parse(result).body));
  const counts = await Promise.all(Array.from({ length: events }, event));
  clearInterval(watch);
  await running.stop();
  return { counts, most };
}

it.each([false, true])(
  'an instance has one event at a time, a function as many as its concurrency, busy processors: %s',
  async (areBusy) => {
    const { counts, most } = await scaled(areBusy, 'slower', 24);
    const having = (count: number): number => counts.filter((each) => each === count).length;
    expect([having(1), most]).toEqual([3, 3]);
    for (const count of counts) if (count > 1) expect(having(count)).toBeLessThanOrEqual(having(count - 1));
  },
  60_000,
);

it('busy processors get no more instances while no event waits for long', async () => {
  expect((await scaled(true, 'slow', 3)).most).toBe(1);
}, 60_000);

it('what the processors did before an event had to wait does not count', async () => {
  const asked: number[] = [];
  const areBusy = (since: number): boolean => asked.push(since) > 0;
  const running = await RunningFunction.start(handler.spec, () => undefined, undefined, { areBusy, idleMs: 30_000 });
  const begun = performance.now();
  await Promise.all([1, 2, 3].map(() => running.invoke(JSON.stringify({ path: '/fixture/slow' }))));
  await running.stop();
  expect(Math.min(...asked.slice(-3))).toBeGreaterThanOrEqual(begun);
});

it('processors count as busy until what they did since then is known', () => {
  expect(areProcessorsBusy(performance.now())).toBe(true);
});

describe('a function that dies', () => {
  it('at its time-out answers 502, and the next event has a new instance', async () => {
    await handler.kill();
    const start = Date.now();
    expect((await call('hang')).status).toBe(502);
    expect(Date.now() - start).toBeGreaterThanOrEqual(1_000);
    expect(await text('slow')).toBe('1');
  });

  it('by kill answers 502 to the event in hand and starts afresh', async () => {
    expect(await text('slow')).toBe('2');
    const inFlight = call('slower');
    await expect.poll(() => handler.quiet).toBeUndefined();
    await handler.kill();
    expect((await inFlight).status).toBe(502);
    expect(await text('slow')).toBe('1');
  });
});

it('what a function prints is kept in its log, and errors are shown', async () => {
  await call('throw');
  await expect.poll(() => readFileSync(join(data.folder, 'logs', 'Handler.log'), 'utf8')).toContain('on purpose');
  expect(shown.some((line) => line.startsWith('Handler: ') && line.includes('on purpose'))).toBe(true);
});

it('an instance that has nothing to do ends, and the next event has a new one', async () => {
  const running = await RunningFunction.start(handler.spec, () => undefined, undefined, { areBusy: () => false, idleMs: 500 });
  const count = async () => JSON.parse(await running.invoke(JSON.stringify({ path: '/fixture/slow' }))).body;
  expect(await count()).toBe('1');
  await expect.poll(() => running.size, { timeout: 20_000 }).toBe(0);
  expect(await count()).toBe('1');
  await running.stop();
}, 30_000);
