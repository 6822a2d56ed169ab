import { describe, expect, test } from 'vitest';
import { checkStage } from '../../infra/check-stage.ts';
import { executionsOf } from '../../infra/concurrency.ts';
import type { StageSettings } from '../../infra/stage-settings.ts';
import { cn, dev, prod } from '../../infra/stages.ts';

const check = (settings: StageSettings) => () => checkStage(settings);
const loadBalancer = null;
const dropIn = { tokens: 'own', repeatWindowSeconds: 0, allowFrom: { ipRanges: ['192.0.2.0/24'] }, loadBalancer } as const;

test.each([dev, prod, cn])('$name is in order', (settings) => expect(check(settings)).not.toThrow());

test('everything that is wrong is named at once, by its setting', () => {
  const limits = { ...prod.limits, phonesPerCall: 0, retentionDays: 1.5 };
  const wrong = check({ ...prod, name: 'Prod 1', limits, longestWaitSeconds: 21, keyArn: 'alias/sms' });
  for (const setting of ['name', 'limits.phonesPerCall', 'limits.retentionDays', 'longestWaitSeconds', 'keyArn']) {
    expect(wrong).toThrow(new RegExp(`\\n  ${setting}: `));
  }
});

describe('concurrency', () => {
  const tight = (available: number, others: Partial<StageSettings> = {}): StageSettings => ({
    ...prod,
    ...others,
    concurrency: { ...prod.concurrency, available },
  });
  const needed = Object.values(executionsOf(prod)).reduce((sum, each) => sum + each);

  test('a quota that holds every function and the 100 that Lambda leaves unreserved is enough, and one less is not', () => {
    expect(check(tight(needed + 100))).not.toThrow();
    expect(check(tight(needed + 99))).toThrow('concurrency.available: the functions may need');
  });

  test('the quota of a new account is too little', () => {
    expect(check({ ...dev, concurrency: { ...dev.concurrency, available: 10 } })).toThrow('and there are 10. Ask for a higher quota');
  });

  test('a caller that waits holds an execution for as long: 100 requests a second at 20 s are 2,000 and a burst', () => {
    expect(executionsOf({ ...prod, longestWaitSeconds: 20 }).api).toBe(2_200);
    expect(executionsOf(prod).api).toBe(700);
    expect(check({ ...prod, longestWaitSeconds: 20 })).toThrow('concurrency.available');
  });

  test('the drop-in endpoint and the sandbox count where they are', () => {
    expect(executionsOf(prod)).not.toHaveProperty('asmx');
    expect(executionsOf({ ...prod, asmx: dropIn }).asmx).toBe(20);
    expect(executionsOf(dev).sandbox).toBe(4);
  });
});

describe('in China', () => {
  test('a route without IAM authorisation is refused', () => {
    expect(check({ ...cn, authorization: 'none' })).toThrow('authorization: in cn-northwest-1 every route needs iam');
    expect(check({ ...cn, asmx: dropIn })).toThrow('asmx: its routes are unsigned, which cn-northwest-1 does not allow');
  });

  test('what lies in another partition or region is refused', () => {
    const key = 'arn:aws:kms:cn-northwest-1:111111111111:key/1';
    expect(check({ ...cn, keyArn: key })).toThrow(`keyArn: ${key} is no ARN of kms in the stage's region`);
    expect(check({ ...cn, keyArn: key.replace('arn:aws:', 'arn:aws-cn:') })).not.toThrow();
    expect(check({ ...cn, keyArn: 'arn:aws-cn:kms:cn-north-1:111111111111:key/1' })).toThrow('keyArn');
  });
});

test.each<[string, Partial<StageSettings>]>([
  ['sandbox', { sandbox: 'refuse' }],
  ['network.subnetIds', { network: { vpcId: 'vpc-1', availabilityZones: [], subnetIds: [] } }],
  ['network.availabilityZones', { network: { vpcId: 'vpc-1', availabilityZones: ['a'], subnetIds: ['subnet-1', 'subnet-2'] } }],
  ['domain.certificateArn', { domain: { name: 'sms.example', certificateArn: 'arn:aws:iam::1:x', hostedZone: null } }],
  ['webAclArn', { webAclArn: 'my-acl' }],
  ['alarmTopicArn', { alarmTopicArn: 'on-call' }],
  ['events.sources[0].account', { events: { sources: [{ account: '42', source: 'crm' }], deliveries: [], publish: true } }],
])('%s is refused by its name', (setting, others) => {
  expect(check({ ...prod, ...others })).toThrow(`\n  ${setting}: `);
});
