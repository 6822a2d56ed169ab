import type { JobItem } from '../shared/job/items.ts';
import { countRecipients } from '../shared/job/states.ts';
import { placeOrder } from '../shared/order/place.ts';
import { sendBatch } from '../shared/send.ts';
import { json } from './answer.ts';
import type { Api } from './api.ts';
import { readOwnJob } from './read.ts';
import type { ApiRequest } from './request.ts';
import { jobResource } from './resource.ts';

/** Kept for the answer to the caller, out of the function's time (milliseconds). */
const TIME_TO_ANSWER = 1_000;

/**
 * `POST /v1/jobs`. A job of one batch is sent within the request: 201 with the provider's answer, or 202 while it has none. The
 * same key and body again: 200 with the same job, whatever became of it.
 */
export async function createJob(api: Api, request: ApiRequest) {
  const key = request.header('idempotency-key') ?? '';
  const { job, made } = await placeOrder(api.store, api.rules, { caller: request.caller, key, body: request.body() });
  if (made) await sendNow(api, job, request.deadline - TIME_TO_ANSWER);
  const read = await readOwnJob(api.store, { ...request, jobId: job.jobId });
  const resource = await jobResource(api.store, read);
  const headers = { Location: `/v1/jobs/${job.jobId}`, ...(!made && { 'Idempotency-Replayed': 'true' }) };
  if (!made) return json(200, resource, headers);
  return json(countRecipients(read.batches).pending === 0 ? 201 : 202, resource, headers);
}

/** The job is sealed: whatever fails now is not the caller's to repeat, and the sweep takes it up. */
async function sendNow(api: Api, { jobId }: JobItem, deadline: number): Promise<void> {
  try {
    await sendBatch(api, { jobId, batch: 1, try: 1 }, deadline);
  } catch (error) {
    const { name, message } = error as Error;
    api.logger.error('not sent within the request', { jobId, error: { name, message } });
  }
}
