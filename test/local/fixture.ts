import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assembly, Declaration } from '../../infra/local/cloudformation/template.ts';
import type { LocalSettings } from '../../infra/local/settings.ts';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';

/** A function that does what the path says; `/fixture` shows its event, everything else is named by what happens. */
const handler = `
if (process.env.GREETING !== 'hello') throw new Error('GREETING: must be hello');
let calls = 0;
exports.handler = async (event, context) => {
  calls += 1;
  const text = (body, more) => ({ statusCode: 200, headers: { 'Content-Type': 'text/plain' }, body, ...more });
  const act = event.path.split('/').pop();
  switch (act) {
    case 'throw': throw new Error('on purpose');
    case 'exit': process.exit(1);
    case 'hang': for (;;) {}
    case 'slow': await new Promise((done) => setTimeout(done, 150)); return text(String(calls));
    case 'slower': await new Promise((done) => setTimeout(done, 500)); return text(String(calls));
    case 'large': return text('x'.repeat(6 * 1024 * 1024));
    case 'no-status': return { body: 'x' };
    case 'bad-header': return text('x', { headers: { 'X-Bad': 'a\\nb' } });
    case 'no-result': return;
    case 'size': return text(String(Buffer.byteLength(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')));
    case 'binary': return text(Buffer.from([0xc4, 0xe3]).toString('base64'), { isBase64Encoded: true });
    case 'cookies': return text('x', { multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] } });
    case 'environment': return text(JSON.stringify(process.env));
    case 'context': {
      const { getRemainingTimeInMillis, ...rest } = context;
      return text(JSON.stringify({ remaining: getRemainingTimeInMillis(), ...rest }, (key, value) => typeof value === 'function' ? undefined : value));
    }
    case 'reset': case 'silence': case 'close-port': return text(act, { headers: { 'Sandbox-Scenario': act, 'X-Kept': 'yes' } });
    default: return text(JSON.stringify(event));
  }
};`;

export type Resources = Record<string, Declaration>;

const invocation = (functionId: string): object => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':apigateway:',
      { Ref: 'AWS::Region' },
      ':lambda:path/2015-03-31/functions/',
      { 'Fn::GetAtt': [functionId, 'Arn'] },
      '/invocations',
    ],
  ],
});

const part = (PathPart: string, parent: string | object): Declaration => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { ParentId: typeof parent === 'string' ? { Ref: parent } : parent, PathPart, RestApiId: { Ref: 'Api' } },
});

const method = (HttpMethod: string, resource: string, TimeoutInMillis = 3_000): Declaration => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    HttpMethod,
    ResourceId: { Ref: resource },
    RestApiId: { Ref: 'Api' },
    AuthorizationType: 'NONE',
    Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', TimeoutInMillis, Uri: invocation('Handler') },
  },
});

/** What a function needs beside its code: a role that may do everything, and a log. */
export const allowed = { Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, LoggingConfig: { LogGroup: { Ref: 'Log' } } };

/** A template with one of each noun: small, and the test's own. */
export function resources(): Resources {
  return {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { BinaryMediaTypes: ['text/xml', 'application/octet-stream'] } },
    Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: 'fixture' } },
    Fixture: part('fixture', { 'Fn::GetAtt': ['Api', 'RootResourceId'] }),
    Act: part('{act}', 'Fixture'),
    Literal: part('literal', 'Fixture'),
    Impatient: part('slower', 'Literal'),
    SandboxRoot: part('sandbox', { 'Fn::GetAtt': ['Api', 'RootResourceId'] }),
    Service: part('Services.asmx', 'SandboxRoot'),
    Operation: part('{operation}', 'Service'),
    Ledger: part('ledger', 'SandboxRoot'),
    AnyFixture: method('ANY', 'Fixture'),
    GetAct: method('GET', 'Act'),
    PostAct: method('POST', 'Act'),
    GetLiteral: method('GET', 'Literal'),
    GetImpatient: method('GET', 'Impatient', 50),
    GetService: method('GET', 'Service'),
    PostOperation: method('POST', 'Operation'),
    GetLedger: method('GET', 'Ledger'),
    Handler: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...allowed,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { S3Bucket: { 'Fn::Sub': 'assets-\u0024{AWS::AccountId}-\u0024{AWS::Region}' }, S3Key: 'fixture.zip' },
        Environment: { Variables: { GREETING: 'hello', TABLE: { Ref: 'Table' }, SECRET: { Ref: 'Token' } } },
        Timeout: 1,
        MemorySize: 256,
        ReservedConcurrentExecutions: 3,
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: { 'Fn::GetAtt': ['Handler', 'Arn'] }, Principal: 'apigateway.amazonaws.com' },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    },
    Token: { Type: 'AWS::SecretsManager::Secret' },
    Log: { Type: 'AWS::Logs::LogGroup' },
    Role: { Type: 'AWS::IAM::Role' },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      },
    },
  };
}

/** A folder that is thrown away with `remove`. */
export function temporaryFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'sms-local-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function settings(DATA_DIR: string, more: Partial<LocalSettings> = {}): LocalSettings {
  return {
    PORT: 0,
    SANDBOX_PORT: 0,
    STAGE_PATH: '',
    PROVIDER_PROTOCOL: 'http-post',
    PROVIDER_TOKEN: 'secret',
    PROVIDER_TIMEOUT_MS: 1_000,
    MAX_CONCURRENT_CALLS: 4,
    PHONES_PER_CALL: 500,
    CALLS_PER_JOB: 10_000,
    DIALECT: 'confirmed',
    EVENT_SOURCES: [],
    ASMX_TOKENS: 'pass-through',
    ASMX_REPEAT_WINDOW: 0,
    AUTH: 'none',
    ACCESS_KEYS: [],
    DATA_DIR,
    ...more,
  };
}

/** An assembly of these resources with the fixture's code. */
export function assemblyOf(folder: string, Resources: Resources): Assembly {
  writeFileSync(join(folder, 'index.cjs'), handler);
  return { template: { Resources }, assets: new Map([['fixture.zip', folder]]) };
}

export function startFixture(
  folder: string,
  declared: Resources = resources(),
  show?: (line: string) => void,
  more: Partial<LocalSettings> = {},
): Promise<LocalSystem> {
  return startLocal(settings(folder, more), { assembly: assemblyOf(folder, declared), ...(show && { show }) });
}
