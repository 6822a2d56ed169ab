import type { CallerScope } from '../shared/caller/scopes.ts';

/** What a route takes beside its path: everything else is refused. */
interface RouteShape {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  /** Scopes, one of which the caller must have; empty: any caller may. */
  readonly needs: readonly CallerScope[];
  /** Names of query parameters. */
  readonly query?: readonly string[];
  /** Whether it takes a body in JSON. */
  readonly body?: true;
  /** Preconditions: `If-Match` names the revision that a change is meant for, `If-None-Match` the one that the caller has. */
  readonly precondition?: 'If-Match' | 'If-None-Match';
  /** Generated clients have no use for it: it is a page for people, or about keys, which administrators make by hand. */
  readonly isUndescribed?: true;
}

const PAGE = ['limit', 'cursor'] as const;

/** What a route asks of its caller's scopes. Whose jobs it may see or change is decided by job. */
const SEND = ['send'] as const;
const READ = ['read', 'operate'] as const;
const CHANGE = ['send', 'operate'] as const;
const ADMIN = ['admin'] as const;
const ANY = [] as const;

/** Every route of the JSON API, as the gateway, the function and the description know it. */
export const apiRoutes = [
  { method: 'POST', path: '/v1/jobs', needs: SEND, query: PAGE, body: true },
  { method: 'GET', path: '/v1/jobs', needs: READ, query: [...PAGE, 'status', 'caller', 'reference', 'from', 'to'] },
  { method: 'GET', path: '/v1/jobs/{jobId}', needs: READ, query: ['wait'], precondition: 'If-None-Match' },
  { method: 'PATCH', path: '/v1/jobs/{jobId}', needs: CHANGE, body: true, precondition: 'If-Match' },
  { method: 'GET', path: '/v1/jobs/{jobId}/recipients', needs: READ, query: [...PAGE, 'outcome'] },
  { method: 'GET', path: '/v1/jobs/{jobId}/batches', needs: READ, query: PAGE },
  { method: 'GET', path: '/v1/jobs/{jobId}/timeline', needs: READ, query: PAGE },
  { method: 'POST', path: '/v1/jobs/{jobId}/cancel', needs: CHANGE, precondition: 'If-Match' },
  { method: 'POST', path: '/v1/jobs/{jobId}/settle', needs: CHANGE, body: true, precondition: 'If-Match' },
  { method: 'POST', path: '/v1/jobs/{jobId}/resend', needs: SEND, body: true },
  { method: 'POST', path: '/v1/jobs/{jobId}/export', needs: READ },
  { method: 'GET', path: '/v1/jobs/{jobId}/export', needs: READ },
  { method: 'POST', path: '/v1/preview', needs: ['send', 'read'], query: PAGE, body: true },
  { method: 'POST', path: '/v1/uploads', needs: SEND, body: true },
  { method: 'GET', path: '/v1/recipients', needs: READ, query: [...PAGE, 'phone', 'from', 'to', 'caller'] },
  { method: 'GET', path: '/v1/usage', needs: READ, query: ['cursor', 'from', 'to', 'caller'] },
  { method: 'GET', path: '/v1/provider', needs: READ },
  { method: 'GET', path: '/v1/account', needs: ANY },
  { method: 'PUT', path: '/v1/account/dispatch', needs: CHANGE, query: ['caller'], body: true },
  { method: 'GET', path: '/v1/dispatch', needs: ['read', 'operate', 'admin'] },
  { method: 'PUT', path: '/v1/dispatch', needs: ['operate', 'admin'], body: true },
  { method: 'GET', path: '/v1/keys', needs: ADMIN, isUndescribed: true },
  { method: 'POST', path: '/v1/keys', needs: ADMIN, body: true, isUndescribed: true },
  { method: 'POST', path: '/v1/keys/{keyId}/revoke', needs: ADMIN, isUndescribed: true },
  { method: 'GET', path: '/openapi.json', needs: ANY, isUndescribed: true },
  { method: 'GET', path: '/events.json', needs: ANY },
  { method: 'GET', path: '/healthz', needs: ANY },
  { method: 'GET', path: '/docs', needs: ANY, isUndescribed: true },
  { method: 'GET', path: '/docs/{page}', needs: ANY, isUndescribed: true },
] as const satisfies readonly RouteShape[];

type NameOf<Route> = Route extends { method: infer Method extends string; path: infer Path extends string } ? `${Method} ${Path}` : never;

/** `POST /v1/jobs` and so on: what a request's method and resource make together. */
export type RouteName = NameOf<(typeof apiRoutes)[number]>;

/** The routes that the description has. */
export type DescribedRoute = Exclude<RouteName, `GET /docs${string}` | 'GET /openapi.json' | `${string} /v1/keys${string}`>;

/** A route as it is looked up. */
export type ApiRoute = RouteShape & { readonly name: RouteName };

/** Every route with its name. */
export const routeTable: readonly ApiRoute[] = apiRoutes.map((route) => ({ ...route, name: `${route.method} ${route.path}` as RouteName }));

/** The routes of one path, by method; empty for a path that is none. */
export function routesAt(path: string): readonly ApiRoute[] {
  return routeTable.filter((route) => route.path === path);
}

/** Every path of a route, once. */
export const apiPaths: readonly string[] = [...new Set(routeTable.map(({ path }) => path))];

/** Paths that the function is handed with any method, so that what is no route is answered in its own words. */
export const restPaths: readonly string[] = ['/', '/v1/{proxy+}', ...apiPaths];
