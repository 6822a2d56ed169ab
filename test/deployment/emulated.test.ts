import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SignedClient, signedClient } from '../../infra/commands/signed-client.ts';
import { smoke } from '../../infra/commands/smoke-steps.ts';
import { resourcesIn } from './account.ts';
import { Cdk } from './cdk.ts';
import { mendTemplate } from './mend-template.ts';
import { ACCOUNT, type MiniStack, startMiniStack } from './ministack.ts';
import { installPython } from './python.ts';

const folder = mkdtempSync(join(tmpdir(), 'sms-deployment-'));
const python = installPython(join(folder, 'python'));
if (typeof python === 'string') {
  console.warn(`\n*** SKIPPED: no deployment was rehearsed. ${python} ***\n`);
  rmSync(folder, { recursive: true });
}
const REGION = 'us-east-1';
const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'emulated' };
const lintCommand = join(folder, 'python', 'bin', 'cfn-lint');
const assembly = (name: string) => join(folder, name);

describe.skipIf(typeof python === 'string')('in an emulated account', () => {
  let account: MiniStack;
  let cdk: Cdk;
  const china = () => new Cdk(account.environment('cn-northwest-1'));

  /** Synthesises the stages once, for all commands. What MiniStack cannot carry is left out. */
  async function synthesise(name: string, ...context: string[]): Promise<void> {
    const pairs = context.flatMap((pair) => ['-c', pair]);
    await cdk.run(['synth', '--quiet', '--app', 'node test/deployment/app.ts', '--output', assembly(name), ...pairs]);
    for (const file of globSync(join(assembly(name), '*.template.json'))) mendTemplate(file);
  }
  const deploy = (through: Cdk, stack: string, from: string) =>
    through.run(['deploy', stack, '--app', assembly(from), '--require-approval', 'never', '--outputs-file', assembly(`${stack}.json`)]);
  const destroy = (through: Cdk, stack: string) => through.run(['destroy', stack, '--app', assembly('stages'), '--force']);
  const outputs = (stack: string) => JSON.parse(readFileSync(assembly(`${stack}.json`), 'utf8'))[stack] as Record<string, string>;

  /** A client that signs for the deployed address, and goes to where it is emulated. */
  function client(): SignedClient {
    const api = new URL(outputs('sms-dev').ApiUrl ?? '');
    const [id = ''] = api.hostname.split('.');
    const send = (url: URL, init: RequestInit) => fetch(`${account.address}/_aws/execute-api/${id}${url.pathname}${url.search}`, init);
    return signedClient(api, { credentials, send });
  }

  /** MiniStack forgets the tags of a bucket, and only a bucket that is tagged so is emptied. */
  async function tagBuckets(): Promise<void> {
    const client = new S3Client({ endpoint: account.address, region: REGION, forcePathStyle: true, credentials });
    const TagSet = [{ Key: 'aws-cdk:auto-delete-objects', Value: 'true' }];
    for (const name of await resourcesIn(account, REGION)) {
      const [, Bucket] = /^bucket: (sms-dev.*)/.exec(name) ?? [];
      if (Bucket) await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    }
    client.destroy();
  }

  beforeAll(async () => {
    if (typeof python === 'string') return;
    account = await startMiniStack(python, folder);
    cdk = new Cdk(account.environment(REGION));
    await cdk.run(['bootstrap', `aws://${ACCOUNT}/${REGION}`, '--app', '']);
    await china().run(['bootstrap', `aws://${ACCOUNT}/cn-northwest-1`, '--app', '']);
    await synthesise('stages');
  }, 300_000);
  afterAll(async () => {
    await account?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('cfn-lint finds no error in any stage', () => {
    if (typeof python === 'string') return;
    const { binary, environment } = python;
    const lint = (region: string, files: string[]) =>
      execFileSync(binary, [lintCommand, '--regions', region, '--non-zero-exit-code', 'error', '--', ...files], {
        env: { PATH: process.env.PATH ?? '', ...environment },
        encoding: 'utf8',
      });
    const templates = globSync(join(assembly('stages'), '*.template.json'));
    expect(templates).toHaveLength(3);
    lint(
      REGION,
      templates.filter((file) => !file.includes('sms-cn')),
    );
    lint(
      'cn-northwest-1',
      templates.filter((file) => file.includes('sms-cn')),
    );
  }, 240_000);

  test('dev is deployed, and its outputs have the names of the pages', async () => {
    await deploy(cdk, 'sms-dev', 'stages');
    expect(Object.keys(outputs('sms-dev')).toSorted()).toEqual(['ApiUrl', 'EventBusArn', 'TokenSecret']);
  }, 240_000);

  test('every way through it works', async () => {
    // Pre-signed addresses name the bucket in the host, and lead to AWS.
    const emulated: typeof fetch = (address, init) => {
      const { host, pathname, search } = new URL(String(address));
      return fetch(`${account.address}${pathname}${search}`, { ...init, headers: { ...init?.headers, host } });
    };
    await smoke(client(), (line) => console.log(line), emulated);
  }, 240_000);

  test('a request that comes as an event becomes a job', async () => {
    const bus = new EventBridgeClient({ endpoint: account.address, region: REGION, credentials });
    const EventBusName = outputs('sms-dev').EventBusArn;
    const detail = { version: 1, idempotencyKey: 'event-1', pattern: '【签名】您好', recipients: ['13000000042'] };
    const entry = { EventBusName, Source: 'rehearsal', DetailType: 'Send Requested', Detail: JSON.stringify(detail) };
    const { FailedEntryCount } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
    expect(FailedEntryCount).toBe(0);
    const ledger = async () => (await client()('GET', '/sandbox/ledger?phone=13000000042')).body.messages as unknown[];
    await expect.poll(ledger, { timeout: 30_000, interval: 500 }).toHaveLength(1);
  }, 60_000);

  test('a changed setting is deployed', async () => {
    await synthesise('changed', 'longestWait=3');
    expect(await cdk.run(['diff', 'sms-dev', '--app', assembly('changed')])).toContain('LONGEST_WAIT_SECONDS');
    await deploy(cdk, 'sms-dev', 'changed');
    const answer = await client()('GET', '/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV?wait=4');
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ detail: 'A whole number from 0 to 3.' }] } });
  }, 240_000);

  test('dev is destroyed, and nothing of it remains', async () => {
    await tagBuckets();
    await destroy(cdk, 'sms-dev');
    const left = await resourcesIn(account, REGION);
    // The role by which API Gateway writes logs is one for all APIs of the region.
    expect(left.filter((name) => !name.includes('CloudWatchRole'))).toEqual([]);
  }, 240_000);

  test('a first deploy of prod that failed can be repeated', async () => {
    await synthesise('broken', 'broken=true');
    await expect(deploy(cdk, 'sms-prod', 'broken')).rejects.toThrow('AWS::Nowhere::Thing');
    await deploy(cdk, 'sms-prod', 'stages');
    expect(Object.keys(outputs('sms-prod')).toSorted()).toEqual(['ApiUrl', 'EventBusArn', 'TokenSecret']);
  }, 240_000);

  test('the stage for China is deployed in its region', async () => {
    await deploy(china(), 'sms-cn', 'stages');
    expect(outputs('sms-cn').ApiUrl).toContain('.execute-api.cn-northwest-1.');
  }, 240_000);

  test('what prod keeps when it is destroyed is what holds data, and nothing else', async () => {
    await destroy(cdk, 'sms-prod');
    const left = (await resourcesIn(account, REGION)).filter((name) => name.includes('prod'));
    expect(left.filter((name) => !/^(table|queue|bucket|secret|log group): |^role: .*CloudWatchRole/.test(name))).toEqual([]);
    for (const kind of ['table', 'queue', 'bucket', 'secret', 'log group']) expect(left.join('\n')).toContain(`${kind}: `);
  }, 240_000);
});
