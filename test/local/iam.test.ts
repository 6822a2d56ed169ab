import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { unusedOf } from '../../infra/commands/local-grants.ts';
import { loadAssembly } from '../../infra/local/cloudformation/assembly.ts';
import type { Assembly, Template } from '../../infra/local/cloudformation/template.ts';
import { covers, type PolicyDocument } from '../../infra/local/iam/grants.ts';
import { readers } from '../../infra/local/iam/requested-actions.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { createApiClient, phones } from '../support/api.ts';
import { startStack } from '../support/stack.ts';

const stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
});

/** The stack with one right of one role taken away, which it must have had. */
async function without(role: string, action: string): Promise<Assembly> {
  const { template, assets } = await loadAssembly(readSettings({ PORT: '0', SANDBOX_PORT: '0' }));
  const less = structuredClone(template) as Template;
  let taken = 0;
  for (const [id, { Type, Properties = {} }] of Object.entries(less.Resources)) {
    if (Type !== 'AWS::IAM::Policy' || !id.startsWith(role)) continue;
    const document = Properties.PolicyDocument as PolicyDocument;
    document.Statement = document.Statement.flatMap((statement) => {
      const kept = [statement.Action].flat().filter((each) => each !== action);
      taken += [statement.Action].flat().length - kept.length;
      return kept.length > 0 ? [{ ...statement, Action: kept }] : [];
    });
  }
  expect(taken).toBeGreaterThan(0);
  return { template: less, assets };
}

async function start(assembly: Assembly) {
  const system = await startStack({}, { assembly });
  stopping.push(() => system.stop());
  return createApiClient(system.api);
}

test('a call of a function without its grant is refused, and nothing is sent', async () => {
  const api = await start(await without('SmsApiFunctionRole', 'dynamodb:PutItem'));
  const answer = await api.send({ pattern: '【签名】您好', recipients: phones(1) });
  answer.problem('internal-error');
  // What it may still do, it does.
  expect((await api.get('/v1/jobs')).as('Jobs').items).toEqual([]);
}, 60_000);

test('a pre-signed address gives no more than its signer has', async () => {
  const api = await start(await without('SmsApiFunctionRole', 's3:PutObject'));
  const { url, headers } = (await api.post('/v1/uploads', { format: 'csv', size: 6 })).as('UploadAddress');
  const answer = await fetch(url, { method: 'PUT', headers, body: 'phone\n' });
  expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('is not authorized to perform: s3:PutObject')]);
}, 60_000);

test.each([
  ['Lambda, that reads a queue', 'SmsDispatchFunctionRole', 'sqs:ReceiveMessage'],
  ['Lambda, that writes a log', 'SmsSweepFunctionRole', 'logs:PutLogEvents'],
  ['Scheduler, that sends', 'SmsEventsSchedulesRole', 'sqs:SendMessage'],
])(
  'a call of %s without its grant does not start',
  async (_who, role, action) => {
    await expect(start(await without(role, action))).rejects.toThrow(new RegExp(`AccessDenied: .*${role}.* perform: ${action}`));
  },
  60_000,
);

test.each([
  ['sends what a rule matches', /^SmsEventsRequestsQueuePolicy/],
  ['keeps what a rule gives up', /^SmsEventsRequestsDeadLettersPolicy/],
])(
  'a queue that does not let EventBridge in, which %s, does not start',
  async (_what, policy) => {
    const { template, assets } = await loadAssembly(readSettings({ PORT: '0', SANDBOX_PORT: '0' }));
    const changed = structuredClone(template);
    const [, { Properties = {} }] = Object.entries(changed.Resources).find(([id]) => policy.test(id)) ?? ['', {}];
    // The rule of another bus.
    const { Statement } = Properties.PolicyDocument as { Statement: { Effect: string; Condition: object }[] };
    for (const statement of Statement.filter(({ Effect }) => Effect === 'Allow')) {
      statement.Condition = { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:000000000000:rule/other' } };
    }
    await expect(start({ template: changed, assets })).rejects.toThrow(
      /AccessDenied: User: events\.amazonaws\.com is not .* perform: sqs:SendMessage on resource: .*SmsEventsRequests/,
    );
  },
  60_000,
);

test('a grant that nothing used is named: one that is wider than what was used is another', () => {
  const grant = { role: 'R', action: 's3:GetObject', resource: 'arn:aws:s3:::b/uploads/*' };
  const used = `${JSON.stringify(grant)}\n`;
  expect(unusedOf([grant], used)).toEqual([]);
  expect(unusedOf([{ ...grant, action: 's3:*' }], used)).toEqual(['R may s3:* on arn:aws:s3:::b/uploads/*']);
  expect(unusedOf([grant, { ...grant, action: 's3:PutObject' }], used)).toEqual(['R may s3:PutObject on arn:aws:s3:::b/uploads/*']);
});

test('the command fails where a grant was not used, and names each', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sms-grants-'));
  try {
    const file = join(folder, 'used');
    writeFileSync(file, '');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/commands/unused-grants.ts', file], { encoding: 'utf8' });
    const [, all = ''] = /^0 of (\d+) grants were used\.\n$/.exec(stdout) ?? [];
    expect([status, stderr.trim().split('\n').length]).toEqual([1, Number(all)]);
    expect(stderr).toMatch(/^Nothing used this grant: SmsDispatchFunctionRole\w+ may sqs:SendMessage on arn:aws:sqs:.*$/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test('a grant covers its own action on what its pattern matches', () => {
  const grant = { role: 'R', action: 's3:GetObject', resource: 'arn:aws:s3:::b/uploads/*' };
  expect(covers(grant, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/uploads/x/y' })).toBe(true);
  expect(covers(grant, { action: 's3:PutObject', resource: 'arn:aws:s3:::b/uploads/x' })).toBe(false);
  expect(covers(grant, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/exports/x' })).toBe(false);
});

test('requests ask for what AWS names them by', () => {
  const request = { method: 'POST', path: '/', query: new URLSearchParams(), target: '', body: {} };
  const queue = { QueueUrl: 'http://127.0.0.1:1/000000000000/Q' };
  expect(readers.SQS({ ...request, target: 'AmazonSQS.SendMessageBatch', body: queue })).toEqual([
    { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:us-east-1:000000000000:Q' },
  ]);
  const index = { TableName: 'T', IndexName: 'byX' };
  expect(readers.DYNAMODB({ ...request, target: 'DynamoDB_20120810.Query', body: index })[0]?.resource).toMatch(/:table\/T\/index\/byX$/);
  const Target = { RoleArn: 'arn:aws:iam::000000000000:role/S' };
  expect(readers.SCHEDULER({ ...request, path: '/schedules/job', body: { GroupName: 'g', Target } }).map(({ action }) => action)).toEqual([
    'scheduler:CreateSchedule',
    'iam:PassRole',
  ]);
  const Entries = ['sms', 'other'].map((Source) => ({ EventBusName: 'b', Source }));
  expect(readers.EVENTBRIDGE({ ...request, target: 'AWSEvents.PutEvents', body: { Entries } })).toMatchObject([
    { action: 'events:PutEvents', context: { 'events:source': ['sms', 'other'] } },
  ]);
});
