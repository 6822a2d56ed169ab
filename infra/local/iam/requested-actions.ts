import { ACCOUNT, REGION } from '../cloudformation/template.ts';

/** What a request asks for. A request may ask for several things, and needs all of them. */
export interface Asked {
  action: string;
  resource: string;
  context?: Record<string, string | string[]>;
}

/** A request to a service, as far as it says what it asks for. */
export interface ServiceRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** `X-Amz-Target`, of the services that speak JSON. */
  target: string;
  /** Of JSON. */
  body: Record<string, unknown>;
}

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const operationOf = ({ target }: ServiceRequest): string => target.split('.').at(-1) ?? '';

/** How each service's requests are read; the names are those of the variables by which the SDK finds a service. */
export const readers = {
  DYNAMODB(request: ServiceRequest): Asked[] {
    const action = `dynamodb:${operationOf(request)}`;
    const { TableName, IndexName, RequestItems = {} } = request.body as { TableName?: string; IndexName?: string; RequestItems?: object };
    const tables = TableName === undefined ? Object.keys(RequestItems) : [TableName];
    return tables.map((table) => ({ action, resource: arn('dynamodb', `table/${table}${IndexName ? `/index/${IndexName}` : ''}`) }));
  },

  /** A batch needs the right to a single one: SQS has no actions for batches. */
  SQS(request: ServiceRequest): Asked[] {
    const action = `sqs:${operationOf(request).replace(/Batch$/, '')}`;
    const name = String(request.body.QueueUrl ?? request.body.QueueName)
      .split('/')
      .at(-1);
    return [{ action, resource: arn('sqs', String(name)) }];
  },

  S3({ method, path, query }: ServiceRequest): Asked[] {
    const resource = `arn:aws:s3:::${decodeURIComponent(path.slice(1))}`;
    if (method === 'GET' || method === 'HEAD') return [{ action: 's3:GetObject', resource }];
    if (method === 'DELETE') return [{ action: query.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject', resource }];
    return [{ action: 's3:PutObject', resource }];
  },

  SECRETS_MANAGER(request: ServiceRequest): Asked[] {
    return [{ action: `secretsmanager:${operationOf(request)}`, resource: String(request.body.SecretId) }];
  },

  EVENTBRIDGE(request: ServiceRequest): Asked[] {
    const { Entries = [] } = request.body as { Entries?: { EventBusName?: string; Source?: string; DetailType?: string }[] };
    const buses = new Set(Entries.map(({ EventBusName = 'default' }) => EventBusName.split('/').at(-1)));
    const context = { 'events:source': Entries.map(({ Source = '' }) => Source) };
    return [...buses].map((bus) => ({ action: `events:${operationOf(request)}`, resource: arn('events', `event-bus/${bus}`), context }));
  },

  SCHEDULER({ method, path, query, body }: ServiceRequest): Asked[] {
    const { GroupName = query.get('groupName') ?? 'default', Target } = body as { GroupName?: string; Target?: { RoleArn?: string } };
    const operation = { POST: 'CreateSchedule', DELETE: 'DeleteSchedule', PUT: 'UpdateSchedule' }[method] ?? 'GetSchedule';
    const schedule = { action: `scheduler:${operation}`, resource: arn('scheduler', `schedule/${GroupName}/${path.split('/').at(-1)}`) };
    if (Target?.RoleArn === undefined) return [schedule];
    const context = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
    return [schedule, { action: 'iam:PassRole', resource: Target.RoleArn, context }];
  },
} satisfies Record<string, (request: ServiceRequest) => Asked[]>;

export type Service = keyof typeof readers;
