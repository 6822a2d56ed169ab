import * as z from 'zod/mini';
import type { Authorization } from '../shared/caller/gateway-identity.ts';
import { type Operation, operations, SHARED_PARAMETERS, TAGS } from './openapi-operations.ts';
import { header, problemComponents, problemResponsesOf } from './openapi-problems.ts';
import { bodyExamples, bodyFields, bodySchemas, REQUEST_FORMS } from './request-schemas.ts';
import { describedAnswers, parts } from './response-schemas.ts';
import { type ApiRoute, routeTable } from './routes.ts';

/** How the service is reached: its address, and whether requests are signed. */
export interface Deployment {
  address: string;
  authorization: Authorization;
  /** Epoch milliseconds, for examples with times to come. */
  now: number;
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const text = { type: 'string' };

const HEADERS: Record<string, { description: string; schema: object }> = {
  ETag: { description: 'The revision of the job; weak while something is moving.', schema: text },
  Location: { description: 'Where it is.', schema: text },
  RetryAfter: { description: 'Seconds after which to ask again.', schema: { type: 'integer', minimum: 0 } },
  IdempotencyReplayed: { description: '`true`: the job was made before.', schema: text },
};

const HEADER_NAMES: Record<string, string> = {
  RetryAfter: 'Retry-After',
  IdempotencyReplayed: 'Idempotency-Replayed',
};

/** The OpenAPI 3.0.3 description (generators of older platforms know no newer one), made from the schemas that validate. */
export function openApi({ address, authorization, now }: Deployment) {
  const examples = bodyExamples(now);
  const scheme = authorization === 'iam' ? 'sigv4' : 'bearer';
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const route = routeTable.find((one) => one.name === name) as ApiRoute;
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describeOperation(route, operation, examples) };
  }
  return {
    openapi: '3.0.3',
    info: {
      title: 'SMS sending service',
      version: '1.0.0',
      description: 'Sends personalised SMS. No recipient is sent the same job twice, and none is dropped in silence.',
      contact: { name: 'The team that runs this service', url: `${address}/docs` },
      license: { name: 'Proprietary', url: `${address}/docs` },
    },
    servers: [{ url: address }],
    security: authorization === 'none' ? [] : [{ [scheme]: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: componentSchemas(),
      parameters: SHARED_PARAMETERS,
      headers: HEADERS,
      responses: { ...JOB_ANSWERS, ...problemComponents() },
      ...(authorization !== 'none' && { securitySchemes: { [scheme]: authorization === 'iam' ? SIGV4 : BEARER[authorization] } }),
    },
  };
}

/** OpenAPI has no word of its own for SigV4: this is how API Gateway writes it, and reads it. */
const SIGV4 = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  description: 'SigV4 for `execute-api`.',
  'x-amazon-apigateway-authtype': 'awsSigv4',
};

const BEARER = {
  key: { type: 'http', scheme: 'bearer', description: 'A key of this service, which begins with `sms_`.' },
  jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "A token of the stage's issuer." },
} as const;

function describeOperation(route: ApiRoute, operation: Operation, examples: ReturnType<typeof bodyExamples>) {
  const { id, tag, summary, description, page, parameters = [], takes, answers, problems } = operation;
  const shared = [
    ...(route.path.includes('{jobId}') ? ['JobId'] : []),
    ...(page === undefined ? [] : ['Cursor', `Limit${page}`]),
    ...(route.precondition ? [route.precondition.replaceAll('-', '')] : []),
  ];
  const all = [...shared.map((name) => ({ $ref: `#/components/parameters/${name}` })), ...parameters];
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    ...(all.length > 0 && { parameters: all }),
    ...(takes && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: reference(takes),
            ...writeExamples(route.path === '/v1/preview' || route.path === '/v1/dispatch' ? undefined : examples[takes]),
          },
        },
      },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, describeAnswer(operation, status, answer)])),
      ...problemResponsesOf(problems),
    },
  };
}

const ANSWERS: Record<string, string> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Under way.',
  304: 'Unchanged.',
};

/** Only what is under way says where and when to ask again; jobs have answers of their own. */
const UNDER_WAY: readonly string[] = ['Location', 'RetryAfter'];

/** Answers with a job: one that a request made or found, and one that was there. */
const JOB_ANSWERS = {
  NewJob: jobAnswer('The job. 201: every outcome is known; 202: some is not; 200: it was made before.', [
    ...['ETag', 'Location', 'IdempotencyReplayed'],
  ]),
  CurrentJob: jobAnswer('The job.', ['ETag']),
};

function jobAnswer(description: string, headers: readonly string[]) {
  const named = headers.map((name) => [HEADER_NAMES[name] ?? name, header(name)]);
  return { description, headers: Object.fromEntries(named), content: { 'application/json': { schema: reference('Job') } } };
}

function describeAnswer({ mediaType = 'application/json', headers = [] }: Operation, status: string, answer: string) {
  if (answer === 'Job') return { $ref: `#/components/responses/${headers.includes('Location') ? 'NewJob' : 'CurrentJob'}` };
  const sent = headers.filter((name) => status === '202' || !UNDER_WAY.includes(name));
  const named = sent.map((name) => [HEADER_NAMES[name] ?? name, header(name)]);
  return {
    description: ANSWERS[status],
    ...(named.length > 0 && { headers: Object.fromEntries(named) }),
    ...(answer !== 'none' && { content: { [mediaType]: { schema: reference(answer) } } }),
  };
}

function writeExamples(examples: Readonly<Record<string, object>> | undefined) {
  return examples && { examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])) };
}

function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id?: string }>();
  for (const [id, schema] of Object.entries({ ...parts, ...describedAnswers, ...bodySchemas, ...bodyFields })) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { target: 'openapi-3.0', io: 'input', uri: (id) => `#/components/schemas/${id}` });
  const answers = { ...parts, ...describedAnswers };
  const tidied = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      (name in answers ? withoutWords(tidy(schema)) : inASentence(tidy(schema))) as object,
    ]),
  );
  const cancellation = { type: 'object', properties: { cancellation: reference('Cancellation') }, required: ['cancellation'] };
  return {
    ...tidied,
    // A schema of two parts, of which one has parts itself, would be written out.
    CancelledJob: { allOf: [reference('Job'), cancellation] },
    SendRequest: { anyOf: REQUEST_FORMS.map(reference) },
    // Of a list or an object with any names, openapi-generator makes Java that does not compile: any value compiles everywhere.
    Detail: { description: 'Field values: a list in the order of the fields, or an object by their names.' },
  };
}

/**
 * Takes out of a schema what no client needs or generators trip over: its own address, patterns of times that their formats say, bounds
 * that are those of the number's type, and defaults, for which generators demand the field. Their values go into the description.
 */
function tidy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidy);
  if (typeof node !== 'object' || node === null) return node;
  const { $id: _id, allOf, default: byDefault, ...schema } = node as Record<string, unknown>;
  if (typeof schema.format === 'string') delete schema.pattern;
  for (const bound of ['minimum', 'maximum']) if (Math.abs(Number(schema[bound])) === Number.MAX_SAFE_INTEGER) delete schema[bound];
  if (byDefault !== undefined && byDefault !== '')
    schema.description = `${schema.description ?? ''} ${JSON.stringify(byDefault)} without it.`.trim();
  const only = Array.isArray(allOf) && allOf.length === 1 ? (allOf[0] as { $ref?: string }) : undefined;
  if (only?.$ref !== undefined && schema.description === undefined) return only;
  const rest = allOf === undefined ? schema : { ...schema, allOf };
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, tidy(value)]));
}

/** Answers are explained by the pages: their sentences would take the description beyond what people load at once. */
function withoutWords(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutWords);
  if (typeof node !== 'object' || node === null) return node;
  const kept = Object.entries(node).filter(([name, value]) => name !== 'description' || typeof value !== 'string');
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutWords(value)]));
}

/** A schema with the first sentence of each description: it says what a field is, and the pages say the rest. */
function inASentence(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (name, value) => {
    return name === 'description' && typeof value === 'string' ? value.replace(/[.;:] .*$/s, '.') : value;
  });
}
