import { cancel, cancellationOf } from '../shared/job/cancel.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { jobResource } from './job-resource.ts';
import { readOwnJob } from './read-jobs.ts';
import { json } from './responses.ts';

/** `POST /v1/jobs/{jobId}/cancel`: stops what nobody has claimed, and says what was too late. May be repeated. */
export async function cancelJob({ context }: Api, request: ApiRequest) {
  await readOwnJob(context, request);
  const cancelled = await cancel(context, request.jobId, request.caller);
  if (!cancelled) throw new ProblemError('not-found', 'There is no such job.');
  const { jobId, gen = 0, scheduleGen } = cancelled.job;
  // Its schedule would fire into nothing, so it may as well stay.
  if (scheduleGen !== undefined) await context.eventsQueue.due(jobId, gen).catch(() => undefined);
  return json(200, { ...(await jobResource(context, cancelled)), cancellation: cancellationOf(cancelled) });
}
