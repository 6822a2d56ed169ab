/** What a route takes beside its path: everything else is refused. */
interface RouteShape {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  /** Names of query parameters. */
  readonly query?: readonly string[];
  /** Whether it takes a body in JSON. */
  readonly body?: true;
  /** Preconditions: `If-Match` names the revision that a change is meant for, `If-None-Match` the one that the caller has. */
  readonly precondition?: 'If-Match' | 'If-None-Match';
  /** It is documentation: the description does not describe it. */
  readonly isPage?: true;
}

const PAGE = ['limit', 'cursor'] as const;

/** Every route of the JSON API, as the gateway, the function and the description know it. */
export const apiRoutes = [
  { method: 'POST', path: '/v1/jobs', query: PAGE, body: true },
  { method: 'GET', path: '/v1/jobs', query: [...PAGE, 'status', 'caller', 'reference', 'from', 'to'] },
  { method: 'GET', path: '/v1/jobs/{jobId}', query: ['wait'], precondition: 'If-None-Match' },
  { method: 'PATCH', path: '/v1/jobs/{jobId}', body: true, precondition: 'If-Match' },
  { method: 'GET', path: '/v1/jobs/{jobId}/recipients', query: [...PAGE, 'outcome'] },
  { method: 'GET', path: '/v1/jobs/{jobId}/batches', query: PAGE },
  { method: 'GET', path: '/v1/jobs/{jobId}/timeline', query: PAGE },
  { method: 'POST', path: '/v1/jobs/{jobId}/cancel', precondition: 'If-Match' },
  { method: 'POST', path: '/v1/jobs/{jobId}/settle', body: true, precondition: 'If-Match' },
  { method: 'POST', path: '/v1/jobs/{jobId}/resend', body: true },
  { method: 'POST', path: '/v1/jobs/{jobId}/export' },
  { method: 'GET', path: '/v1/jobs/{jobId}/export' },
  { method: 'POST', path: '/v1/preview', query: PAGE, body: true },
  { method: 'POST', path: '/v1/uploads', body: true },
  { method: 'GET', path: '/v1/recipients', query: [...PAGE, 'phone', 'from', 'to'] },
  { method: 'GET', path: '/v1/usage', query: ['cursor', 'from', 'to', 'caller'] },
  { method: 'GET', path: '/v1/provider' },
  { method: 'GET', path: '/v1/account' },
  { method: 'PUT', path: '/v1/account/dispatch', body: true },
  { method: 'GET', path: '/v1/dispatch' },
  { method: 'PUT', path: '/v1/dispatch', body: true },
  { method: 'GET', path: '/openapi.json', isPage: true },
  { method: 'GET', path: '/events.json' },
  { method: 'GET', path: '/healthz' },
  { method: 'GET', path: '/docs', isPage: true },
  { method: 'GET', path: '/docs/{page}', isPage: true },
] as const satisfies readonly RouteShape[];

type NameOf<Route> = Route extends { method: infer Method extends string; path: infer Path extends string } ? `${Method} ${Path}` : never;

/** `POST /v1/jobs` and so on: what a request's method and resource make together. */
export type RouteName = NameOf<(typeof apiRoutes)[number]>;

/** The routes that the description has. */
export type DescribedRoute = Exclude<RouteName, `GET /docs${string}` | 'GET /openapi.json'>;

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
