import { rmSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { afterAll, expect, test } from 'vitest';
import { SmsStack } from '../../infra/stack.ts';
import type { ProviderSettings, StageSettings } from '../../infra/stage-settings.ts';
import { dev, prod } from '../../infra/stages.ts';
import { problemsOf } from './problems.ts';
import { functionName, functionsOf, referencesIn, resourcesOf, synthesise, type Template } from './template.ts';

const { template: sound, folder } = synthesise(dev);
afterAll(() => rmSync(folder, { recursive: true }));

/** The template with one thing replaced in its text, which must be there. */
function broken(from: string, to: string): Template {
  const whole = JSON.stringify(sound);
  expect(whole).toContain(from);
  return JSON.parse(whole.replaceAll(from, to));
}

function without(template: Template, id: string | undefined): Template {
  const { [id ?? '']: gone, ...Resources } = template.Resources;
  expect(gone).toBeDefined();
  return { Resources };
}

test('a misspelt variable is found, from both sides', () => {
  expect(problemsOf(broken('"FILES_BUCKET"', '"FILE_BUCKET"')).toSorted()).toEqual([
    'api: FILES_BUCKET is missing or wrong',
    'api: FILE_BUCKET is not read',
    'uploads: FILES_BUCKET is missing or wrong',
    'uploads: FILE_BUCKET is not read',
  ]);
});

test('a value that its schema refuses is found', () => {
  expect(problemsOf(broken('"PROVIDER_PROTOCOL":"http-post"', '"PROVIDER_PROTOCOL":"http-put"')).toSorted()).toEqual(
    ['api', 'dispatch', 'events', 'uploads'].map((name) => `${name}: PROVIDER_PROTOCOL is missing or wrong`),
  );
});

test('a queue without its function is found', () => {
  const [id, mapping] = resourcesOf(sound, 'AWS::Lambda::EventSourceMapping')[0] ?? [];
  const [queue] = referencesIn(mapping?.Properties.EventSourceArn);
  const problems = problemsOf(without(sound, id));
  expect(problems).toEqual(['waker missing: queue dispatch', `queue without its function: ${queue}`]);
});

test('a mapping to nothing is found', () => {
  const lost = structuredClone(sound);
  const [, mapping] = resourcesOf(lost, 'AWS::Lambda::EventSourceMapping')[0] ?? [];
  if (mapping) mapping.Properties.FunctionName = 'gone';
  expect(problemsOf(lost)).toEqual(['waker missing: queue dispatch', 'waker that its function does not know: queue nothing']);
});

test('a clock that calls the wrong function is found', () => {
  const [sweep, other] = ['sweep', 'uploads'].map(
    (name) => functionsOf(sound).find(([, resource]) => functionName(resource) === name)?.[0] ?? '',
  );
  const [id] = resourcesOf(sound, 'AWS::Events::Rule').find(([, { Properties }]) => Properties.ScheduleExpression) ?? [];
  const wrong = structuredClone(sound);
  const rule = wrong.Resources[id ?? ''];
  if (rule) rule.Properties = JSON.parse(JSON.stringify(rule.Properties).replaceAll(`"${sweep}"`, `"${other}"`));
  expect(problemsOf(wrong)).toEqual(['waker missing: clock sweep', 'waker that its function does not know: clock uploads']);
});

test('a queue without dead letters is found', () => {
  const bare = structuredClone(sound);
  for (const [, { Properties }] of resourcesOf(bare, 'AWS::SQS::Queue')) delete Properties.RedrivePolicy;
  const problems = problemsOf(bare);
  expect(problems.filter((problem) => problem.startsWith('queue without dead letters: '))).toHaveLength(4);
});

test('a route without its function is found', () => {
  const [id] = functionsOf(sound).find(([, resource]) => functionName(resource) === 'sandbox') ?? [];
  const problems = problemsOf(without(sound, id));
  expect(problems).toContain('route that its function does not know: nothing GET /sandbox/ledger');
  expect(problems.filter((problem) => problem.includes(`refers to ${id}, which is not there`))).not.toEqual([]);
});

test('a function without its route is found', () => {
  const [id] = resourcesOf(sound, 'AWS::ApiGateway::Method').find(([key]) => /preview/.test(key)) ?? [];
  expect(problemsOf(without(sound, id))).toContain('route missing: api POST /v1/preview');
});

test('an index that the store queries and the table lacks is found', () => {
  expect(problemsOf(broken('"IndexName":"byStatus"', '"IndexName":"byState"'))).toEqual(['index missing: byStatus statusKey createdAt']);
});

test('resources that wait for each other are found', () => {
  const [table] = resourcesOf(sound, 'AWS::DynamoDB::Table');
  const [handler] = functionsOf(sound);
  const circular = structuredClone(sound);
  const resource = circular.Resources[table?.[0] ?? ''];
  if (resource) resource.DependsOn = handler?.[0];
  expect(problemsOf(circular).join()).toMatch(/^circle: /);
});

const stageWith =
  (provider: Partial<ProviderSettings>, others: Partial<StageSettings> = {}) =>
  () =>
    new SmsStack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), {
      ...prod,
      ...others,
      provider: { ...prod.provider, ...provider },
    });

test('a plain-http provider needs the setting that says so', () => {
  expect(stageWith({ plainHttp: false })).toThrow('set plainHttp: true');
  expect(stageWith({ url: 'ftp://provider.example/Services.asmx' })).toThrow('neither https nor http');
  expect(stageWith({ timeZone: '+08:00' })).toThrow('provider.timeZone: Expected a zone of the IANA database');
  expect(stageWith({ url: 'https://provider.example/Services.asmx', plainHttp: false })).not.toThrow();
});

test('a stage outside production with a real provider must say whom it may reach; production and a provider on this machine need not', () => {
  const probe: Partial<StageSettings> = { name: 'probe', production: false };
  const limits = { ...prod.limits, allowedPhones: ['13800138000'] };
  expect(stageWith({}, probe)).toThrow('limits.allowedPhones: outside production, a stage that calls a real provider');
  expect(stageWith({}, { ...probe, limits })).not.toThrow();
  expect(stageWith({}, { ...probe, limits: { ...limits, allowedPhones: [] } })).not.toThrow();
  expect(stageWith({ url: 'http://127.0.0.1:4000/Services.asmx' }, probe)).not.toThrow();
  expect(stageWith({ url: 'http://127.0.0.1.example/Services.asmx' }, probe)).toThrow('allowedPhones');
  expect(stageWith({})).not.toThrow();
});

test('a stage without a sandbox cannot call it', () => {
  expect(stageWith({ url: 'sandbox' })).toThrow('provider.url: it calls the sandbox, and has none');
});
