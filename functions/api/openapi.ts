import * as z from 'zod/mini';
import { JOB_STATUSES } from '../shared/job/states.ts';
import { stringsOrder, structuredOrder } from '../shared/order/schema.ts';
import { PROBLEM_TYPES } from '../shared/problem.ts';
import type { RouteName } from './routes.ts';
import { type AnswerName, answerSchemas } from './schemas.ts';

type Parameter = [name: string, place: 'query' | 'header' | 'path', description: string, schema: object, required?: 'required'];

/** What is said of one route; everything else follows from the schemas. */
interface Operation {
  summary: string;
  answers: Partial<Record<200 | 201 | 202, AnswerName | 'OpenApi'>>;
  parameters?: Parameter[];
  takesOrder?: boolean;
}

const limit = (maximum: number): Parameter => ['limit', 'query', 'Entries of one page.', { type: 'integer', minimum: 1, maximum }];
const LIMIT = limit(100);
const CURSOR: Parameter = ['cursor', 'query', '`next` of the page before.', { type: 'string' }];
const JOB_ID: Parameter = ['jobId', 'path', 'Id of the job.', { type: 'string' }, 'required'];
const KEY: Parameter = [
  'Idempotency-Key',
  'header',
  'Chosen by the caller; the same key and body always give the same job.',
  { type: 'string', minLength: 1, maxLength: 255 },
  'required',
];
const OUTCOMES = ['pending', 'accepted', 'rejected', 'unknown', 'cancelled', 'expired'];

const operations: Record<RouteName, Operation> = {
  'POST /v1/jobs': {
    summary: 'Send, once. 201 with the answer of the provider, 202 while there is none, 200 for a key that was used before.',
    answers: { 200: 'Job', 201: 'Job', 202: 'Job' },
    parameters: [KEY],
    takesOrder: true,
  },
  'GET /v1/jobs': {
    summary: "The caller's jobs, newest first.",
    answers: { 200: 'Jobs' },
    parameters: [LIMIT, CURSOR, ['status', 'query', 'Only jobs in this status.', { type: 'string', enum: JOB_STATUSES }]],
  },
  'GET /v1/jobs/{jobId}': {
    summary: 'One job.',
    answers: { 200: 'Job' },
    parameters: [JOB_ID, ['wait', 'query', 'Wait so many seconds until nothing is pending.', { type: 'integer', minimum: 0, maximum: 20 }]],
  },
  'GET /v1/jobs/{jobId}/recipients': {
    summary: 'Every recipient and what became of it.',
    answers: { 200: 'Recipients' },
    parameters: [
      JOB_ID,
      limit(1_000),
      CURSOR,
      ['outcome', 'query', 'Only recipients of this outcome.', { type: 'string', enum: OUTCOMES }],
    ],
  },
  'GET /v1/jobs/{jobId}/batches': {
    summary: 'Every batch with the answer of the provider.',
    answers: { 200: 'Batches' },
    parameters: [JOB_ID, LIMIT, CURSOR],
  },
  'GET /v1/jobs/{jobId}/timeline': {
    summary: 'Everything that happened to the job, in order.',
    answers: { 200: 'Timeline' },
    parameters: [JOB_ID, LIMIT, CURSOR],
  },
  'POST /v1/preview': {
    summary: 'What a request would send: texts, segments, calls, refusals. Nothing is stored or sent.',
    answers: { 200: 'Preview' },
    parameters: [limit(1_000), CURSOR],
    takesOrder: true,
  },
  'GET /openapi.json': { summary: 'This description.', answers: { 200: 'OpenApi' } },
  'GET /healthz': { summary: 'Whether the service answers.', answers: { 200: 'Health' } },
};

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const content = (name: string, mediaType = 'application/json') => ({ [mediaType]: { schema: reference(name) } });

/** The OpenAPI 3.0.3 description (generators of older platforms know no newer one), made from the schemas that validate. */
export function openApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = name.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(name, operation) };
  }
  const schemas = {
    ...Object.fromEntries(Object.entries(answerSchemas).map(([name, schema]) => [name, toSchema(schema, 'output')])),
    StructuredOrder: toSchema(structuredOrder, 'input'),
    StringsOrder: toSchema(stringsOrder, 'input'),
    Order: { oneOf: [reference('StructuredOrder'), reference('StringsOrder')] },
    OpenApi: { type: 'object' },
  };
  const description = 'Sends personalised SMS. No recipient is sent the same job twice, and none is dropped in silence.';
  return { openapi: '3.0.3', info: { title: 'SMS sending service', version: '1', description }, paths, components: { schemas } };
}

function describeOperation(name: string, { summary, answers, parameters = [], takesOrder }: Operation) {
  const statuses = [...new Set(Object.values(PROBLEM_TYPES).map(({ status }) => status))].sort();
  return {
    operationId: operationIdOf(name),
    summary,
    parameters: parameters.map(([parameter, place, description, schema, required]) => ({
      name: parameter,
      in: place,
      description,
      required: required !== undefined,
      schema,
    })),
    ...(takesOrder && { requestBody: { required: true, content: content('Order') } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, { description: summary, content: content(answer) }]),
      ),
      ...Object.fromEntries(
        statuses.map((status) => [status, { description: problemsOf(status), content: content('Problem', 'application/problem+json') }]),
      ),
    },
  };
}

/** `GET /v1/jobs/{jobId}/recipients` -> `getV1JobsJobIdRecipients`: generators name their methods by it. */
function operationIdOf(name: string): string {
  const [method = '', ...words] = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function problemsOf(status: number): string {
  const types = Object.entries(PROBLEM_TYPES).filter(([, problem]) => problem.status === status);
  return types.map(([type, { title }]) => `${type}: ${title}`).join(' ');
}

function toSchema(schema: z.ZodMiniType, io: 'input' | 'output') {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io });
}
