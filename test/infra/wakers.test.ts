import { readFileSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { StageSettings } from '../../infra/stage-settings.ts';
import { dev, prod } from '../../infra/stages.ts';
import {
  environmentOf,
  functionName,
  functionsOf,
  type Resource,
  referencesIn,
  resourcesOf,
  synthesise,
  type Template,
} from './template.ts';

const topic = 'arn:aws:sns:us-east-1:111111111111:on-call';
const one: StageSettings = { ...dev, name: 'one', limits: { ...dev.limits, maxConcurrentCalls: 1 }, alarmTopicArn: topic };
const stages = [dev, prod, one].map((settings) => ({ name: settings.name, settings, ...synthesise(settings) }));
afterAll(() => {
  for (const { folder } of stages) rmSync(folder, { recursive: true });
});

/** A function of the template by its folder. */
function functionOf(template: Template, name: string): Resource {
  const found = functionsOf(template).find(([, resource]) => functionName(resource) === name);
  if (!found) throw new Error(`No function ${name}`);
  return found[1];
}

/** The rules that have this: `ScheduleExpression` or `EventPattern`. */
function rulesOf(template: Template, property: string): Resource[] {
  return resourcesOf(template, 'AWS::Events::Rule').flatMap(([, rule]) => (rule.Properties[property] ? [rule] : []));
}

/** A mapping by the folder of the function that it feeds, with its queue. */
function mappingOf(template: Template, name: string): { mapping: Resource; queueId: string; queue: Resource } {
  for (const [, mapping] of resourcesOf(template, 'AWS::Lambda::EventSourceMapping')) {
    const [target] = referencesIn(mapping.Properties.FunctionName).map((id) => template.Resources[id]);
    const [queueId = ''] = referencesIn(mapping.Properties.EventSourceArn);
    const queue = template.Resources[queueId];
    if (target && queue && functionName(target) === name) return { mapping, queueId, queue };
  }
  throw new Error(`No mapping for ${name}`);
}

describe.each(stages)('$name', ({ template, settings }) => {
  test.each(['dispatch', 'uploads', 'events'])('%s gets one message at a time and says which failed', (name) => {
    const { mapping, queue } = mappingOf(template, name);
    expect(mapping.Properties).toMatchObject({ BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(Number(queue.Properties.VisibilityTimeout)).toBeGreaterThanOrEqual(6 * Number(functionOf(template, name).Properties.Timeout));
  });

  test('as many calls as the stage allows may be open, and SQS takes no less than 2', () => {
    const { MaximumConcurrency } = mappingOf(template, 'dispatch').mapping.Properties.ScalingConfig as { MaximumConcurrency: number };
    expect(MaximumConcurrency).toBe(Math.max(2, settings.limits.maxConcurrentCalls));
  });

  test.each(['dispatch', 'events', 'uploads'])('%s sends to a queue of its own, and Lambda lets it', (name) => {
    expect(functionOf(template, name).Properties.RecursiveLoop).toBe('Allow');
  });

  test('no other function is let loop', () => {
    const loops = functionsOf(template).filter(([, { Properties }]) => Properties.RecursiveLoop !== undefined);
    expect(loops).toHaveLength(3);
  });

  test('failures that Lambda does not count ring, too', () => {
    for (const name of ['dispatch', 'events', 'sweep', 'uploads']) {
      const watched = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(
        ([, { Properties }]) =>
          JSON.stringify(Properties.Dimensions) ===
            `[{"Name":"function","Value":"${name}"},{"Name":"service","Value":"${settings.name}"}]` && Properties.MetricName === 'Failures',
      );
      expect([name, watched.length]).toEqual([name, 1]);
    }
  });

  test('every sender sends to the queue that the function is fed by', () => {
    const urlOf = (name: string): string => `https://sqs/${mappingOf(template, name).queueId}`;
    for (const name of ['api', 'dispatch', 'sweep', 'uploads']) {
      expect(environmentOf(template, functionOf(template, name)).DISPATCH_QUEUE_URL).toBe(urlOf('dispatch'));
    }
    for (const name of ['api', 'uploads']) {
      expect(environmentOf(template, functionOf(template, name)).FILES_QUEUE_URL).toBe(urlOf('uploads'));
    }
  });

  test('what failed five times is kept for a fortnight; queues are encrypted and refuse plain http', () => {
    for (const name of ['dispatch', 'uploads', 'events']) {
      const policy = mappingOf(template, name).queue.Properties.RedrivePolicy;
      expect(policy).toMatchObject({ maxReceiveCount: 5 });
      expect(template.Resources[referencesIn(policy)[0] ?? '']?.Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    }
    const guarded = resourcesOf(template, 'AWS::SQS::QueuePolicy').flatMap(([, { Properties }]) => {
      expect(JSON.stringify(Properties.PolicyDocument)).toMatch(/"aws:SecureTransport":"false".*"Effect":"Deny"/);
      return referencesIn(Properties.Queues);
    });
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::SQS::Queue')) {
      expect(Properties.SqsManagedSseEnabled).toBe(true);
      expect(guarded).toContain(id);
    }
  });

  test('the sweep runs each minute and ends before the next begins; EventBridge may call it', () => {
    const [rule] = rulesOf(template, 'ScheduleExpression');
    expect(rule?.Properties).toMatchObject({ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
    expect(Number(functionOf(template, 'sweep').Properties.Timeout)).toBeLessThan(60);
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    const [permission] = permissions.filter(({ Principal }) => Principal === 'events.amazonaws.com');
    expect(referencesIn(permission?.FunctionName)).toEqual(referencesIn(rule?.Properties.Targets));
  });

  test('the bucket is private, encrypted, refuses plain http, and forgets', () => {
    const buckets = resourcesOf(template, 'AWS::S3::Bucket');
    expect(buckets).toHaveLength(1);
    const all = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };
    const { PublicAccessBlockConfiguration, BucketEncryption, LifecycleConfiguration } = buckets[0]?.[1].Properties ?? {};
    expect(PublicAccessBlockConfiguration).toEqual(all);
    expect(JSON.stringify(BucketEncryption)).toContain('AES256');
    expect(LifecycleConfiguration).toMatchObject({
      Rules: [{ ExpirationInDays: settings.limits.retentionDays, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }],
    });
    const [[, policy] = []] = resourcesOf(template, 'AWS::S3::BucketPolicy');
    expect(JSON.stringify(policy?.Properties)).toMatch(/"aws:SecureTransport":"false".*"Effect":"Deny"/);
  });

  test('every alarm names its impact and where to look, and tells the topic of the stage', () => {
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');
    const titles = alarms.map(([, { Properties }]) => {
      expect(Properties.AlarmActions).toEqual(settings.alarmTopicArn === undefined ? undefined : [topic]);
      return /^[A-Z].{30,}\. What to do: infra\/OPERATION\.md, "Alarms", "(.+)"\.$/.exec(String(Properties.AlarmDescription))?.[1];
    });
    expect([...new Set(titles)].toSorted()).toEqual([
      'API errors',
      'API function errors',
      'Dead dispatch messages',
      'Dead events-queue messages',
      'Dead files',
      'Dead requests',
      'Dead schedules',
      'Dispatch errors',
      'Events errors',
      'Late answers',
      'Late dispatch messages',
      'Readers disagree',
      'Requests from unauthorised sources',
      'Sweep did not run',
      'Sweep failed',
      'Unknown batches',
      'Uploads errors',
    ]);
    const page = readFileSync(new URL('../../infra/OPERATION.md', import.meta.url), 'utf8');
    const rows = Array.from((/## Alarms\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '').matchAll(/^\| (.+?) \|/gm), ([, named = '']) =>
      named.split(', '),
    );
    for (const title of titles) expect(rows.flat()).toContain(title);
  });
});
