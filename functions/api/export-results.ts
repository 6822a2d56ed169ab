import { askExport, type ExportItem, readExport } from '../shared/job/export-item.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import { isFinal } from '../shared/job/states.ts';
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

/** `POST /v1/jobs/{jobId}/export`: asks for the results of a job, recipient by recipient, as a file. Asking again changes nothing. */
export async function startExport(api: Api, request: ApiRequest) {
  const { job } = await readOwnJob(api.context, request);
  if (job.status === 'preparing') {
    throw new ProblemError('too-early', 'The file of this job is still being read.', { retryAfter: RETRY_AFTER });
  }
  return askAgain(api, request, job);
}

/**
 * `GET /v1/jobs/{jobId}/export`: 200 with the address of the file once it is there, 202 before, 404 when it was not asked for. A file that
 * is older than the end of its job is asked for again; one of a job that goes on is given out, and says of which revision it is.
 */
export async function getExport(api: Api, request: ApiRequest) {
  const { job } = await readOwnJob(api.context, request);
  const found = await readExport(api.context, job.jobId);
  if (!found) throw new ProblemError('not-found', 'The results of this job were not asked for as a file. Ask with POST.');
  if (found.state === 'ready') return isStale(found, job) ? askAgain(api, request, job) : ready(api, found);
  if (found.askedAt + LOST_AFTER < api.context.now()) await requestFile(api, job.jobId);
  return waiting(found, request);
}

async function askAgain(api: Api, request: ApiRequest, job: JobItem) {
  const asked = await askExport(api.context, job);
  if (asked.state === 'ready') return ready(api, asked);
  await requestFile(api, job.jobId);
  return waiting(asked, request);
}

const isStale = ({ rev }: ExportItem, job: JobItem): boolean => isFinal(job.status) && rev !== job.rev;

const requestFile = (api: Api, jobId: string) => api.files.tasks.send({ task: 'export', jobId });

async function ready({ files }: Api, { jobId, rev, object }: ExportItem) {
  const { url, expiresAt } = await files.presigner.get(object, `${jobId}.csv`, LIFETIME);
  const file = { url, method: 'GET', expiresAt: new Date(expiresAt).toISOString() } as const;
  return json(200, 'Export', { jobId, revision: rev, state: 'ready', ...file });
}

function waiting({ jobId, rev, state }: ExportItem, { basePath }: ApiRequest) {
  const Location = `${jobPath(basePath, jobId)}/export`;
  return json(202, 'Export', { jobId, revision: rev, state }, { Location, 'Retry-After': String(RETRY_AFTER) });
}
