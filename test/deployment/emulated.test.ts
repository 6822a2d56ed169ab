import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SignedClient, signedClient } from '../../infra/commands/signed-client.ts';
import { smoke } from '../../infra/commands/smoke-steps.ts';
import { resourcesIn } from './account.ts';
import { Cdk } from './cdk.ts';
import { fetchFrom } from './deployed-addresses.ts';
import { sendByEvent } from './job-events.ts';
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

  /** A client that signs for the deployed address. */
  const client = (): SignedClient =>
    signedClient(new URL(outputs('sms-dev').ApiUrl ?? ''), { credentials, send: fetchFrom(account.address) });

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
    const bootstrap = (through: Cdk, region: string) => through.run(['bootstrap', `aws://${ACCOUNT}/${region}`, '--app', '']);
    await Promise.all([bootstrap(cdk, REGION), bootstrap(china(), 'cn-northwest-1'), synthesise('stages')]);
  }, 300_000);
  afterAll(async () => {
    await account?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Takes two minutes, most of which a lost call waits until it may be settled: the tests of other stages run meanwhile. */
  let smoked: Promise<void>;

  test('dev is deployed, and its outputs have the names of the pages', async () => {
    await deploy(cdk, 'sms-dev', 'stages');
    expect(Object.keys(outputs('sms-dev')).toSorted()).toEqual(['ApiUrl', 'EventBusArn', 'TokenSecret']);
    smoked = smoke(client(), (line) => console.log(line), fetchFrom(account.address));
    smoked.catch(() => undefined);
  }, 240_000);

  test('cfn-lint finds no error in any stage', async () => {
    if (typeof python === 'string') return;
    const { binary, environment } = python;
    const env = { PATH: process.env.PATH ?? '', ...environment };
    const lint = (region: string, files: string[]) =>
      promisify(execFile)(binary, [lintCommand, '--regions', region, '--non-zero-exit-code', 'error', '--', ...files], { env });
    const templates = globSync(join(assembly('stages'), '*.template.json'));
    expect(templates).toHaveLength(3);
    const isChinese = (file: string) => file.includes('sms-cn');
    await lint(
      REGION,
      templates.filter((file) => !isChinese(file)),
    );
    await lint('cn-northwest-1', templates.filter(isChinese));
  }, 240_000);

  test('a first deploy of prod that failed can be repeated', async () => {
    await Promise.all([synthesise('broken', 'broken=true'), synthesise('changed', 'changed=true')]);
    await expect(deploy(cdk, 'sms-prod', 'broken')).rejects.toThrow('AWS::Nowhere::Thing');
    await deploy(cdk, 'sms-prod', 'stages');
    expect(Object.keys(outputs('sms-prod')).toSorted()).toEqual(['ApiUrl', 'EventBusArn', 'TokenSecret']);
  }, 240_000);

  test('the stage for China is deployed in its region', async () => {
    await deploy(china(), 'sms-cn', 'stages');
    expect(outputs('sms-cn').ApiUrl).toContain('.execute-api.cn-northwest-1.');
  }, 240_000);

  test('what prod and cn keep when they are destroyed is what holds data, and nothing else', async () => {
    const kinds = ['table', 'queue', 'bucket', 'secret', 'log group'];
    for (const [through, stage, region] of [
      [cdk, 'prod', REGION],
      [china(), 'cn', 'cn-northwest-1'],
    ] as const) {
      await destroy(through, `sms-${stage}`);
      const left = (await resourcesIn(account, region)).filter((name) => name.includes(stage));
      expect(left.filter((name) => !new RegExp(`^(${kinds.join('|')}): |^role: .*CloudWatchRole`).test(name))).toEqual([]);
      for (const kind of kinds) expect(left.join('\n')).toContain(`${kind}: `);
    }
  }, 240_000);

  test('a request that comes as an event is sent, and an event says so', async () => {
    const settings = { endpoint: account.address, region: REGION, credentials };
    const request = { version: 1, idempotencyKey: 'event-1', pattern: '【签名】您好', recipients: ['13000000042'] };
    const completed = await sendByEvent(settings, outputs('sms-dev').EventBusArn?.split('/').at(-1) ?? '', 'rehearsal', request);
    expect(completed).toMatchObject({ idempotencyKey: 'event-1', outcome: 'accepted' });
  }, 60_000);

  test('every way through dev works', () => smoked, 240_000);

  test('a changed setting is deployed', async () => {
    const sendTime = new Date(Date.now() + 10_000).toISOString();
    const body = { pattern: '【签名】您好', recipients: ['13000000043'], sendTime };
    const scheduled = await client()('POST', '/v1/jobs', body, { 'Idempotency-Key': 'before the change' });
    expect(scheduled.body).toMatchObject({ status: 'scheduled' });
    expect(await cdk.run(['diff', 'sms-dev', '--app', assembly('changed')])).toContain('LONGEST_WAIT_SECONDS');
    await deploy(cdk, 'sms-dev', 'changed');
    const answer = await client()('GET', '/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV?wait=4');
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ detail: 'A whole number from 0 to 3.' }] } });
    // What was scheduled before is sent after.
    const status = async () => (await client()('GET', `/v1/jobs/${scheduled.body.jobId}`)).body.status;
    await expect.poll(status, { timeout: 30_000, interval: 500 }).toBe('completed');
  }, 240_000);

  test('dev is destroyed, and nothing of it remains', async () => {
    await tagBuckets();
    await destroy(cdk, 'sms-dev');
    const left = (await resourcesIn(account, REGION)).filter((name) => !/sms-(prod|cn)/.test(name));
    // The role by which API Gateway writes logs is one for all APIs of the region.
    expect(left.filter((name) => !name.includes('CloudWatchRole'))).toEqual([]);
  }, 240_000);
});
