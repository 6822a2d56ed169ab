import { askExport, type ExportItem, readExport } from '../shared/job/export.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { jobPath } from './job-resource.ts';
import { readOwnJob } from './read-jobs.ts';
import { json } from './responses.ts';

/** How long the address of the file is good (seconds). */
const LIFETIME = 900;
/** When a caller may ask again (seconds). */
const RETRY_AFTER = 5;
/** From the request for a file until it is asked for again: its message may be lost (milliseconds). */
const LOST_AFTER = 120_000;

/** `POST /v1/jobs/{jobId}/export`: asks for the results of a job, recipient by recipient, as a file. 202; asking again changes nothing. */
export async function startExport(api: Api, request: ApiRequest) {
  const { job } = await readOwnJob(api.context, request);
  if (job.status === 'preparing') {
    throw new ProblemError('too-early', 'The file of this job is still being read.', { retryAfter: RETRY_AFTER });
  }
  const asked = await askExport(api.context, job);
  if (asked.state === 'asked') await api.files.tasks.send({ task: 'export', jobId: job.jobId });
  return waiting(asked, request);
}

/** `GET /v1/jobs/{jobId}/export`: 303 to the file once it is there, 202 before, 404 when it was not asked for. */
export async function getExport(api: Api, request: ApiRequest) {
  const { job } = await readOwnJob(api.context, request);
  const { jobId } = job;
  const asked = await readExport(api.context, jobId);
  if (!asked) throw new ProblemError('not-found', 'The results of this job were not asked for as a file.');
  if (asked.state === 'asked') {
    if (asked.askedAt + LOST_AFTER < api.context.now()) await api.files.tasks.send({ task: 'export', jobId });
    return waiting(asked, request);
  }
  const { url } = await api.files.presigner.get(asked.object, `${jobId}.csv`, LIFETIME);
  return { statusCode: 303, headers: { Location: url }, body: '' };
}

function waiting({ jobId, rev, state }: ExportItem, { basePath }: ApiRequest) {
  const Location = `${jobPath(basePath, jobId)}/export`;
  return json(202, 'Export', { jobId, revision: rev, state }, { Location, 'Retry-After': String(RETRY_AFTER) });
}
