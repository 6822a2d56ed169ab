import { rmSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { afterAll, expect, test } from 'vitest';
import { SmsStack } from '../../infra/stack.ts';
import { dev, type ProviderSettings, prod, type StageSettings } from '../../infra/stages.ts';
import { problemsOf } from './problems.ts';
import { resourcesOf, synthesise, type Template } from './template.ts';

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
  expect(problemsOf(broken('"PROVIDER_TIMEOUT_MS"', '"PROVIDER_TIMEOUT"'))).toEqual([
    'api: PROVIDER_TIMEOUT is read by nobody',
    'api: PROVIDER_TIMEOUT_MS is missing or wrong',
  ]);
});

test('a value that its schema refuses is found', () => {
  expect(problemsOf(broken('"PROVIDER_PROTOCOL":"http-post"', '"PROVIDER_PROTOCOL":"http-put"'))).toEqual([
    'api: PROVIDER_PROTOCOL is missing or wrong',
  ]);
});

test('a route without its function is found', () => {
  const [id] =
    resourcesOf(sound, 'AWS::Lambda::Function').find(([, { Properties }]) => Properties.Description === 'functions/sandbox') ?? [];
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
  const [handler] = resourcesOf(sound, 'AWS::Lambda::Function');
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
  expect(stageWith({ url: 'https://provider.example/Services.asmx', plainHttp: false })).not.toThrow();
});

test('a stage without a sandbox cannot call it', () => {
  expect(stageWith({ url: 'sandbox' })).toThrow('calls the sandbox, and has none');
});
