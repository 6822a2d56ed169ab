import { ACCOUNT, type Identify, REGION } from './template.ts';

const named =
  (nameProperty: string, service: string, prefix: string): Identify =>
  (logicalId, properties) => {
    const given = properties[nameProperty];
    const name = typeof given === 'string' ? given : logicalId;
    return { ref: name, attributes: { Arn: `arn:aws:${service}:${REGION}:${ACCOUNT}:${prefix}${name}` } };
  };

const nothingToRun: Identify = (logicalId) => ({ ref: logicalId, attributes: {} });

/**
 * Every resource type of the stack, and how other resources see it. What is run of it is the business of the file of its noun: tables,
 * secrets, functions, gateway. Physical names are the logical ids, so that they stay the same from start to start.
 */
export const kinds: Readonly<Record<string, Identify>> = {
  'AWS::DynamoDB::Table': named('TableName', 'dynamodb', 'table/'),
  'AWS::Lambda::Function': named('FunctionName', 'lambda', 'function:'),
  'AWS::SecretsManager::Secret': (logicalId) => ({
    ref: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${logicalId}-local1`,
    attributes: {},
  }),
  'AWS::ApiGateway::RestApi': (logicalId) => ({ ref: logicalId, attributes: { RootResourceId: `${logicalId}-root` } }),
  'AWS::ApiGateway::Resource': nothingToRun,
  'AWS::ApiGateway::Method': nothingToRun,
  'AWS::ApiGateway::Stage': (logicalId, { StageName }) => ({ ref: typeof StageName === 'string' ? StageName : logicalId, attributes: {} }),
  'AWS::Lambda::Permission': nothingToRun,
  // Known, and without a counterpart on one machine.
  'AWS::ApiGateway::Account': nothingToRun,
  'AWS::ApiGateway::Deployment': nothingToRun,
  'AWS::IAM::Policy': nothingToRun,
  'AWS::IAM::Role': (logicalId) => ({ ref: logicalId, attributes: { Arn: `arn:aws:iam::${ACCOUNT}:role/${logicalId}` } }),
  'AWS::Logs::LogGroup': named('LogGroupName', 'logs', 'log-group:'),
};
