import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Declaration } from '../../../infra/local/cloudformation/template.ts';
import { type Resources, resources, startFixture, temporaryFolder } from '../fixture.ts';
import { messaging, startMessaging } from '../messaging.ts';

let data: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  data = temporaryFolder();
});
afterEach(() => data.remove());

const properties = (declared: Resources, id: string) => (declared[id] as Declaration).Properties as Record<string, unknown>;

/** What a copy of the template that is broken in one respect is refused with. */
const broken: [what: string, change: (declared: Resources) => void, message: RegExp][] = [
  [
    'a wrong variable name',
    (declared) => Object.assign(properties(declared, 'Handler'), { Environment: { Variables: { GREETINGS: 'hello' } } }),
    /Handler: GREETING: must be hello/,
  ],
  [
    'a variable that Lambda reserves',
    (declared) => Object.assign(properties(declared, 'Handler'), { Environment: { Variables: { AWS_REGION: 'x' } } }),
    /Handler: the variable AWS_REGION is reserved/,
  ],
  [
    'variables that are too large together',
    (declared) => Object.assign(properties(declared, 'Handler'), { Environment: { Variables: { GREETING: 'x'.repeat(4096) } } }),
    /Handler: its variables have 4104 bytes/,
  ],
  [
    'another runtime',
    (declared) => Object.assign(properties(declared, 'Handler'), { Runtime: 'nodejs22.x' }),
    /Handler: is for nodejs22\.x, and this is Node 24/,
  ],
  [
    'code that is no asset',
    (declared) => Object.assign(properties(declared, 'Handler'), { Code: { S3Key: 'gone.zip' } }),
    /gone\.zip is no asset/,
  ],
  [
    'a handler that the code does not export',
    (declared) => Object.assign(properties(declared, 'Handler'), { Handler: 'index.main' }),
    /does not export a function named main/,
  ],
  [
    'a method without its function',
    (declared) => {
      const { Integration } = properties(declared, 'GetAct') as { Integration: object };
      Object.assign(Integration, { Uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:x/invocations' });
    },
    /GetAct: GET \/fixture\/\{act\} leads to no function/,
  ],
  [
    'a function that is not in the template',
    (declared) => {
      delete declared.Handler;
    },
    /refers to Handler, which the template does not have/,
  ],
  [
    'no permission for the gateway',
    (declared) => {
      delete declared.Permission;
    },
    /no permission lets the gateway call Handler/,
  ],
  [
    'a method that asks for a sign-in',
    (declared) => Object.assign(properties(declared, 'GetAct'), { AuthorizationType: 'COGNITO_USER_POOLS' }),
    /GetAct: GET \/fixture\/\{act\} asks for a sign-in/,
  ],
  [
    'an unknown resource type',
    (declared) => {
      declared.Cluster = { Type: 'AWS::ECS::Cluster' };
    },
    /Cluster: the resource type AWS::ECS::Cluster is not known/,
  ],
  [
    'an unknown intrinsic',
    (declared) => Object.assign(properties(declared, 'Stage'), { Description: { 'Fn::If': ['a', 'b', 'c'] } }),
    /Stage .*the intrinsic Fn::If is not known/,
  ],
  [
    'an unknown attribute',
    (declared) => Object.assign(properties(declared, 'Stage'), { Description: { 'Fn::GetAtt': ['Table', 'StreamArn'] } }),
    /Stage .*the attribute Table\.StreamArn is not known/,
  ],
  [
    'a reference into nothing',
    (declared) => {
      declared.Token = { Type: 'AWS::SecretsManager::Secret', DependsOn: 'Gone' };
    },
    /Token .*refers to Gone/,
  ],
  [
    'a resource under a condition',
    (declared) => {
      declared.Token = { Type: 'AWS::SecretsManager::Secret', Condition: 'InChina' };
    },
    /Token: conditions are not known/,
  ],
];

describe('a broken copy of the template does not start', () => {
  it.each(broken)('%s', async (_what, change, message) => {
    const declared = resources();
    change(declared);
    await expect(startFixture(data.folder, declared)).rejects.toThrow(message);
    await expect(startFixture(data.folder).then((system) => system.stop())).resolves.toBeUndefined();
  });
});

/** The same for what wakes functions up. */
const brokenWaking: [what: string, change: (declared: Resources) => void, message: RegExp][] = [
  [
    'a mapping from nothing',
    (declared) => Object.assign(properties(declared, 'Mapping'), { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:Gone' }),
    /Mapping: its source .*:Gone is no queue/,
  ],
  [
    'a mapping to nothing',
    (declared) => Object.assign(properties(declared, 'Mapping'), { FunctionName: 'Gone' }),
    /Mapping: leads to no function of the stack \(Gone\)/,
  ],
  [
    'a queue without its function',
    (declared) => {
      delete declared.Mapping;
    },
    /Messages: no function is fed by this queue/,
  ],
  [
    'messages that come again while their function still runs',
    (declared) => Object.assign(properties(declared, 'Messages'), { VisibilityTimeout: 1 }),
    /Mapping: the visibility time-out of Messages is shorter/,
  ],
  [
    'a queue of another kind',
    (declared) => Object.assign(properties(declared, 'Messages'), { FifoQueue: true }),
    /Messages: first-in-first-out queues are not known/,
  ],
  ['a rule that calls nothing', (declared) => Object.assign(properties(declared, 'Clock'), { Targets: [] }), /Clock: calls nothing/],
  [
    'a rule that calls something else',
    (declared) => Object.assign(properties(declared, 'Clock'), { Targets: [{ Id: 'a', Arn: 'arn:aws:sns:us-east-1:000000000000:topic' }] }),
    /Clock: calls no function of the stack \(arn:aws:sns/,
  ],
  [
    'a rule without permission',
    (declared) => {
      delete declared.ClockPermission;
    },
    /Clock: no permission lets EventBridge call Worker/,
  ],
  [
    'a rule of another kind',
    (declared) => Object.assign(properties(declared, 'Clock'), { ScheduleExpression: 'cron(0 10 * * ? *)' }),
    /Clock: only rules of a rate are known/,
  ],
];

describe('a copy of the template in which nothing would wake a function up does not start', () => {
  it.each(brokenWaking)('%s', async (_what, change, message) => {
    const declared = messaging();
    change(declared);
    await expect(startMessaging(data.folder, {}, declared)).rejects.toThrow(message);
  });
});

it('a table in DATA_DIR with other keys than the stack is refused', async () => {
  await (await startFixture(data.folder)).stop();
  const declared = resources();
  Object.assign(properties(declared, 'Table'), {
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  });
  await expect(startFixture(data.folder, declared)).rejects.toThrow(/the table Table in it has other keys or indexes/);
});

it('a DATA_DIR in use is refused by name', async () => {
  const system = await startFixture(data.folder);
  await expect(startFixture(data.folder)).rejects.toThrow(/DATA_DIR: .* is in use by another running instance/);
  await system.stop();
});
