import { sendBatch } from '../shared/dispatch/send-batch.ts';
import { lookBeforeSending, sendNow } from '../shared/dispatch/send-now.ts';
import { createJob as createWaitingJob } from '../shared/job/create-job.ts';
import { askDue, isScheduled } from '../shared/job/due.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import { inlineBatchOf, type JobWithBatches, readJob } from '../shared/job/job-table.ts';
import type { Lookup } from '../shared/job/look-up-key.ts';
import { soleInlinePayload } from '../shared/job/new-job.ts';
import { queueJob } from '../shared/job/queue-batches.ts';
import { countRecipients } from '../shared/job/states.ts';
import { type IncomingRequest, readIncoming, sealedJob, toSendRequest } from '../shared/send-request/accept-request.ts';
import { namesFile } from '../shared/send-request/parse-body.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { createFromFile } from './create-file-job.ts';
import { readDryRun } from './dry-run.ts';
import { answerJob, jobPath } from './job-resource.ts';
import { preview } from './preview.ts';
import { readQuery } from './query.ts';

/** Kept for the answer to the caller, out of the function's time (milliseconds). */
const TIME_TO_ANSWER = 1_000;
/** A caller waits this long for a free slot before the queue takes over (milliseconds). */
const WAIT_FOR_SLOT = 2_000;

/** A job as this request found or left it. */
type Created = JobWithBatches & { made: boolean };

/**
 * `POST /v1/jobs`. A job of one batch is sent within the request: 201 with the provider's answer. 202 while it has none: with more
 * batches, no free slot, `Prefer: respond-async`, or a time to come. The same key and body again: 200 with the same job, whatever its
 * state. With `dryRun`, what a preview answers: nothing is stored or sent.
 */
export async function createJob(api: Api, asked: ApiRequest) {
  const { dryRun, request } = readDryRun(asked);
  if (dryRun) return preview(api, request);
  readQuery(request.query, null);
  const body = request.body();
  if (namesFile(body)) return createFromFile(api, request);
  const asynchronous = /\brespond-async\b/i.test(request.header('prefer') ?? '');
  return answerCreated(api, request, await create(api, request, { body }, asynchronous), asynchronous);
}

/** Answers with a job that was created, or was there. */
export function answerCreated(api: Api, request: ApiRequest, { made, ...read }: Created, asynchronous: boolean) {
  const headers = {
    Location: jobPath(request.basePath, read.job.jobId),
    ...(!made && { 'Idempotency-Replayed': 'true' }),
    ...(asynchronous && { 'Preference-Applied': 'respond-async' }),
  };
  return answerJob(api, read, request, { status: made ? statusOfNew(read) : 200, headers });
}

/** 201 says that the outcome of every recipient is known. What is pending, or unknown until a person decides, is a 202. */
function statusOfNew({ batches }: JobWithBatches): 201 | 202 {
  const { pending, unknown } = countRecipients(batches);
  return pending + unknown === 0 ? 201 : 202;
}

/** Creates and starts the job of a request, or finds the one that its key stands for. @throws ProblemError */
export async function create(
  api: Api,
  { caller, header, deadline }: ApiRequest,
  asked: Pick<IncomingRequest, 'body' | 'hash' | 'resendOf'>,
  asynchronous: boolean,
): Promise<Created> {
  const { context, rules } = api;
  const incoming = readIncoming(rules, { caller, key: header('idempotency-key') ?? '', ...asked });
  const look = await lookBeforeSending(api, incoming);
  if (look.lookup.kind !== 'free') return found(api, look.lookup);
  const { seen } = look.lookup;
  const request = toSendRequest(rules, incoming, seen, context.now());
  const payload = asynchronous || request.time?.scheduler === 'eventbridge' ? undefined : soleInlinePayload(request);
  const budget = { permitWait: WAIT_FOR_SLOT, deadline: deadline - TIME_TO_ANSWER };
  const sent = payload === undefined ? undefined : await sendNow(api, request, payload, { ...look, seen }, budget);
  if (sent && !('made' in sent)) return found(api, sent);
  if (sent?.failure) logFailure(api, sent.job.jobId, sent.failure);
  if (sent) return { made: true, job: sent.job, batches: sent.batches };
  const created = await createWaitingJob(context, request, seen);
  if (!('made' in created)) return found(api, created);
  // What sendNow could not send now is for the queue.
  return start(api, created.job, { queued: asynchronous || payload !== undefined, deadline: budget.deadline });
}

/** The job that the key stands for. @throws ProblemError when it stands for none */
async function found({ context }: Api, lookup: Lookup): Promise<Created> {
  const job = sealedJob(lookup);
  const inline = inlineBatchOf(job);
  const read = inline ? { job, batches: [inline] } : await readJob(context, job.jobId);
  return { ...(read ?? { job, batches: [] }), made: false };
}

/** Sends or queues a new job, or has its time looked at. What fails now is not the caller's to repeat: the sweep takes it up. */
async function start(api: Api, job: JobItem, how: { queued: boolean; deadline: number }): Promise<Created> {
  const { context } = api;
  const { jobId, batchCount } = job;
  const batches = Array.from({ length: batchCount }, (_, index) => ({ batch: index + 1, try: 1, state: 'waiting' as const }));
  try {
    if (isScheduled(job)) await askDue(context, job);
    else if (batchCount > 1 || how.queued) await queueJob(context, api.dispatchQueue, jobId, batches);
    else await sendBatch(api, { jobId, batch: 1, try: 1 }, { permitWait: WAIT_FOR_SLOT, deadline: how.deadline });
  } catch (error) {
    logFailure(api, jobId, error as Error);
  }
  const read = await readJob(context, jobId);
  if (!read) throw new Error(`${jobId} was sealed and is not there.`);
  return { ...read, made: true };
}

function logFailure({ logger }: Api, jobId: string, error: Error): void {
  logger.error('not started within the request', { jobId, error });
}
