import { describe, expect, it } from 'vitest';
import { openApi } from '../../functions/api/openapi.ts';
import { operations as described } from '../../functions/api/openapi-operations.ts';
import { bodyExamples, bodySchemas } from '../../functions/api/request-schemas.ts';
import { routeTable } from '../../functions/api/routes.ts';
import { stackOfFile } from '../support/stack.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
}

interface Response {
  description: string;
  headers?: Record<string, object>;
  content?: Record<string, { schema: object }>;
}

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { content: Record<string, { schema: object; examples?: Record<string, { value: object }> }> };
  responses: Record<string, Response | { $ref: string }>;
}

const deployment = { address: 'https://abc.execute-api.eu-west-1.amazonaws.com/dev', authorization: 'iam', now: Date.now() } as const;
const served = JSON.stringify(openApi(deployment));
/** As it is served: through JSON. */
const description = JSON.parse(served) as {
  openapi: string;
  servers: { url: string }[];
  security: object[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<'schemas' | 'responses' | 'parameters' | 'headers' | 'securitySchemes', Record<string, object>>;
};
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, path, operation })),
);

/** Every object in the document, with where it is. */
function* nodes(node: unknown, at = '#'): Generator<{ at: string; node: Record<string, unknown> }> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield { at, node: node as Record<string, unknown> };
  for (const [name, child] of Object.entries(node)) yield* nodes(child, `${at}/${name}`);
}

function resolve<Found>(reference: Found | { $ref: string }): Found {
  const pointer = (reference as { $ref?: string }).$ref;
  if (pointer === undefined) return reference as Found;
  const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(\w+)$/.exec(pointer) ?? [];
  return (description.components as Record<string, Record<string, object>>)[kind]?.[name] as Found;
}

/** Every schema: what lies under `schema` and `components.schemas`, and their parts; not the maps of properties, and no example. */
const schemas = [...nodes(description)].filter(
  ({ at }) => /\/schemas?\//.test(`${at}/`) && !/\/(schemas|properties)$/.test(at) && !at.includes('/examples'),
);

it('is OpenAPI 3.0.3 of at most 40 KB, and says how the service is reached', () => {
  expect(description.openapi).toBe('3.0.3');
  expect(Buffer.byteLength(served)).toBeLessThanOrEqual(40 * 1024);
  expect(description.servers).toEqual([{ url: deployment.address }]);
  expect(description.security).toEqual([{ sigv4: [] }]);
  expect(description.components.securitySchemes.sigv4).toMatchObject({ 'x-amazon-apigateway-authtype': 'awsSigv4' });
  const open = openApi({ ...deployment, authorization: 'none' });
  expect([open.security, open.components]).toEqual([[], expect.not.objectContaining({ securitySchemes: expect.anything() })]);
});

it('has every route, and no other', () => {
  const wanted = routeTable.filter(({ isUndescribed }) => !isUndescribed).map(({ name }) => name);
  expect(operations.map(({ route }) => route).toSorted()).toEqual(wanted.toSorted());
});

it('names every operation once, by a verb', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const verbs = /^(create|list|get|reschedule|cancel|settle|preview|set|resend|find)[A-Z][A-Za-z]+$/;
  for (const id of ids) expect(id).toMatch(verbs);
});

it('refers to nothing that is not there, and has no component that is not referred to', () => {
  const references = [...nodes(description)].flatMap(({ node }) => (typeof node.$ref === 'string' ? [node.$ref] : []));
  const there = (['schemas', 'responses', 'parameters', 'headers'] as const).flatMap((kind) =>
    Object.keys(description.components[kind]).map((name) => `#/components/${kind}/${name}`),
  );
  expect([...new Set(references)].toSorted()).toEqual(there.toSorted());
});

describe.each(operations)('$route', ({ route, path, operation }) => {
  const parameters = (operation.parameters ?? []).map((parameter) => resolve<Parameter>(parameter));
  const found = routeTable.find(({ name }) => name === route);

  it('describes the parameters that the route takes, and no other', () => {
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
    const inQuery = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    // The pages of a dry run are those of a preview, which has an operation of its own.
    expect(inQuery.toSorted()).toEqual(route === 'POST /v1/jobs' ? [] : [...(found?.query ?? [])].toSorted());
    expect(parameters.some(({ name }) => name === 'If-Match')).toBe(found?.precondition === 'If-Match');
    expect(operation.requestBody !== undefined).toBe(found?.body === true);
  });

  it('says what it does, and what it answers', () => {
    expect(description.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(operation.tags));
    for (const sentence of [operation.summary, operation.description]) expect(sentence.length).toBeGreaterThan(3);
    const answers = Object.entries(operation.responses);
    const good = answers.filter(([status]) => status.startsWith('2')).map(([, answer]) => resolve<Response>(answer));
    expect(good.length).toBeGreaterThan(0);
    for (const [status, answer] of answers.filter(([code]) => !/^[23]/.test(code))) {
      expect(Object.keys(resolve<Response>(answer).content ?? {}), status).toEqual(['application/problem+json']);
    }
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', 'default']));
  });
});

it('says where answers lead, and what their headers are', () => {
  const headersOf = (path: string, method: string, status: string) =>
    Object.keys(resolve<Response>(description.paths[path]?.[method]?.responses[status] as Response).headers ?? {});
  expect(headersOf('/v1/jobs', 'post', '201')).toEqual(['ETag', 'Location', 'Idempotency-Replayed']);
  expect(headersOf('/v1/jobs/{jobId}', 'get', '304')).toEqual(['ETag']);
  for (const method of ['get', 'post']) {
    expect(headersOf('/v1/jobs/{jobId}/export', method, '202')).toEqual(['Location', 'Retry-After']);
    expect(headersOf('/v1/jobs/{jobId}/export', method, '200')).toEqual([]);
  }
  expect(headersOf('/v1/jobs', 'post', '409')).toEqual(['Retry-After']);
});

it('uses only what a schema of OpenAPI 3.0 may hold, and what generators understand', () => {
  const known = [
    ...['$ref', 'title', 'type', 'format', 'description', 'enum', 'nullable', 'pattern', 'minLength', 'maxLength'],
    ...['minimum', 'maximum', 'multipleOf', 'items', 'minItems', 'maxItems', 'uniqueItems'],
    ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties', 'allOf', 'anyOf', 'oneOf', 'not'],
  ];
  expect(schemas.length).toBeGreaterThan(100);
  for (const { at, node } of schemas) {
    expect(known, at).toEqual(expect.arrayContaining(Object.keys(node)));
    expect(['undefined', 'string'], `${at}/type`).toContain(typeof node.type);
    expect(Math.abs(Number(node.maximum ?? 0)), at).toBeLessThan(Number.MAX_SAFE_INTEGER);
    if (node.$ref !== undefined) expect(Object.keys(node), at).toEqual(['$ref']);
    if (node.type === 'array') expect(node, at).toHaveProperty('items');
  }
});

it('leaves answers open and requests closed', () => {
  const closed = schemas.filter(({ node }) => node.additionalProperties === false).map(({ at }) => at.split('/')[3]);
  expect([...new Set(closed)].toSorted()).toEqual(Object.keys(bodySchemas).toSorted());
});

describe('the examples', () => {
  const { api, system } = stackOfFile();

  const examples = Object.entries(bodyExamples(Date.now())).flatMap(([schema, of]) =>
    Object.entries(of ?? {}).map(([name, body]) => ({ schema, name, body })),
  );
  const statuses: Record<string, number> = { Reschedule: 409, Settlement: 409, Resend: 409, Upload: 201 };

  it.each(examples)('$schema: $name is understood', async ({ schema, body }) => {
    const route = Object.entries(described).find(([, { takes }]) => takes === schema)?.[0] ?? '';
    const [method = '', path = ''] = route.split(' ');
    const { jobId } = (await api.send({ pattern: 'hi', recipients: ['13800138000'] })).as('Job');
    const answer = await fetch(`${system().api}${path.replace('{jobId}', jobId)}`, {
      method,
      headers: {
        'Content-Type': 'application/json',
        'Idempotency-Key': JSON.stringify(body)
          .slice(0, 100)
          .replaceAll(/[^ -~]/g, ''),
      },
      body: JSON.stringify(body),
    });
    // What a job that is over can no longer be is refused as such, and not for its body.
    expect([answer.status, (await answer.text()).slice(0, 300)]).toEqual([
      expect.toBeOneOf([statuses[schema] ?? 200, 200, 201, 202]),
      expect.anything(),
    ]);
  });
});
