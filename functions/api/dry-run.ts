import { invalidRequest } from '../shared/problem/problem.ts';
import type { ApiRequest } from './api-request.ts';

/**
 * Takes `dryRun` out of the body of a request to send: the rest is the request. A body without it is meant.
 * @throws ProblemError when it says neither yes nor no: a request that was meant as a dry run is never sent
 */
export function readDryRun(request: ApiRequest): { dryRun: boolean; request: ApiRequest } {
  const body = request.body();
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'dryRun'))
    return { dryRun: false, request: { ...request, body: () => body } };
  const { dryRun, ...rest } = body as { dryRun: unknown };
  if (typeof dryRun !== 'boolean') throw invalidRequest([{ place: 'dryRun', code: 'invalid-type', detail: 'Expected true or false.' }]);
  return { dryRun, request: { ...request, body: () => rest } };
}

/** The body of a preview, which is a dry run by itself. @throws ProblemError when the body says that it is meant */
export function expectDryRun(request: ApiRequest): ApiRequest {
  const body = request.body();
  if ((body as { dryRun?: unknown } | null)?.dryRun === false) {
    throw invalidRequest([{ place: 'dryRun', code: 'invalid-value', detail: 'A preview never sends: POST /v1/jobs does.' }]);
  }
  return readDryRun(request).request;
}
