import { acceptFileRequest } from '../shared/send-request/accept-file-request.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { answerJob, jobPath } from './job-resource.ts';
import { readOwnJob } from './read-jobs.ts';

/**
 * `POST /v1/jobs` with `recipientsFrom`: 202 with a job that is `preparing`. Its file is read by another function, and nothing is sent
 * before all of it has been read. The same key and body again: 200 with the same job, whatever became of it.
 */
export async function createFromFile(api: Api, request: ApiRequest) {
  const key = request.header('idempotency-key') ?? '';
  const { job, made } = await acceptFileRequest(api.context, api.rules, { caller: request.caller, key, body: request.body() });
  const { jobId } = job;
  // The job is stored: should its message get lost, the sweep sends another.
  if (made) {
    await api.files.tasks.send({ task: 'split', jobId }).catch((error: Error) => {
      api.logger.error('not queued', { jobId, error: { name: error.name, message: error.message, stack: error.stack } });
    });
  }
  const headers = { Location: jobPath(request.basePath, jobId), ...(!made && { 'Idempotency-Replayed': 'true' }) };
  return answerJob(api, await readOwnJob(api.context, { ...request, jobId }), request, { status: made ? 202 : 200, headers });
}
