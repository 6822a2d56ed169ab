import { cancel, cancellationOf } from '../shared/job/cancel.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { jobResource } from './job-resource.ts';
import { readOwnJob } from './read-jobs.ts';
import { json } from './responses.ts';
import { entityTagOf, expectRevision } from './revision.ts';

/** `POST /v1/jobs/{jobId}/cancel`: stops the batches that are not claimed, and says what was too late. May be repeated. */
export async function cancelJob(api: Api, request: ApiRequest) {
  const { context } = api;
  expectRevision((await readOwnJob(context, request)).job, request);
  const cancelled = await cancel(context, request.jobId, { by: request.caller, check: (job) => expectRevision(job, request) });
  if (!cancelled) throw new ProblemError('not-found', 'There is no such job.');
  const { jobId, gen = 0, scheduleGen } = cancelled.job;
  // Its schedule would fire into nothing, so it may as well stay.
  if (scheduleGen !== undefined) await context.eventsQueue.due(jobId, gen).catch(() => undefined);
  const resource = await jobResource(api, cancelled, request.basePath);
  return json(200, 'CancelledJob', { ...resource, cancellation: cancellationOf(cancelled) }, { ETag: entityTagOf(cancelled) });
}
