import { cancel, cancellationOf } from '../shared/job/cancel.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import { json } from './responses.ts';
import type { Api } from './api-deps.ts';
import { readOwnJob } from './read-jobs.ts';
import type { ApiRequest } from './api-request.ts';
import { jobResource } from './job-resource.ts';

/** `POST /v1/jobs/{jobId}/cancel`: stops what nobody has claimed, and says what was too late. May be repeated. */
export async function cancelJob({ store }: Api, request: ApiRequest) {
  await readOwnJob(store, request);
  const cancelled = await cancel(store, request.jobId, request.caller);
  if (!cancelled) throw new ProblemError('not-found', 'There is no such job.');
  const { jobId, gen = 0, scheduleGen } = cancelled.job;
  // Its schedule would fire into nothing, so it may as well stay.
  if (scheduleGen !== undefined) await store.errands.due(jobId, gen).catch(() => undefined);
  return json(200, { ...(await jobResource(store, cancelled)), cancellation: cancellationOf(cancelled) });
}
