import { rmSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, expect, test } from 'vitest';
import { SmsStack } from '../../infra/stack.ts';
import type { DeliverySettings, StageSettings } from '../../infra/stage-settings.ts';
import { dev } from '../../infra/stages.ts';
import { problemsOf } from './problems.ts';
import { environmentOf, functionName, functionsOf, type Resource, referencesIn, resourcesOf, synthesise } from './template.ts';

const owner = 'arn:aws:iam::222222222222:role/crm';
const delivery: DeliverySettings = {
  ...{ name: 'partner', url: 'https://partner.example/sms', header: { name: 'X-Api-Key', secret: 'partner-key' }, perSecond: 5, hours: 12 },
  ...{ events: ['Job Completed', 'Send Refused'], callers: ['event:222222222222/crm'] },
};
const settings: StageSettings = {
  ...dev,
  name: 'busy',
  events: {
    sources: [{ source: 'shop' }, { source: 'billing' }, { account: '222222222222', source: 'crm', owner }],
    deliveries: [delivery],
    publish: true,
  },
};
const { template, folder } = synthesise(settings);
afterAll(() => rmSync(folder, { recursive: true }));

const functionOf = (name: string) => functionsOf(template).find(([, found]) => functionName(found) === name)?.[1] as Resource;
const [[busId, bus] = []] = resourcesOf(template, 'AWS::Events::EventBus');
/** The rule for events of this name, which must be there, and its one target. */
function ruleTo(name: string) {
  const rules = resourcesOf(template, 'AWS::Events::Rule').map(([, rule]) => rule);
  const rule = rules.find(({ Properties }) => JSON.stringify(Properties.EventPattern ?? '').includes(name));
  if (!rule) throw new Error(`No rule for ${name}`);
  const [target] = rule.Properties.Targets as { Arn: unknown; RetryPolicy: unknown; DeadLetterConfig: unknown; InputPath?: string }[];
  return { rule, target };
}

test('the template and the code agree with sources and deliveries, too', () => {
  expect(problemsOf(template)).toEqual([]);
});

test('each account may put under the sources that the stage names for it, and no other', () => {
  expect(bus?.Properties.Name).toBe('sms-busy');
  const statements = resourcesOf(template, 'AWS::Events::EventBusPolicy').map(([, { Properties }]) => {
    expect(referencesIn(Properties.EventBusName)).toEqual([busId]);
    return Properties.Statement as { Principal: unknown; Resource: unknown };
  });
  const [own, other] = statements;
  expect(statements).toHaveLength(2);
  const allowed = (sources: string[]) => ({
    Effect: 'Allow',
    Action: 'events:PutEvents',
    Condition: { 'ForAllValues:StringEquals': { 'events:source': sources }, Null: { 'events:source': 'false' } },
  });
  expect(own).toMatchObject(allowed(['shop', 'billing']));
  expect(JSON.stringify(own?.Principal)).toContain('{"Ref":"AWS::AccountId"}');
  expect(other).toMatchObject(allowed(['crm']));
  expect(JSON.stringify(other?.Principal)).toContain(':iam::222222222222:root');
  for (const { Resource } of statements) expect(referencesIn(Resource)).toEqual([busId]);
});

test('the functions that take requests and answer questions about them know the same sources', () => {
  const sources = [
    { account: '000000000000', source: 'shop' },
    { account: '000000000000', source: 'billing' },
    { account: '222222222222', source: 'crm', owner },
  ];
  for (const name of ['events', 'api']) {
    expect(JSON.parse(environmentOf(template, functionOf(name)).EVENT_SOURCES ?? '')).toEqual(sources);
  }
});

test('every Send Requested goes to the queue of requests, whatever its source; what cannot be delivered is kept beside what failed', () => {
  const { rule, target } = ruleTo('Send Requested');
  expect(rule.Properties).toMatchObject({ EventPattern: { 'detail-type': ['Send Requested'] }, State: 'ENABLED' });
  expect(referencesIn(rule.Properties.EventBusName)).toEqual([busId]);
  const [queueId = ''] = referencesIn(target?.Arn);
  const queue = template.Resources[queueId];
  expect(queueId).toMatch(/Requests/);
  expect(referencesIn(target?.DeadLetterConfig)).toEqual(referencesIn(queue?.Properties.RedrivePolicy));
  expect(target).not.toHaveProperty('InputPath');
});

test('the events function may put under its own source on this bus', () => {
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('SmsEventsFunction'));
  const statements = policies.flatMap(
    ([, { Properties }]) => (Properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement,
  );
  const [put, ...others] = statements.filter(({ Action }) => String(Action).startsWith('events:'));
  expect(put).toMatchObject({ Action: 'events:PutEvents', Condition: { 'ForAllValues:StringEquals': { 'events:source': ['sms'] } } });
  expect([referencesIn(put?.Resource), others]).toEqual([[busId], []]);
});

test('a delivery goes to its address with its secret, at its rate, for its callers; what it gives up is kept and rings', () => {
  const { rule, target } = ruleTo('Job Completed');
  expect(rule.Properties.EventPattern).toEqual({
    source: ['sms'],
    'detail-type': ['Job Completed', 'Send Refused'],
    detail: { caller: ['event:222222222222/crm'] },
  });
  const [[destinationId, destination] = []] = resourcesOf(template, 'AWS::Events::ApiDestination');
  expect(destination?.Properties).toMatchObject({
    ...{ InvocationEndpoint: 'https://partner.example/sms', HttpMethod: 'POST', InvocationRateLimitPerSecond: 5 },
  });
  const [[, connection] = []] = resourcesOf(template, 'AWS::Events::Connection');
  expect(connection?.Properties).toMatchObject({
    AuthorizationType: 'API_KEY',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Api-Key' } },
  });
  expect(JSON.stringify(connection?.Properties)).toContain('{{resolve:secretsmanager:partner-key:SecretString');
  expect(referencesIn(target?.Arn)).toEqual([destinationId]);
  expect(target?.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 12 * 3_600, MaximumRetryAttempts: 185 });
  const [deadId] = referencesIn(target?.DeadLetterConfig);
  const alarm = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
    ([, { Properties }]) => referencesIn(Properties.Dimensions)[0] === deadId,
  );
  expect(alarm?.[1].Properties.AlarmDescription).toMatch(/^partner was not told .* "Dead deliveries"\.$/);
});

test('a delivery to a plain-http address is refused', () => {
  const events = { sources: [], deliveries: [{ ...delivery, url: 'http://partner.example' }], publish: true };
  const make = () => new SmsStack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), { ...dev, events });
  expect(make).toThrow('events.deliveries[0].url: the delivery partner needs an https address');
});

test('AwsSolutions finds nothing in a stage with sources and deliveries that is not acknowledged', () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  new SmsStack(app, settings);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});
