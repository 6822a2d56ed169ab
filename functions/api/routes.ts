/** Every route of the JSON API, as the gateway and the function know it. */
export const apiRoutes = [
  { method: 'POST', path: '/v1/jobs' },
  { method: 'GET', path: '/v1/jobs' },
  { method: 'GET', path: '/v1/jobs/{jobId}' },
  { method: 'PATCH', path: '/v1/jobs/{jobId}' },
  { method: 'GET', path: '/v1/jobs/{jobId}/recipients' },
  { method: 'GET', path: '/v1/jobs/{jobId}/batches' },
  { method: 'GET', path: '/v1/jobs/{jobId}/timeline' },
  { method: 'POST', path: '/v1/jobs/{jobId}/cancel' },
  { method: 'POST', path: '/v1/jobs/{jobId}/settle' },
  { method: 'POST', path: '/v1/jobs/{jobId}/export' },
  { method: 'GET', path: '/v1/jobs/{jobId}/export' },
  { method: 'POST', path: '/v1/preview' },
  { method: 'POST', path: '/v1/uploads' },
  { method: 'GET', path: '/v1/account' },
  { method: 'PUT', path: '/v1/account/dispatch' },
  { method: 'GET', path: '/v1/dispatch' },
  { method: 'PUT', path: '/v1/dispatch' },
  { method: 'GET', path: '/openapi.json' },
  { method: 'GET', path: '/events.json' },
  { method: 'GET', path: '/healthz' },
] as const;

type NameOf<Route> = Route extends { method: infer Method extends string; path: infer Path extends string } ? `${Method} ${Path}` : never;

/** `POST /v1/jobs` and so on: what a request's method and resource make together. */
export type RouteName = NameOf<(typeof apiRoutes)[number]>;
