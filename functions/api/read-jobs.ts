import { setTimeout as sleep } from 'node:timers/promises';
import { mayActFor } from '../shared/caller/caller.ts';
import type { JobContext } from '../shared/job/context.ts';
import { type JobWithBatches, readJob } from '../shared/job/job-table.ts';
import { countRecipients } from '../shared/job/states.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { answerJob, batchResources, timelineOf } from './job-resource.ts';
import { cursorOf, integerOf, writeCursor } from './query.ts';
import { json } from './responses.ts';
import { entityTagOf, isUnchanged } from './revision.ts';

/** Between two looks at a job that is waited for (milliseconds), growing. */
const FIRST_LOOK = 100;
const LAST_LOOK = 1_000;

const PAGE = { least: 1, most: 100, otherwise: 20 };

/** `GET /v1/jobs/{jobId}`, with `wait` in seconds: answers as soon as nothing is pending any more. */
export async function getJob(api: Api, request: ApiRequest) {
  const { context, longestWait } = api;
  const wait = integerOf(request.query, 'wait', { least: 0, most: longestWait, otherwise: 0 });
  const until = Math.min(Date.now() + wait * 1000, request.deadline - 2_000);
  let read = await readOwnJob(context, request);
  for (let pause = FIRST_LOOK; isPending(read) && Date.now() + pause < until; pause = Math.min(LAST_LOOK, pause * 1.5)) {
    await sleep(pause);
    read = await readOwnJob(context, request);
  }
  if (isUnchanged(read, request.header('if-none-match'))) return { statusCode: 304, headers: { ETag: entityTagOf(read) }, body: '' };
  return answerJob(api, read, request);
}

/** `GET /v1/jobs/{jobId}/batches` */
export async function listBatches(api: Api, request: ApiRequest) {
  const { job, batches } = await readOwnJob(api.context, request);
  const { items, next } = page(request, batches);
  return json(200, 'Batches', { items: await batchResources(api, job, items), next });
}

/** `GET /v1/jobs/{jobId}/timeline` */
export async function listTimeline({ context }: Api, request: ApiRequest) {
  const { job, batches } = await readOwnJob(context, request);
  return json(200, 'Timeline', page(request, timelineOf(job, batches)));
}

/** Reads a job of the caller or of an event source that it owns; an operator reads any job. @throws ProblemError 404, also for another caller's job */
export async function readOwnJob(context: JobContext, request: ApiRequest): Promise<JobWithBatches> {
  const read = await readJob(context, request.jobId);
  if (read && mayActFor(request, read.job.caller)) return read;
  throw new ProblemError('not-found', 'There is no such job.');
}

function page<Item>(request: ApiRequest, all: readonly Item[]) {
  const limit = integerOf(request.query, 'limit', PAGE);
  const start =
    cursorOf(request.query, (value): value is number => Number.isInteger(value) && (value as number) >= 0, [request.jobId]) ?? 0;
  const end = start + limit;
  return { items: all.slice(start, end), next: end < all.length ? writeCursor(end, [request.jobId]) : undefined };
}

function isPending({ job, batches }: JobWithBatches): boolean {
  return job.status === 'preparing' || countRecipients(batches).pending > 0;
}
