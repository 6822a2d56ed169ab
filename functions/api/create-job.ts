import { sendBatch } from '../shared/dispatch/send-batch.ts';
import { askDue, isScheduled } from '../shared/job/due.ts';
import { queueJob } from '../shared/job/queue-batches.ts';
import { type JobWithBatches, readJob } from '../shared/job/rollup.ts';
import { countRecipients } from '../shared/job/states.ts';
import { acceptRequest } from '../shared/send-request/accept-request.ts';
import { namesFile } from '../shared/send-request/request-schema.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { createFromFile } from './create-file-job.ts';
import { readDryRun } from './dry-run.ts';
import { answerJob, jobPath } from './job-resource.ts';
import { preview } from './preview.ts';
import { readQuery } from './query.ts';
import { readOwnJob } from './read-jobs.ts';

/** Kept for the answer to the caller, out of the function's time (milliseconds). */
const TIME_TO_ANSWER = 1_000;
/** A caller waits so long for a free slot before the queue takes over (milliseconds). */
const WAIT_FOR_SLOT = 2_000;

/**
 * `POST /v1/jobs`. A job of one batch is sent within the request: 201 with the provider's answer. 202 while it has none: with more
 * batches, no free slot, `Prefer: respond-async`, or a time to come. The same key and body again: 200 with the same job, whatever
 * became of it. With `dryRun`, what a preview answers: nothing is stored or sent.
 */
export async function createJob(api: Api, asked: ApiRequest) {
  const { dryRun, request } = readDryRun(asked);
  if (dryRun) return preview(api, request);
  readQuery(request.query, null);
  const body = request.body();
  if (namesFile(body)) return createFromFile(api, request);
  const key = request.header('idempotency-key') ?? '';
  const { job, made } = await acceptRequest(api.context, api.rules, { caller: request.caller, key, body });
  const asynchronous = /\brespond-async\b/i.test(request.header('prefer') ?? '');
  if (made) await start(api, await readSealed(api, job.jobId), { asynchronous, deadline: request.deadline - TIME_TO_ANSWER });
  const read = await readOwnJob(api.context, { ...request, jobId: job.jobId });
  const headers = {
    Location: jobPath(request.basePath, job.jobId),
    ...(!made && { 'Idempotency-Replayed': 'true' }),
    ...(asynchronous && { 'Preference-Applied': 'respond-async' }),
  };
  return answerJob(api.context, read, request, { status: made ? statusOfNew(read) : 200, headers });
}

/** 201 says that the outcome of every recipient is known. What is pending, or unknown until a person decides, is a 202. */
function statusOfNew({ batches }: JobWithBatches): 201 | 202 {
  const { pending, unknown } = countRecipients(batches);
  return pending + unknown === 0 ? 201 : 202;
}

/** Sends or queues a sealed job, or has its time looked at. Whatever fails now is not the caller's to repeat: the sweep takes it up. */
async function start(api: Api, { job, batches }: JobWithBatches, how: { asynchronous: boolean; deadline: number }): Promise<void> {
  const { jobId } = job;
  try {
    if (isScheduled(job)) await askDue(api.context, job);
    else if (job.batchCount > 1 || how.asynchronous) await queueJob(api.context, api.dispatchQueue, jobId, batches);
    else await sendBatch(api, { jobId, batch: 1, try: 1 }, { permitWait: WAIT_FOR_SLOT, deadline: how.deadline });
  } catch (error) {
    const { name, message, stack } = error as Error;
    api.logger.error('not started within the request', { jobId, error: { name, message, stack } });
  }
}

async function readSealed(api: Api, jobId: string): Promise<JobWithBatches> {
  const read = await readJob(api.context, jobId);
  if (!read) throw new Error(`${jobId} was sealed and is not there.`);
  return read;
}
