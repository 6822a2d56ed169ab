import { randomUUID } from 'node:crypto';
import { routeTable } from '../../functions/api/routes.ts';

/** A request that would change something, or show something, if it were let through. */
export interface TryRequest {
  name: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const BODIES: Record<string, object> = {
  'POST /v1/jobs': { pattern: '【签名】您好', recipients: ['13800138000'] },
  'POST /v1/preview': { pattern: '【签名】您好', recipients: ['13800138000'] },
  'PATCH /v1/jobs/{jobId}': { sendTime: '2099-01-01T00:00:00Z' },
  'POST /v1/jobs/{jobId}/settle': { as: 'accepted', why: 'a test', batches: [{ batch: 1, try: 1 }] },
  'POST /v1/jobs/{jobId}/resend': { outcomes: ['accepted'] },
  'POST /v1/uploads': { format: 'csv', bytes: 10 },
  'PUT /v1/account/dispatch': { paused: true, why: 'a test' },
  'PUT /v1/dispatch': { paused: true, why: 'a test' },
  'POST /v1/keys': { caller: 'intruder', scopes: ['admin'] },
};

/** One request for each route that needs a scope. */
export function requestsFor(jobId: string, keyId: string): (TryRequest & { needs: readonly string[] })[] {
  return routeTable
    .filter(({ needs }) => needs.length > 0)
    .map(({ name, method, path, needs, body }) => ({
      ...{ name, method, needs, path: path.replace('{jobId}', jobId).replace('{keyId}', keyId) },
      headers: { 'Idempotency-Key': randomUUID(), ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(BODIES[name]) }),
    }));
}
