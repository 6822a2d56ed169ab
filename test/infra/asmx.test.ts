import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, test } from 'vitest';
import { GATEWAY_TIMEOUT, SEND_BY } from '../../functions/shared/job/deadlines.ts';
import { SmsStack } from '../../infra/stack.ts';
import type { AsmxSettings, StageSettings } from '../../infra/stage-settings.ts';
import { dev, prod } from '../../infra/stages.ts';
import { methodsOf, problemsOf } from './problems.ts';
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

const balancer = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['cn-north-1a', 'cn-north-1b'],
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  port: 8080,
  ipRanges: ['10.0.0.0/8'],
} as const;
const asmx: AsmxSettings = { tokens: 'own', repeatWindowSeconds: 60, allowFrom: { ipRanges: ['192.0.2.0/24'] }, loadBalancer: balancer };
/** Production with all of it switched on, and a stage that passes tokens through and has no load balancer. */
const full: StageSettings = { ...prod, name: 'full', asmx };
const passing: StageSettings = {
  ...dev,
  name: 'passing',
  asmx: { ...asmx, tokens: { passThroughFor: 'arn:aws:iam::1:role/old' }, repeatWindowSeconds: 0, loadBalancer: null },
};
const stages = [full, passing].map((settings) => ({ settings, ...synthesise(settings) }));
afterAll(() => {
  for (const { folder } of stages) rmSync(folder, { recursive: true });
});
const templateOf = (settings: StageSettings) => stages.find((stage) => stage.settings === settings)?.template as Template;

/** Synthesises without code, under the checks of the application. @throws Error when one of them finds something */
function check(settings: StageSettings): void {
  const outdir = mkdtempSync(join(tmpdir(), 'sms-asmx-'));
  try {
    const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
    new SmsStack(app, settings);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

describe.each(stages)('$settings.name', ({ settings, template }) => {
  test('agrees with the code', () => expect(problemsOf(template)).toEqual([]));

  test('has nothing that the security checks find', () => expect(() => check(settings)).not.toThrow());

  test('asks for a signature everywhere but on the endpoint’s own route', () => {
    const methods = resourcesOf(template, 'AWS::ApiGateway::Method').map(([, { Properties }]) => Properties.AuthorizationType);
    const unsigned = methodsOf(template).filter((_route, index) => methods[index] !== 'AWS_IAM');
    expect(unsigned).toEqual(['asmx ANY /{proxy+}']);
    expect(methods.length).toBeGreaterThan(10);
  });

  test('lets only its addresses reach the endpoint, and says nothing of any other route', () => {
    const [[, api] = []] = resourcesOf(template, 'AWS::ApiGateway::RestApi');
    const policy = api?.Properties.Policy as { Statement: [Statement] };
    expect(policy.Statement).toHaveLength(1);
    const [{ Effect, Principal, Action, Resource, Condition }] = policy.Statement;
    expect([Effect, Principal, Action]).toEqual(['Allow', { AWS: '*' }, 'execute-api:Invoke']);
    expect(Condition).toEqual({ IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } });
    for (const arn of Resource)
      expect(arn).toMatch(new RegExp(`^execute-api:/${settings.name}/(GET|POST)/(gateway/)?services\\.asmx(/\\*)?$`, 'i'));
    for (const path of ['Services.asmx', 'services.asmx/*', 'GateWay/Services.asmx', 'gateway/services.asmx/*', 'GATEWAY/SERVICES.ASMX']) {
      expect(Resource).toContain(`execute-api:/${settings.name}/POST/${path}`);
      expect(Resource).toContain(`execute-api:/${settings.name}/GET/${path}`);
    }
    expect(JSON.stringify(policy).length).toBeLessThan(8_192);
  });
});

interface Statement {
  Effect: string;
  Principal: unknown;
  Action: string;
  Resource: string[];
  Condition: unknown;
}

describe('the load balancer', () => {
  const one = (type: string) => resourcesOf(templateOf(full), type)[0]?.[1].Properties as Record<string, unknown>;
  test('is internal, in the given network, on the given port', () => {
    expect(one('AWS::ElasticLoadBalancingV2::LoadBalancer')).toMatchObject({
      Scheme: 'internal',
      Type: 'application',
      Subnets: balancer.subnetIds,
    });
    expect(one('AWS::ElasticLoadBalancingV2::Listener')).toMatchObject({ Port: 8080, Protocol: 'HTTP' });
    expect(one('AWS::EC2::SecurityGroup')).toMatchObject({
      VpcId: balancer.vpcId,
      SecurityGroupIngress: [{ CidrIp: '10.0.0.0/8', FromPort: 8080, ToPort: 8080, IpProtocol: 'tcp' }],
    });
    expect(JSON.stringify(one('AWS::EC2::SecurityGroup'))).not.toContain('0.0.0.0/0');
  });

  test('leads to the same function, with headers of several values', () => {
    const targets = one('AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(targets).toMatchObject({
      TargetType: 'lambda',
      TargetGroupAttributes: [{ Key: 'lambda.multi_value_headers.enabled', Value: 'true' }],
    });
    const names = referencesIn(targets.Targets).map((id) =>
      functionName(templateOf(full).Resources[id] as Parameters<typeof functionName>[0]),
    );
    expect(names).toEqual(['asmx']);
    const invokers = resourcesOf(templateOf(full), 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties.Principal);
    expect(invokers).toContain('elasticloadbalancing.amazonaws.com');
  });

  test('is not there where no stage asks for it', () => {
    for (const template of [templateOf(passing)]) expect(resourcesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer')).toEqual([]);
  });
});

test('deadlines nest: wait for a call to begin, and the call < function < gateway and load balancer', () => {
  const [, { Properties }] = functionsOf(templateOf(full)).find(([, resource]) => functionName(resource) === 'asmx') as [string, Resource];
  const timeout = Number(Properties.Timeout) * 1000;
  expect(SEND_BY + full.provider.timeoutMs).toBeLessThan(timeout);
  expect(timeout).toBeLessThan(GATEWAY_TIMEOUT);
  const balancers = resourcesOf(templateOf(full), 'AWS::ElasticLoadBalancingV2::LoadBalancer')[0]?.[1].Properties;
  expect(JSON.stringify(balancers)).toContain('{"Key":"idle_timeout.timeout_seconds","Value":"60"}');
});

test('the function knows whose tokens its callers bring', () => {
  const environment = (template: Template) => {
    const [, resource] = functionsOf(template).find(([, candidate]) => functionName(candidate) === 'asmx') ?? [];
    return environmentOf(template, resource as Parameters<typeof environmentOf>[1]);
  };
  expect(environment(templateOf(full))).toMatchObject({ ASMX_TOKENS: 'own', ASMX_CALLER: '', ASMX_REPEAT_WINDOW_SECONDS: '60' });
  expect(environment(templateOf(passing))).toMatchObject({ ASMX_TOKENS: 'pass-through', ASMX_CALLER: 'arn:aws:iam::1:role/old' });
});

test.each([dev, prod])('$name has none of it: no function, no route, no policy', (settings) => {
  expect(settings.asmx).toBeNull();
});

test.each<[string, AsmxSettings['allowFrom']]>([
  ['no address', { ipRanges: [] }],
  ['every address', { ipRanges: ['0.0.0.0/0'] }],
  ['every address of IPv6', { ipRanges: ['192.0.2.0/24', '::/0'] }],
  ['every address, said so', 'open'],
])('a deployed stage whose drop-in endpoint takes %s does not synthesise', (_who, allowFrom) => {
  const open: StageSettings = { ...dev, name: 'open', asmx: { ...asmx, allowFrom, loadBalancer: null } };
  expect(() => check(open)).toThrow(/drop-in endpoint/);
});
