import { askDue, isScheduled } from '../shared/job/due.ts';
import { reschedule } from '../shared/job/reschedule.ts';
import { invalidRequest, ProblemError } from '../shared/problem/problem.ts';
import { expectTime } from '../shared/send-request/prepare-request.ts';
import { rescheduleRequest } from '../shared/send-request/request-schema.ts';
import { readSendTime } from '../shared/send-request/send-time.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { answerJob } from './job-resource.ts';
import { parseBody } from './json-body.ts';
import { readOwnJob } from './read-jobs.ts';
import { expectRevision } from './revision.ts';

/** `PATCH /v1/jobs/{jobId}`: moves a job to another time, until it is due. 409 with its status when that is too late. May be repeated. */
export async function rescheduleJob(api: Api, request: ApiRequest) {
  const { context, rules, logger } = api;
  const { time, problems } = readSendTime(parseBody(rescheduleRequest, request), rules.providerZone);
  if (!time) throw invalidRequest(problems);
  const { jobId } = request;
  expectRevision((await readOwnJob(context, request)).job, request);
  const rescheduled = await reschedule(context, jobId, {
    sendTime: time.sendTime,
    by: request.caller,
    check: (job) => {
      expectRevision(job, request);
      expectTime(rules, job.smsType, { time, problems, furtherProblems: 0 }, context.now());
    },
  });
  if (rescheduled.kind === 'refused') throw new ProblemError('not-reschedulable', rescheduled.why);
  // Written is written: should this message get lost, the sweep sends another.
  if (rescheduled.kind === 'moved' && isScheduled(rescheduled.job)) {
    await askDue(context, rescheduled.job).catch((error: Error) => {
      logger.error('not arranged', { jobId, error: { name: error.name, message: error.message, stack: error.stack } });
    });
  }
  return answerJob(api, await readOwnJob(context, request), request);
}
