import { rmSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { afterAll, describe, expect, test } from 'vitest';
import { GATEWAY_TIMEOUT, LEASE, LONGEST_FUNCTION_TIMEOUT, SEND_BY } from '../../functions/shared/job/deadlines.ts';
import type { StageSettings } from '../../infra/stage-settings.ts';
import { dev, prod } from '../../infra/stages.ts';
import { methodsOf, problemsOf } from './problems.ts';
import { environmentOf, functionName, functionsOf, type Resource, resourcesOf, synthesise, type Template } from './template.ts';

/** Like dev but for what one machine needs: open, x86, a provider at a given address. */
const open: StageSettings = {
  ...dev,
  name: 'open',
  authorization: 'none',
  sandbox: 'carry-out',
  provider: { ...dev.provider, url: 'http://127.0.0.1:4000/Services.asmx', plainHttp: true },
  architecture: Architecture.X86_64,
};
const stages = [dev, prod, open].map((settings) => ({ name: settings.name, settings, ...synthesise(settings) }));
afterAll(() =>
  stages.forEach(({ folder }) => {
    rmSync(folder, { recursive: true });
  }),
);
const deployed = stages.filter(({ settings }) => settings !== open);

function stage(settings: StageSettings): Template {
  const found = stages.find(({ name }) => name === settings.name);
  if (!found) throw new Error(`No stage ${settings.name}`);
  return found.template;
}

function functionOf(template: Template, name: string) {
  const found = functionsOf(template).find(([, resource]) => functionName(resource) === name);
  if (!found) throw new Error(`No function ${name}`);
  return found[1];
}

const timeoutOf = ({ Properties }: Resource): number => Number(Properties.Timeout) * 1000;

describe.each(stages)('every stage: $name', ({ template, settings, environment }) => {
  test('agrees with the code: environments, routes, indexes, references', () => {
    expect(problemsOf(template)).toEqual([]);
  });

  test('names no partition, account or region', () => {
    expect(environment).toBe('aws://unknown-account/unknown-region');
    expect(JSON.stringify(template)).not.toMatch(/arn:aws|amazonaws\.com\/|amazonaws\.com\.cn/);
  });

  test('runs on Node 24 and the stage’s architecture, and logs for a limited time', () => {
    for (const [, { Properties }] of functionsOf(template)) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Handler: 'index.handler', Architectures: [settings.architecture.name] });
    }
    const logs = resourcesOf(template, 'AWS::Logs::LogGroup');
    // One for each function, the function that empties the bucket where nothing is kept, and the gateway.
    const emptying = settings.removal === RemovalPolicy.DESTROY ? 1 : 0;
    expect(logs.length).toBe(functionsOf(template).length + emptying + 1);
    for (const [, { Properties }] of logs) expect(Properties.RetentionInDays).toBe(settings.logRetention);
  });

  test('deadlines nest: wait for a call to begin, and the call < function < lease; function < gateway, 29 s', () => {
    const { connectTimeoutMs, timeoutMs } = settings.provider;
    expect(connectTimeoutMs).toBeLessThan(SEND_BY);
    for (const name of ['api', 'dispatch']) {
      const timeout = timeoutOf(functionOf(template, name));
      expect(SEND_BY + timeoutMs).toBeLessThan(timeout);
      expect(timeout).toBeLessThanOrEqual(LONGEST_FUNCTION_TIMEOUT);
      expect(timeout).toBeLessThan(LEASE);
    }
    for (const name of ['api', ...(settings.sandbox === 'none' ? [] : ['sandbox'])]) {
      expect(timeoutOf(functionOf(template, name))).toBeLessThan(GATEWAY_TIMEOUT);
    }
    for (const [, { Properties }] of resourcesOf(template, 'AWS::ApiGateway::Method')) {
      expect(Properties.Integration).toMatchObject({ TimeoutInMillis: 29_000, Type: 'AWS_PROXY' });
    }
  });

  test('every table is on demand, encrypted, recoverable and expires items by expiresAt', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::DynamoDB::Table')) {
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      });
    }
  });

  test('no role may do everything, or anything to everything but the objects of a folder and the schedules of a group', () => {
    const policies = resourcesOf(template, 'AWS::IAM::Policy').map(([, { Properties }]) => JSON.stringify(Properties));
    expect(policies.length).toBeGreaterThan(0);
    for (const policy of policies) {
      expect(policy.replaceAll(/"(\/(uploads|exports)|:schedule\/sms[\w-]+)\/\*"/g, '')).not.toMatch(
        /\*|dynamodb:Scan|dynamodb:Delete|s3:Delete/,
      );
    }
  });

  test('the gateway hands bytes on unharmed and its log holds neither paths nor addresses', () => {
    expect(resourcesOf(template, 'AWS::ApiGateway::RestApi')[0]?.[1].Properties.BinaryMediaTypes).toEqual(['*/*']);
    const format = JSON.stringify(resourcesOf(template, 'AWS::ApiGateway::Stage')[0]?.[1].Properties.AccessLogSetting);
    expect(format).toContain('$context.resourcePath');
    expect(format).not.toMatch(/\$context\.(path|fingerprint\.sourceIp|fingerprint\.userAgent|requestOverride)/);
  });
});

test.each(deployed)('$name: every method asks for SigV4', ({ template }) => {
  const methods = resourcesOf(template, 'AWS::ApiGateway::Method');
  expect(methods.length).toBeGreaterThan(0);
  for (const [, { Properties }] of methods) expect(Properties.AuthorizationType).toBe('AWS_IAM');
  expect(environmentOf(template, functionOf(template, 'api')).AUTHORIZATION).toBe('iam');
});

test('an open stage asks for nothing, and its function knows', () => {
  for (const [, { Properties }] of resourcesOf(stage(open), 'AWS::ApiGateway::Method')) expect(Properties.AuthorizationType).toBe('NONE');
  expect(environmentOf(stage(open), functionOf(stage(open), 'api')).AUTHORIZATION).toBe('none');
});

test('dev calls the sandbox behind its own API with SigV4, and may call nothing else there', () => {
  const { PROVIDER_URL, PROVIDER_AUTH } = environmentOf(stage(dev), functionOf(stage(dev), 'api'));
  const [api] = resourcesOf(stage(dev), 'AWS::ApiGateway::RestApi').map(([id]) => id);
  expect(PROVIDER_AUTH).toBe('iam');
  expect(PROVIDER_URL).toBe(`https://${api}.execute-api.Region.URLSuffix/dev/sandbox/Services.asmx`);
  expect(environmentOf(stage(dev), functionOf(stage(dev), 'sandbox')).CONNECTION_SCENARIOS).toBe('refuse');
  const allowed = JSON.stringify(resourcesOf(stage(dev), 'AWS::IAM::Policy')).match(/\/dev\/[^"]*/g);
  expect([...new Set(allowed)]).toEqual([
    '/dev/POST/sandbox/Services.asmx',
    '/dev/POST/sandbox/Services.asmx/CustomSend',
    '/dev/GET/sandbox/Services.asmx/CustomSend',
  ]);
});

test('prod has no sandbox: no function, no route, no table, no right to call it', () => {
  expect(functionsOf(stage(prod)).map(([, resource]) => functionName(resource))).not.toContain('sandbox');
  expect(methodsOf(stage(prod)).filter((route) => route.includes('sandbox'))).toEqual([]);
  expect(resourcesOf(stage(prod), 'AWS::DynamoDB::Table').length).toBe(1);
  expect(JSON.stringify(stage(prod))).not.toMatch(/sandbox|execute-api:Invoke/i);
  expect(JSON.parse(environmentOf(stage(prod), functionOf(stage(prod), 'api')).DIALECT ?? '')).toMatchObject({ confirmed: false });
});

test('prod keeps its data when the stack goes; dev keeps nothing', () => {
  const kept = ['AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::S3::Bucket'];
  const policies = (template: Template) =>
    kept.flatMap((type) => resourcesOf(template, type).map(([, { DeletionPolicy }]) => DeletionPolicy));
  expect(new Set(policies(stage(prod)))).toEqual(new Set(['RetainExceptOnCreate']));
  expect(new Set(policies(stage(dev)))).toEqual(new Set(['Delete']));
});
