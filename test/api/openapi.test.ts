import { describe, expect, it } from 'vitest';
import { openApi } from '../../functions/api/openapi.ts';
import { apiRoutes } from '../../functions/api/routes.ts';

interface Operation {
  operationId: string;
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

/** As it is served: through JSON. */
const description = JSON.parse(JSON.stringify(openApi())) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, path, operation })),
);

/** Every object in the document, with where it is. */
function* nodes(node: unknown, place = '#'): Generator<{ place: string; node: Record<string, unknown> }> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield { place, node: node as Record<string, unknown> };
  for (const [name, child] of Object.entries(node)) yield* nodes(child, `${place}/${name}`);
}

/** Every schema: what lies under `schema` and `components.schemas`, and their parts; not the maps of properties. */
const schemas = [...nodes(description)].filter(({ place }) => /\/schemas?\//.test(`${place}/`) && !/\/(schemas|properties)$/.test(place));

it('is OpenAPI 3.0.3', () => expect(description.openapi).toBe('3.0.3'));

it('has every route, and no other', () => {
  expect(operations.map(({ route }) => route).toSorted()).toEqual(apiRoutes.map(({ method, path }) => `${method} ${path}`).toSorted());
});

it('names every operation once', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9]+$/);
});

it('refers to nothing that is not there, and has nothing that is not referred to', () => {
  const references = [...nodes(description)].flatMap(({ node }) => (typeof node.$ref === 'string' ? [node.$ref] : []));
  expect([...new Set(references)].toSorted()).toEqual(
    Object.keys(description.components.schemas)
      .map((name) => `#/components/schemas/${name}`)
      .toSorted(),
  );
});

describe.each(operations)('$route', ({ path, operation }) => {
  it('describes each parameter of its path', () => {
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
  });

  it('describes its answers and problems', () => {
    const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    expect(answers.length).toBeGreaterThan(0);
    for (const [, { content }] of answers) expect(Object.keys(content ?? {})).toEqual(['application/json']);
    expect(Object.keys(operation.responses[400]?.content ?? {})).toEqual(['application/problem+json']);
  });
});

it('takes a body and a key where it sends', () => {
  const create = description.paths['/v1/jobs']?.post;
  expect(create?.requestBody?.content).toHaveProperty(['application/json', 'schema', '$ref'], '#/components/schemas/SendRequest');
  expect(create?.parameters).toContainEqual(expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }));
  expect(create?.parameters).toContainEqual(expect.objectContaining({ name: 'Prefer', in: 'header', required: false }));
  const statuses = ['200', '201', '202', '400', '409', '413', '415', '422', '429', '503'];
  expect(Object.keys(create?.responses ?? {})).toEqual(expect.arrayContaining(statuses));
});

it.each([
  ['put', '/v1/account/dispatch', 'SwitchChange'],
  ['put', '/v1/dispatch', 'SwitchChange'],
  ['post', '/v1/jobs/{jobId}/settle', 'Settlement'],
  ['post', '/v1/uploads', 'Upload'],
])('%s %s takes a %s', (method, path, body) => {
  const taken = description.paths[path]?.[method]?.requestBody?.content;
  expect(taken).toEqual({ 'application/json': { schema: { $ref: `#/components/schemas/${body}` } } });
});

it('says where a redirection leads', () => {
  const found = description.paths['/v1/jobs/{jobId}/export']?.get?.responses[303];
  expect(found).toEqual({ description: expect.stringContaining('Location') });
});

it('uses only what a schema of OpenAPI 3.0 may hold', () => {
  const known = [
    ...['$ref', 'title', 'type', 'format', 'description', 'default', 'enum', 'nullable', 'pattern', 'minLength', 'maxLength'],
    ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'items', 'minItems', 'maxItems', 'uniqueItems'],
    ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties', 'allOf', 'anyOf', 'oneOf', 'not'],
  ];
  expect(schemas.length).toBeGreaterThan(100);
  for (const { place, node } of schemas) {
    expect(known, place).toEqual(expect.arrayContaining(Object.keys(node)));
    expect(['undefined', 'string'], `${place}/type`).toContain(typeof node.type);
    expect(['undefined', 'boolean'], `${place}/exclusiveMinimum`).toContain(typeof node.exclusiveMinimum);
    if (node.$ref !== undefined) expect(Object.keys(node), place).toEqual(['$ref']);
    if (node.type === 'array') expect(node, place).toHaveProperty('items');
  }
});
