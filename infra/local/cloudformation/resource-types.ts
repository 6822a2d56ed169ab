import { queueUrl } from '../sqs-s3/queues.ts';
import { ACCOUNT, type Identify, REGION } from './template.ts';

const named =
  (nameProperty: string, service: string, prefix: string): Identify =>
  (logicalId, properties) => {
    const given = properties[nameProperty];
    const name = typeof given === 'string' ? given : logicalId;
    return { ref: name, attributes: { Arn: `arn:aws:${service}:${REGION}:${ACCOUNT}:${prefix}${name}` } };
  };

const nothingToRun: Identify = (logicalId) => ({ ref: logicalId, attributes: {} });

const queueAt =
  (endpoint: string): Identify =>
  (logicalId, { QueueName }) => {
    const name = typeof QueueName === 'string' ? QueueName : logicalId;
    return { ref: queueUrl(endpoint, name), attributes: { Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`, QueueName: name } };
  };

/** The ARN of a group stands for its streams, too. */
const logGroup: Identify = (logicalId, { LogGroupName }) => {
  const name = typeof LogGroupName === 'string' ? LogGroupName : logicalId;
  return { ref: name, attributes: { Arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}:*` } };
};

const bucket: Identify = (logicalId, { BucketName }) => {
  const name = typeof BucketName === 'string' ? BucketName : logicalId.toLowerCase();
  return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
};

/**
 * Every resource type of the stack, and how other resources see it. What is run of it is the business of the file of its noun: tables,
 * queues, buckets, secrets, functions, mappings, rules, gateway. Physical names are the logical ids, so that they stay the same from
 * start to start.
 * @param sqs where the queues are: a queue is referred to by its URL
 */
export const kindsAt = (sqs: string): Readonly<Record<string, Identify>> => ({
  'AWS::DynamoDB::Table': named('TableName', 'dynamodb', 'table/'),
  'AWS::SQS::Queue': queueAt(sqs),
  'AWS::S3::Bucket': bucket,
  'AWS::Lambda::Function': named('FunctionName', 'lambda', 'function:'),
  'AWS::Lambda::EventSourceMapping': nothingToRun,
  'AWS::Lambda::Permission': nothingToRun,
  'AWS::Events::Rule': named('Name', 'events', 'rule/'),
  'AWS::Events::EventBus': named('Name', 'events', 'event-bus/'),
  'AWS::Scheduler::ScheduleGroup': named('Name', 'scheduler', 'schedule-group/'),
  'AWS::SecretsManager::Secret': (logicalId) => ({
    ref: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${logicalId}-local1`,
    attributes: {},
  }),
  'AWS::ApiGateway::RestApi': (logicalId) => ({ ref: logicalId, attributes: { RootResourceId: `${logicalId}-root` } }),
  'AWS::ApiGateway::Authorizer': nothingToRun,
  'AWS::ApiGateway::GatewayResponse': nothingToRun,
  'AWS::ApiGateway::Resource': nothingToRun,
  'AWS::ApiGateway::Method': nothingToRun,
  'AWS::ApiGateway::Stage': (logicalId, { StageName }) => ({ ref: typeof StageName === 'string' ? StageName : logicalId, attributes: {} }),
  // Known, and without a counterpart on one machine.
  'AWS::ApiGateway::Account': nothingToRun,
  'AWS::ApiGateway::Deployment': nothingToRun,
  'AWS::CloudWatch::Alarm': nothingToRun,
  'AWS::Events::EventBusPolicy': nothingToRun,
  'AWS::IAM::Policy': nothingToRun,
  'AWS::IAM::Role': (logicalId) => ({ ref: logicalId, attributes: { Arn: `arn:aws:iam::${ACCOUNT}:role/${logicalId}` } }),
  'AWS::Logs::LogGroup': logGroup,
  'AWS::S3::BucketPolicy': nothingToRun,
  'AWS::SQS::QueuePolicy': nothingToRun,
});
