/** Every route of the JSON API, as the gateway and the function know it. */
export const apiRoutes = [
  { method: 'POST', path: '/v1/jobs' },
  { method: 'GET', path: '/v1/jobs' },
  { method: 'GET', path: '/v1/jobs/{jobId}' },
  { method: 'GET', path: '/v1/jobs/{jobId}/recipients' },
  { method: 'GET', path: '/v1/jobs/{jobId}/batches' },
  { method: 'GET', path: '/v1/jobs/{jobId}/timeline' },
  { method: 'POST', path: '/v1/preview' },
  { method: 'GET', path: '/openapi.json' },
  { method: 'GET', path: '/healthz' },
] as const;
