import * as z from 'zod/mini';
import { apiEnv } from '../../functions/api/env.ts';
import { apiRoutes, restPaths } from '../../functions/api/routes.ts';
import { asmxEnv } from '../../functions/asmx/env.ts';
import { asmxRoutes } from '../../functions/asmx/routes.ts';
import { dispatchEnv } from '../../functions/dispatch/env.ts';
import { eventsEnv } from '../../functions/events/env.ts';
import { sandboxEnv } from '../../functions/sandbox/env.ts';
import { sandboxRoutes } from '../../functions/sandbox/routes.ts';
import { INDEXES } from '../../functions/shared/dynamodb/keys.ts';
import { REQUESTED } from '../../functions/shared/event/event-names.ts';
import { sweepEnv } from '../../functions/sweep/env.ts';
import { uploadsEnv } from '../../functions/uploads/env.ts';
import { environmentOf, functionName, functionsOf, type Resource, referencesIn, resourcesOf, type Template } from './template.ts';

interface Expected {
  env: z.ZodMiniObject;
  routes?: readonly { method: string; path: string }[];
  /** What else wakes it up. */
  wokenBy?: 'queue' | 'clock';
}

/** What each function reads from its environment, answers over HTTPS, and is invoked by. */
const functions: Record<string, Expected> = {
  api: { env: apiEnv, routes: [...apiRoutes, ...restPaths.map((path) => ({ method: 'ANY', path: path === '/' ? '' : path }))] },
  asmx: { env: asmxEnv, routes: asmxRoutes },
  dispatch: { env: dispatchEnv, wokenBy: 'queue' },
  events: { env: eventsEnv, wokenBy: 'queue' },
  sandbox: { env: sandboxEnv, routes: sandboxRoutes },
  sweep: { env: sweepEnv, wokenBy: 'clock' },
  uploads: { env: uploadsEnv, wokenBy: 'queue' },
};

/** Everything in which a template and the code that it deploys disagree, a sentence each. */
export function problemsOf(template: Template): string[] {
  return [
    ...environments(template),
    ...routes(template),
    ...wakers(template),
    ...queues(template),
    ...indexes(template),
    ...references(template),
  ];
}

function environments(template: Template): string[] {
  return functionsOf(template).flatMap(([, resource]) => {
    const name = functionName(resource);
    const schema = functions[name]?.env;
    if (!schema) return [`${name}: no environment schema`];
    const environment = environmentOf(template, resource);
    const parsed = z.safeParse(schema, environment);
    const unknown = Object.keys(environment).filter((variable) => !(variable in schema.shape));
    const wrong = parsed.error?.issues.map((issue) => issue.path.join('.')) ?? [];
    return [
      ...unknown.map((variable) => `${name}: ${variable} is not read`),
      ...wrong.map((variable) => `${name}: ${variable} is missing or wrong`),
    ];
  });
}

/** The path of a method, from its resource up to the root. */
function pathOf(template: Template, { Properties }: Resource): string {
  const [id] = referencesIn(Properties.ResourceId ?? Properties.ParentId);
  const resource = id === undefined ? undefined : template.Resources[id];
  if (resource?.Type !== 'AWS::ApiGateway::Resource') return '';
  return `${pathOf(template, resource)}/${resource.Properties.PathPart}`;
}

/** Each method of the gateway as `function method path`. */
export function methodsOf(template: Template): string[] {
  return resourcesOf(template, 'AWS::ApiGateway::Method').map(([, method]) => {
    const target = referencesIn(method.Properties.Integration)
      .map((id) => template.Resources[id])
      .find((resource) => resource?.Type === 'AWS::Lambda::Function');
    return `${target ? functionName(target) : 'nothing'} ${method.Properties.HttpMethod} ${pathOf(template, method)}`;
  });
}

function routes(template: Template): string[] {
  const deployed = functionsOf(template).map(([, resource]) => functionName(resource));
  const wanted = deployed.flatMap((name) => functions[name]?.routes?.map(({ method, path }) => `${name} ${method} ${path}`) ?? []);
  // Without the drop-in endpoint, the api answers for every path that is none.
  if (!deployed.includes('asmx')) wanted.push('api ANY /{proxy+}');
  const there = methodsOf(template);
  return [
    ...wanted.filter((route) => !there.includes(route)).map((route) => `route missing: ${route}`),
    ...there.filter((route) => !wanted.includes(route)).map((route) => `route that its function does not know: ${route}`),
  ];
}

/** Each mapping and each target of a rule by the clock as `queue function` or `clock function`; where there is no function, `nothing`. */
function wakersOf(template: Template): string[] {
  const nameIn = (value: unknown): string => {
    const [target] = referencesIn(value).map((id) => template.Resources[id]);
    return target?.Type === 'AWS::Lambda::Function' ? functionName(target) : 'nothing';
  };
  const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => Properties.FunctionName);
  const clocks = resourcesOf(template, 'AWS::Events::Rule').filter(([, { Properties }]) => Properties.ScheduleExpression);
  const targets = clocks.flatMap(([, { Properties }]) => [Properties.Targets].flat());
  return [...mappings.map((value) => `queue ${nameIn(value)}`), ...targets.map((value) => `clock ${nameIn(value)}`)];
}

function wakers(template: Template): string[] {
  const deployed = functionsOf(template).map(([, resource]) => functionName(resource));
  const wanted = deployed.flatMap((name) => (functions[name]?.wokenBy ? [`${functions[name].wokenBy} ${name}`] : []));
  const there = wakersOf(template);
  return [
    ...wanted.filter((waker) => !there.includes(waker)).map((waker) => `waker missing: ${waker}`),
    ...there.filter((waker) => !wanted.includes(waker)).map((waker) => `waker that its function does not know: ${waker}`),
  ];
}

/** Queues without a reader, queues whose failures raise no alarm, and requests by event that lead to no queue. Dead letters are read by people. */
function queues(template: Template): string[] {
  const all = resourcesOf(template, 'AWS::SQS::Queue');
  const dead = all.filter(([id]) => /DeadLetters/.test(id)).map(([id]) => id);
  const rules = resourcesOf(template, 'AWS::Events::Rule').filter(([, { Properties }]) =>
    JSON.stringify(Properties.EventPattern ?? '').includes(REQUESTED),
  );
  const sources = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) =>
    referencesIn(Properties.EventSourceArn),
  );
  const working = all.filter(([id]) => !dead.includes(id));
  return [
    ...working.filter(([id]) => !sources.includes(id)).map(([id]) => `queue without its function: ${id}`),
    ...working.filter(([, { Properties }]) => !Properties.RedrivePolicy).map(([id]) => `queue without dead letters: ${id}`),
    ...rules
      .filter(([, { Properties }]) => !sources.some((id) => referencesIn(Properties.Targets).includes(id)))
      .map(([id]) => `rule that leads to no queue: ${id}`),
    ...sources.filter((id) => !working.some(([key]) => key === id)).map((id) => `mapping from what is no queue: ${id}`),
  ];
}

function indexes(template: Template): string[] {
  const schema = z.array(z.object({ IndexName: z.string(), KeySchema: z.array(z.object({ AttributeName: z.string() })) }));
  const there = resourcesOf(template, 'AWS::DynamoDB::Table')
    .flatMap(([, { Properties }]) => z.parse(z._default(schema, []), Properties.GlobalSecondaryIndexes))
    .map(({ IndexName, KeySchema }) => `${IndexName} ${KeySchema.map(({ AttributeName }) => AttributeName).join(' ')}`);
  return Object.values(INDEXES)
    .map(({ name, partition, sort }) => `${name} ${partition} ${sort}`)
    .filter((index) => !there.includes(index))
    .map((index) => `index missing: ${index}`);
}

/** Ids that nothing bears, and resources that wait for each other: CloudFormation finds both only when it deploys. */
function references(template: Template): string[] {
  const problems: string[] = [];
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) problems.push(`circle: ${[...path.slice(path.indexOf(id)), id].join(' -> ')}`);
    if (path.includes(id) || done.has(id)) return;
    const resource = template.Resources[id];
    if (!resource) return void problems.push(`${path.at(-1)} refers to ${id}, which is not there`);
    for (const next of [...referencesIn(resource.Properties), ...[resource.DependsOn ?? []].flat()]) visit(next, [...path, id]);
    done.add(id);
  };
  for (const id of Object.keys(template.Resources)) visit(id, []);
  return problems;
}
