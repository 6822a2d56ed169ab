import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dev } from '../../infra/stages.ts';
import { resourcesOf, synthesise, type Template } from './template.ts';

const settings = {
  ...dev,
  authorization: 'key' as const,
  callers: [{ principal: 'key:crm', scopes: ['send' as const], dailyRecipients: 100, signatures: ['商店'] }],
};

let keys: Template;
let iam: Template;
const folders: string[] = [];
beforeAll(() => {
  for (const one of [settings, { ...dev, otherAccounts: ['111111111111', 'arn:aws:iam::222222222222:role/team/crm'] }]) {
    const { folder, template } = synthesise(one);
    folders.push(folder);
    if (one.authorization === 'key') keys = template;
    else iam = template;
  }
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

it('where callers bring keys, every method of the API asks the authoriser, and the sandbox asks for a signature', () => {
  const methods = resourcesOf(keys, 'AWS::ApiGateway::Method').map(([id, { Properties }]) => [id, Properties.AuthorizationType] as const);
  const asked = methods.filter(([id]) => !/sandbox/i.test(id));
  expect(new Set(asked.map(([, type]) => type))).toEqual(new Set(['CUSTOM']));
  expect(asked.length).toBeGreaterThan(20);
  expect(new Set(methods.filter(([id]) => /sandbox/i.test(id)).map(([, type]) => type))).toEqual(new Set(['AWS_IAM']));
});

it('the gateway forgets a key within a minute', () => {
  const [[, authorizer] = []] = resourcesOf(keys, 'AWS::ApiGateway::Authorizer');
  expect(authorizer?.Properties.AuthorizerResultTtlInSeconds).toBeLessThanOrEqual(60);
});

it('the authoriser may read keys, and nothing else of the table', () => {
  const policies = resourcesOf(keys, 'AWS::IAM::Policy').filter(([id]) => id.includes('Authorizer'));
  const statements = policies.flatMap(
    ([, { Properties }]) => (Properties.PolicyDocument as { Statement: { Action: string; Condition?: object }[] }).Statement,
  );
  const ofTable = statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('dynamodb:')));
  expect(ofTable.map(({ Action, Condition }) => ({ Action, Condition }))).toEqual([
    {
      Action: 'dynamodb:GetItem',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['APIKEY'] }, Null: { 'dynamodb:LeadingKeys': 'false' } },
    },
  ]);
});

it('every function that takes requests is told of the limits of callers', () => {
  const told = resourcesOf(keys, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
    const { LIMITS } = ((Properties.Environment as { Variables?: Record<string, string> } | undefined)?.Variables ?? {}) as {
      LIMITS?: string;
    };
    return LIMITS === undefined ? [] : [(JSON.parse(LIMITS) as { callers?: unknown }).callers];
  });
  expect(told.length).toBeGreaterThan(3);
  for (const callers of told) expect(callers).toEqual(settings.callers);
});

it('the resource policy lets the named accounts call, and no others', () => {
  const [[, api] = []] = resourcesOf(iam, 'AWS::ApiGateway::RestApi');
  const { Statement } = (api?.Properties.Policy ?? { Statement: [] }) as {
    Statement: { Effect: string; Principal: { AWS: unknown[] }; Resource: string }[];
  };
  expect(Statement).toHaveLength(1);
  expect(Statement[0]).toMatchObject({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'execute-api:/dev/*' });
  const principals = JSON.stringify(Statement[0]?.Principal);
  expect(principals).toContain(':iam::111111111111:root');
  expect(principals).toContain('arn:aws:iam::222222222222:role/team/crm');
});
