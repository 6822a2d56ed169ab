import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Caller } from '../shared/caller/caller.ts';
import { callerBehind, type GatewayIdentity } from '../shared/caller/gateway-identity.ts';
import { expectScope } from '../shared/caller/scopes.ts';
import { callersOwnedBy } from '../shared/env/event-sources.ts';
import { apiAddressOf, basePathOf } from '../shared/problem/api-address.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import type { ApiEnv } from './env.ts';
import type { PathParameters } from './find-route.ts';
import { readJson } from './json-body.ts';
import { choiceOf, type Query, readQuery } from './query.ts';
import type { ApiRoute } from './routes.ts';

/** A request to the API, taken out of the gateway's event. */
export interface ApiRequest extends Caller {
  /** Of a route with `{jobId}`; empty elsewhere. */
  jobId: string;
  query: Query;
  header: (name: string) => string | undefined;
  body: () => unknown;
  /** Epoch milliseconds at which the function must have answered. */
  deadline: number;
  /** What stands before `/v1` in the caller's addresses, such as the stage; empty where nothing does. */
  basePath: string;
  /** The address of the API as the caller wrote it, with that. */
  address: string;
}

/** The settings that decide which caller a request has. */
type RequestEnv = Pick<ApiEnv, 'AUTHORIZATION' | 'EVENT_SOURCES'> & { LIMITS: Pick<ApiEnv['LIMITS'], 'callers'> };

/**
 * Reads the gateway's event for a route.
 * @throws ProblemError when it does not name its caller, when the caller lacks a scope, and for a parameter, a body or a precondition that the route does not take
 */
export function readRequest(
  event: APIGatewayProxyEvent,
  { route, parameters }: { route: Pick<ApiRoute, 'query' | 'body' | 'precondition' | 'needs'>; parameters: PathParameters },
  { AUTHORIZATION, EVENT_SOURCES, LIMITS }: RequestEnv,
  deadline: number,
): ApiRequest {
  const { caller, scopes } = callerBehind(identityOf(event), AUTHORIZATION, LIMITS.callers);
  expectScope(scopes, route.needs);
  const header = headerReader(event);
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const query = readQuery(event.queryStringParameters, event.multiValueQueryStringParameters, route.query);
  if (!route.body && bytes.length > 0) throw new ProblemError('unexpected-body', 'This operation takes no body: leave it out.');
  refusePreconditions(route, header);
  return {
    caller,
    scopes,
    owns: callersOwnedBy(EVENT_SOURCES, caller),
    jobId: parameters.jobId ?? '',
    query,
    header,
    body: () => readJson({ bytes, contentType: header('content-type'), contentEncoding: header('content-encoding') }),
    deadline,
    basePath: basePathOf(event),
    address: apiAddressOf(event),
  };
}

/** Reads a header by its name in lower case. */
export function headerReader({ headers }: Pick<APIGatewayProxyEvent, 'headers'>): (name: string) => string | undefined {
  const byName = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => byName.get(name);
}

/** Preconditions that HTTP knows. A change that ignores one would be made although the caller forbade it. */
const CHANGE_PRECONDITIONS = ['If-Match', 'If-Unmodified-Since'];

function refusePreconditions({ precondition }: Pick<ApiRoute, 'precondition'>, header: ApiRequest['header']): void {
  const refused = CHANGE_PRECONDITIONS.filter((name) => name !== precondition && header(name.toLowerCase()) !== undefined);
  if (refused.length === 0) return;
  const detail = `${refused.join(', ')}: ${precondition ? `this operation takes ${precondition} only` : 'this operation takes no precondition'}.`;
  throw new ProblemError('unexpected-precondition', detail);
}

function identityOf({ requestContext: { identity, authorizer } }: APIGatewayProxyEvent): GatewayIdentity {
  return { userArn: identity.userArn, authorizer };
}

/** The caller whose jobs are meant: the one in the query, else the caller itself. @throws ProblemError when it may not see them */
export function callerAskedFor(request: ApiRequest): string {
  const { query, caller, owns } = request;
  if (query.caller !== undefined && request.scopes.includes('operate')) return query.caller;
  return choiceOf(query, 'caller', [caller, ...owns]) ?? caller;
}
