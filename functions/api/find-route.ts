import type { APIGatewayProxyEvent } from 'aws-lambda';
import { greedyPath, isGreedy, segmentsOf } from '../shared/problem/api-address.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import { type ApiRoute, apiPaths, routesAt } from './routes.ts';

/** Where a request leads. */
export interface FoundRoute {
  route: ApiRoute;
  /** Values of `{jobId}` and `{page}` of its path. */
  parameters: PathParameters;
}

export type PathParameters = Readonly<Record<string, string | undefined>>;

/** A request whose answer follows from its method and path alone. */
export interface AllowedMethods {
  allow: string;
}

/**
 * Finds the route of a request: HEAD leads where GET does, and a slash at the end changes nothing. For OPTIONS, what the path allows.
 * @throws ProblemError 404 for a path that is none, 405 with `Allow` for a method that the path does not take
 */
export function findRoute(event: APIGatewayProxyEvent): FoundRoute | AllowedMethods {
  const { path, parameters } = findPath(event);
  const routes = routesAt(path);
  const method = event.httpMethod === 'HEAD' ? 'GET' : event.httpMethod;
  const route = routes.find((one) => one.method === method);
  if (route) return { route, parameters };
  if (routes.length === 0) throw new ProblemError('not-found', 'There is no such address: see openapi.json for all of them.');
  const methods = routes.flatMap((one) => (one.method === 'GET' ? ['GET', 'HEAD'] : [one.method]));
  const allow = [...methods, 'OPTIONS'].toSorted().join(', ');
  if (method === 'OPTIONS') return { allow };
  throw new ProblemError('method-not-allowed', `This address takes ${allow}.`, { headers: { Allow: allow } });
}

/** By the gateway's own match where it made one, else by the path. */
function findPath({ resource, pathParameters }: APIGatewayProxyEvent): { path: string; parameters: PathParameters } {
  if (!isGreedy(resource)) return { path: resource, parameters: pathParameters ?? {} };
  const segments = segmentsOf(greedyPath({ resource, pathParameters }));
  const path = apiPaths.find((one) => matches(segmentsOf(one), segments)) ?? '';
  const named = segmentsOf(path).flatMap((part, index) => (isParameter(part) ? [[part.slice(1, -1), segments[index]] as const] : []));
  return { path, parameters: Object.fromEntries(named) };
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.length === segments.length && pattern.every((part, index) => part === segments[index] || isParameter(part));
}

function isParameter(part: string): boolean {
  return part.startsWith('{');
}
