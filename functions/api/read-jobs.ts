import { setTimeout as sleep } from 'node:timers/promises';
import { callerIndexKey, INDEXES, jobKey, type Key, statusIndexKey } from '../shared/dynamodb/keys.ts';
import type { IndexQuery } from '../shared/dynamodb/table.ts';
import { type JobWithBatches, readJob } from '../shared/job/batches.ts';
import type { JobContext } from '../shared/job/context.ts';
import { countRecipients, JOB_STATUSES } from '../shared/job/states.ts';
import { parallel } from '../shared/parallel.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { answerJob, batchResources, jobSummary, timelineOf } from './job-resource.ts';
import { choiceOf, cursorOf, integerOf, writeCursor } from './query.ts';
import { json } from './responses.ts';
import { entityTagOf, isUnchanged } from './revision.ts';

/** Between two looks at a job that is waited for (milliseconds), growing. */
const FIRST_LOOK = 100;
const LAST_LOOK = 1_000;

const PAGE = { least: 1, most: 100, otherwise: 20 };

/** `GET /v1/jobs/{jobId}`, with `wait` in seconds: answers as soon as nothing is pending any more. */
export async function getJob({ context, longestWait }: Api, request: ApiRequest) {
  const wait = integerOf(request.query, 'wait', { least: 0, most: longestWait, otherwise: 0 });
  const until = Math.min(Date.now() + wait * 1000, request.deadline - 2_000);
  let read = await readOwnJob(context, request);
  for (let pause = FIRST_LOOK; isPending(read) && Date.now() + pause < until; pause = Math.min(LAST_LOOK, pause * 1.5)) {
    await sleep(pause);
    read = await readOwnJob(context, request);
  }
  if (isUnchanged(read, request.header('if-none-match'))) return { statusCode: 304, headers: { ETag: entityTagOf(read) }, body: '' };
  return answerJob(context, read, request);
}

/** `GET /v1/jobs`: the caller's jobs, or those of a caller by event that it owns, newest first, all or those in one status. */
export async function listJobs({ context }: Api, request: ApiRequest) {
  const limit = integerOf(request.query, 'limit', PAGE);
  const status = choiceOf(request.query, 'status', JOB_STATUSES);
  const caller = choiceOf(request.query, 'caller', [request.caller, ...request.owns]) ?? request.caller;
  const query =
    status === undefined
      ? { index: 'byCaller' as const, partition: callerIndexKey(caller) }
      : { index: 'byStatus' as const, partition: statusIndexKey(caller, status) };
  const filters = [caller, status];
  const from = cursorOf(request.query, isJobPosition, filters);
  const page = await context.table.keys({ ...query, newestFirst: true, limit, from: from && indexKeyAt(query, from) });
  const jobs = await parallel(page.keys, ({ pk }: Key) => readJob(context, pk.slice('JOB#'.length)), 4);
  const found = jobs.filter((read): read is JobWithBatches => read !== undefined && read.job.caller === caller);
  const items = found.map(jobSummary);
  const last = page.next as IndexedJob | undefined;
  const position: JobPosition | undefined = last && [last.pk.slice('JOB#'.length), last.createdAt];
  return json(200, 'Jobs', { items, next: position && writeCursor(position, filters) });
}

/** `GET /v1/jobs/{jobId}/batches` */
export async function listBatches({ context }: Api, request: ApiRequest) {
  const { batches } = await readOwnJob(context, request);
  const { items, next } = page(request, batches);
  return json(200, 'Batches', { items: await batchResources(context, items), next });
}

/** `GET /v1/jobs/{jobId}/timeline` */
export async function listTimeline({ context }: Api, request: ApiRequest) {
  const { job, batches } = await readOwnJob(context, request);
  return json(200, 'Timeline', page(request, timelineOf(job, batches)));
}

/** Reads a job of the caller, or of a caller by event that it owns. @throws ProblemError 404, also for a job of somebody else */
export async function readOwnJob(context: JobContext, { jobId, caller, owns }: ApiRequest): Promise<JobWithBatches> {
  const read = await readJob(context, jobId);
  if (read && [caller, ...owns].includes(read.job.caller)) return read;
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

/** A key of an index of jobs points to a job by when it was made. */
type IndexedJob = Key & { createdAt: string };

/** Where a page of jobs starts: after this one. Whose jobs they are is no part of it, so nobody's cursor shows somebody else's. */
type JobPosition = [jobId: string, createdAt: string];

function isJobPosition(value: unknown): value is JobPosition {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [jobId, createdAt] = value as unknown[];
  return (
    typeof jobId === 'string' && /^job_[0-9A-Z]{26}$/.test(jobId) && typeof createdAt === 'string' && /^[-\d:.TZ]{24}$/.test(createdAt)
  );
}

function indexKeyAt({ index, partition }: Pick<IndexQuery, 'index' | 'partition'>, [jobId, createdAt]: JobPosition) {
  return { ...jobKey(jobId), [INDEXES[index].partition]: partition, createdAt };
}
