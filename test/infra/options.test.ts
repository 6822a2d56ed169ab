import { rmSync } from 'node:fs';
import { App, Stack, Stage, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, test } from 'vitest';
import { SmsService } from '../../infra/sms-service.ts';
import { SmsStack } from '../../infra/stack.ts';
import type { StageSettings } from '../../infra/stage-settings.ts';
import { cn, dev, prod } from '../../infra/stages.ts';
import { problemsOf } from './problems.ts';
import { functionName, functionsOf, referencesIn, resourcesOf, synthesise } from './template.ts';

const keyArn = 'arn:aws:kms:eu-west-1:111111111111:key/0a1b';
/** Every option at once. */
const full: StageSettings = {
  ...prod,
  name: 'full',
  protected: true,
  asmx: { tokens: 'own', repeatWindowSeconds: 0, allowFrom: { ipRanges: ['192.0.2.0/24'] }, loadBalancer: null },
  network: { vpcId: 'vpc-1', availabilityZones: ['eu-west-1a', 'eu-west-1b'], subnetIds: ['subnet-1', 'subnet-2'] },
  domain: {
    name: 'sms.example.com',
    certificateArn: 'arn:aws:acm:eu-west-1:111111111111:certificate/1',
    hostedZone: { id: 'Z1', name: 'example.com' },
  },
  webAclArn: 'arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/w/1',
  keyArn,
};
const { template, folder } = synthesise(full);
afterAll(() => rmSync(folder, { recursive: true }));
const outputsOf = (settings: StageSettings) => {
  const stack = new SmsStack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), settings);
  return Object.keys(Template.fromStack(stack).findOutputs('*')).toSorted();
};

describe('a stage with every option', () => {
  test('agrees with the code, and has nothing that the security checks find', () => {
    expect(problemsOf(template)).toEqual([]);
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
    new SmsStack(app, full);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  test('lets the functions that call the provider go out from its subnets, and no other', () => {
    const inside = functionsOf(template).filter(([, { Properties }]) => Properties.VpcConfig !== undefined);
    expect(inside.map(([, resource]) => functionName(resource)).toSorted()).toEqual(['api', 'asmx', 'dispatch']);
    for (const [, { Properties }] of inside) expect(Properties.VpcConfig).toMatchObject({ SubnetIds: ['subnet-1', 'subnet-2'] });
    expect(resourcesOf(template, 'AWS::EC2::SecurityGroup')[0]?.[1].Properties.SecurityGroupIngress).toBeUndefined();
  });

  test('encrypts everything that it keeps with its key, and each role may use it', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::SQS::Queue')) expect(Properties.KmsMasterKeyId).toBe(keyArn);
    for (const [, { Properties }] of resourcesOf(template, 'AWS::DynamoDB::Table')) {
      expect(Properties.SSESpecification).toMatchObject({ KMSMasterKeyId: keyArn, SSEType: 'KMS' });
    }
    for (const [, { Properties }] of resourcesOf(template, 'AWS::Logs::LogGroup')) expect(Properties.KmsKeyId).toBe(keyArn);
    expect(resourcesOf(template, 'AWS::SecretsManager::Secret')[0]?.[1].Properties.KmsKeyId).toBe(keyArn);
    expect(JSON.stringify(resourcesOf(template, 'AWS::S3::Bucket'))).toContain(keyArn);
    const policies = resourcesOf(template, 'AWS::IAM::Policy').map(([, { Properties }]) => Properties);
    const allowed = new Set(
      policies.filter((policy) => JSON.stringify(policy).includes('kms:Decrypt')).flatMap(({ Roles }) => referencesIn(Roles)),
    );
    for (const [, { Properties }] of functionsOf(template)) expect(allowed).toContain(referencesIn(Properties.Role)[0]);
  });

  test('has its name, its record and its firewall', () => {
    expect(resourcesOf(template, 'AWS::ApiGateway::DomainName')[0]?.[1].Properties).toMatchObject({
      DomainName: 'sms.example.com',
      SecurityPolicy: 'TLS_1_2',
    });
    const [stage] = resourcesOf(template, 'AWS::ApiGateway::Stage');
    const [mapping] = resourcesOf(template, 'AWS::ApiGateway::BasePathMapping');
    expect(referencesIn(mapping?.[1].Properties.Stage)).toEqual([stage?.[0]]);
    expect(resourcesOf(template, 'AWS::Route53::RecordSet')[0]?.[1].Properties).toMatchObject({ Name: 'sms.example.com.', Type: 'A' });
    const [[, firewall] = []] = resourcesOf(template, 'AWS::WAFv2::WebACLAssociation');
    expect(referencesIn(firewall?.Properties.ResourceArn)).toContain(stage?.[0]);
  });

  test('keeps for each function what it may need', () => {
    const reserved = functionsOf(template).map(([, resource]) => [
      functionName(resource),
      resource.Properties.ReservedConcurrentExecutions,
    ]);
    expect(Object.fromEntries(reserved)).toEqual({ api: 700, asmx: 20, dispatch: 4, events: 15, sweep: 2, uploads: 5 });
  });

  test('tells what others need by the names of the pages', () => {
    expect(outputsOf(full)).toEqual(['ApiUrl', 'DomainTarget', 'EventBusArn', 'TokenSecret', 'TokensTable']);
    expect(outputsOf(dev)).toEqual(['ApiUrl', 'EventBusArn', 'TokenSecret']);
  });
});

test('the service goes into any stack of a stage', () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(new Stage(app, 'Team', { env: { account: '111111111111', region: 'eu-west-1' } }), 'Messages');
  const service = new SmsService(stack, 'Sms', { ...dev, name: 'team' });
  expect(stack.resolve(service.bus.eventBusArn)).toHaveProperty('Fn::GetAtt');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});

test('a stack takes the properties that its owner gives it', () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new SmsStack(app, prod, { stackName: 'messages', terminationProtection: true, tags: { team: 'crm' } });
  expect([stack.stackName, stack.terminationProtection, stack.tags.tagValues()]).toEqual(['messages', true, { team: 'crm' }]);
});

describe('a first deploy that failed', () => {
  const { template: first, folder: firstFolder } = synthesise(prod);
  afterAll(() => rmSync(firstFolder, { recursive: true }));

  test('leaves nothing behind that stops the next: nothing kept has a fixed name, or refuses to go before it stands', () => {
    const names = ['TableName', 'QueueName', 'BucketName', 'LogGroupName', 'FunctionName', 'RoleName', 'SecretName'];
    for (const [id, { Properties, DeletionPolicy }] of Object.entries(first.Resources)) {
      if (DeletionPolicy === undefined || DeletionPolicy === 'Delete') continue;
      // The account's role for gateway logs has a generated name, too, and is shared by all APIs of the region.
      expect([id, names.filter((name) => name in Properties)]).toEqual([id, []]);
      if (!/CloudWatchRole|Account/.test(id)) expect([id, DeletionPolicy]).toEqual([id, 'RetainExceptOnCreate']);
    }
    expect(resourcesOf(first, 'AWS::DynamoDB::Table')[0]?.[1].Properties.DeletionProtectionEnabled).not.toBe(true);
  });

  test('once it stands, stack and table are protected', () => {
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
    expect(new SmsStack(app, { ...prod, protected: true }).terminationProtection).toBe(true);
    expect(resourcesOf(template, 'AWS::DynamoDB::Table')[0]?.[1].Properties.DeletionProtectionEnabled).toBe(true);
  });
});

test('a stage that keeps nothing empties its bucket when it is deleted; one that keeps does not', () => {
  const emptied = (settings: StageSettings) => {
    const stack = new SmsStack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), settings);
    const template = Template.fromStack(stack);
    const emptying = Object.keys(template.findResources('Custom::S3AutoDeleteObjects')).length;
    // Its log goes with the stack, too.
    const logged = template.findResources('AWS::Lambda::Function', {
      Properties: { Description: Match.anyValue(), LoggingConfig: Match.anyValue() },
    });
    return [emptying, Object.keys(template.findResources('AWS::Lambda::Function')).length - Object.keys(logged).length];
  };
  expect([emptied(dev), emptied(prod)]).toEqual([
    [1, 0],
    [0, 0],
  ]);
});

test('the stage for China asks for a signature on every route', () => {
  const stack = new SmsStack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), cn);
  expect(stack.region).toBe('cn-northwest-1');
  const methods = Object.values(Template.fromStack(stack).findResources('AWS::ApiGateway::Method'));
  expect(new Set(methods.map(({ Properties }) => Properties.AuthorizationType))).toEqual(new Set(['AWS_IAM']));
});
