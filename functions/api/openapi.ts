import * as z from 'zod/mini';
import { PROBLEM_TYPES } from '../shared/problem/problem.ts';
import { type Operation, operations } from './operations.ts';
import { bodySchemas, REQUEST_FORMS } from './request-schemas.ts';
import { answerSchemas } from './response-schemas.ts';

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
    ...Object.fromEntries(Object.entries(bodySchemas).map(([name, schema]) => [name, toSchema(schema, 'input')])),
    SendRequest: { oneOf: REQUEST_FORMS.map(reference) },
    OpenApi: { type: 'object' },
    EventSchemas: { type: 'object' },
  };
  const description = 'Sends personalised SMS. No recipient is sent the same job twice, and none is dropped in silence.';
  return { openapi: '3.0.3', info: { title: 'SMS sending service', version: '1', description }, paths, components: { schemas } };
}

function describeOperation(name: string, { summary, answers, redirects, parameters = [], takes }: Operation) {
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
    ...(takes && { requestBody: { required: true, content: content(takes) } }),
    responses: {
      ...(redirects && { 303: { description: redirects } }),
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
