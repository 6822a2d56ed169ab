import type { Resource } from '../cloudformation/template.ts';
import type { RunningFunction } from '../lambda/running-function.ts';
import { readAuthorizers, type SignIn, type TokenAuthorizer } from './authorizers.ts';

/** One method of the template's REST API, with the function behind it. */
export interface Route {
  method: string;
  /** `/v1/jobs/{jobId}` */
  path: string;
  resourceId: string;
  timeoutMs: number;
  /** What it asks of its callers. */
  signIn: SignIn;
  target: RunningFunction;
}

/** A route that fits a request, with the values of its path parameters. */
export interface Match {
  route: Route;
  pathParameters: Record<string, string>;
}

interface Method {
  HttpMethod: string;
  ResourceId: string;
  AuthorizationType?: string;
  AuthorizerId?: string;
  ApiKeyRequired?: boolean;
  Integration?: { Type?: string; Uri?: string; TimeoutInMillis?: number };
}

/**
 * Reads every method of the template.
 * @throws Error that names a method without its function, a function that the gateway may not call, and what is not known here.
 */
export function readRoutes(resources: readonly Resource[], functions: Iterable<RunningFunction>): Route[] {
  const byArn = new Map(Array.from(functions, (running) => [running.spec.functionArn, running]));
  const authorizers = readAuthorizers(resources, byArn);
  const paths = pathsOf(resources);
  const callable = new Set(
    resources.flatMap(({ type, properties }) =>
      type === 'AWS::Lambda::Permission' && properties.Principal === 'apigateway.amazonaws.com' ? [properties.FunctionName] : [],
    ),
  );
  return resources.flatMap(({ type, logicalId, properties }) => {
    if (type !== 'AWS::ApiGateway::Method') return [];
    const {
      HttpMethod,
      ResourceId,
      AuthorizationType = 'NONE',
      AuthorizerId = '',
      ApiKeyRequired = false,
      Integration = {},
    } = properties as unknown as Method;
    const path = paths.get(ResourceId);
    if (path === undefined) throw new Error(`${logicalId}: its resource ${ResourceId} has no path`);
    const route = `${HttpMethod} ${path}`;
    const signIn = signInOf(AuthorizationType, authorizers.get(AuthorizerId));
    if (!signIn || ApiKeyRequired) throw new Error(`${logicalId}: ${route} asks for a sign-in that is not known here`);
    if (Integration.Type !== 'AWS_PROXY') throw new Error(`${logicalId}: ${route} has the integration ${Integration.Type}, not AWS_PROXY`);
    const arn = /\/functions\/(arn:[^/]+)\/invocations$/.exec(Integration.Uri ?? '')?.[1] ?? '';
    const target = byArn.get(arn);
    if (!target) throw new Error(`${logicalId}: ${route} leads to no function of the stack (${Integration.Uri})`);
    if (!callable.has(arn) && !callable.has(target.spec.functionName)) {
      throw new Error(`${logicalId}: no permission lets the gateway call ${target.spec.functionName} for ${route}`);
    }
    return [{ method: HttpMethod, path, resourceId: ResourceId, timeoutMs: Integration.TimeoutInMillis ?? 29_000, signIn, target }];
  });
}

function signInOf(type: string, authorizer: TokenAuthorizer | undefined): SignIn | undefined {
  if (type === 'NONE' || type === 'AWS_IAM') return { type };
  return type === 'CUSTOM' && authorizer ? { type, authorizer } : undefined;
}

/** The full path of each resource by its id; a REST API's root is the empty path's `/`. */
function pathsOf(resources: readonly Resource[]): Map<string, string> {
  const paths = new Map<string, string>();
  const parts = new Map<string, { ParentId: string; PathPart: string }>();
  for (const { type, ref, attributes, properties } of resources) {
    if (type === 'AWS::ApiGateway::RestApi') paths.set(attributes.RootResourceId ?? '', '/');
    if (type === 'AWS::ApiGateway::Resource') parts.set(ref, properties as { ParentId: string; PathPart: string });
  }
  const pathOf = (id: string): string | undefined => {
    const part = parts.get(id);
    if (!part) return paths.get(id);
    const parent = pathOf(part.ParentId);
    return parent === undefined ? undefined : `${parent === '/' ? '' : parent}/${part.PathPart}`;
  };
  for (const id of parts.keys()) {
    const path = pathOf(id);
    if (path !== undefined) paths.set(id, path);
  }
  return paths;
}

/**
 * The route for a request: of the paths that fit, the one with a literal segment first, then a `{parameter}`, then a `{proxy+}`. Where
 * that path has no such method, no other is looked at.
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const segments = path.split('/').slice(1).map(decoded);
  const fitting = routes.flatMap((route) => {
    const pathParameters = bind(route.path.split('/').slice(1), segments);
    return pathParameters ? [{ route, pathParameters }] : [];
  });
  const [best] = fitting.sort((one, other) => rank(one.route).localeCompare(rank(other.route)));
  const there = fitting.filter(({ route }) => route.path === best?.route.path);
  return there.find(({ route }) => route.method === method) ?? there.find(({ route }) => route.method === 'ANY');
}

function bind(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (part.endsWith('+}')) return { ...values, [part.slice(1, -2)]: segments.slice(index).join('/') };
    if (part.startsWith('{') && segment !== '') values[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return pattern.length === segments.length ? values : undefined;
}

/** Sorts literal before parameter before proxy, segment by segment. */
function rank({ path }: Route): string {
  return path
    .split('/')
    .map((part) => (part.endsWith('+}') ? 2 : part.startsWith('{') ? 1 : 0))
    .join('');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
