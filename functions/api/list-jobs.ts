import { callerIndexKey, INDEXES, jobKey, type Key, referenceIndexKey, statusIndexKey } from '../shared/dynamodb/keys.ts';
import type { IndexQuery } from '../shared/dynamodb/table.ts';
import type { JobContext } from '../shared/job/context.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import { inlineBatchOf, type JobWithBatches, readJob, readJobHeads } from '../shared/job/job-table.ts';
import { isFinal, JOB_STATUSES, type JobStatus } from '../shared/job/states.ts';
import { parallel } from '../shared/parallel.ts';
import type { Api } from './api-deps.ts';
import { type ApiRequest, callerAskedFor } from './api-request.ts';
import { currentStatus, jobSummary } from './job-resource.ts';
import { choiceOf, cursorOf, instantOf, integerOf, type Query, writeCursor } from './query.ts';
import { json } from './responses.ts';

/** One call looks at this many jobs at most: a filter that few jobs pass gives short pages, and not a late answer. */
const MOST_LOOKED_AT = 1_000;

/** Earlier and later than any job. */
const EARLIEST = '0000';
const LATEST = '9999';

/** What a list is asked for. */
interface Filters {
  caller: string;
  status: JobStatus | undefined;
  reference: string | undefined;
  /** RFC 3339, of when they were made: from the first on, before the second. */
  from: string | undefined;
  to: string | undefined;
}

/** `GET /v1/jobs`: summaries of the caller's jobs, or of those of a caller by event that it owns, newest first. */
export async function listJobs({ context }: Api, request: ApiRequest) {
  const limit = integerOf(request.query, 'limit', { least: 1, most: 100, otherwise: 20 });
  const filters = readFilters(request);
  const bound = Object.values(filters);
  let position = cursorOf(request.query, isJobPosition, bound);
  const items: JobWithBatches[] = [];
  for (let lookedAt = 0; lookedAt < MOST_LOOKED_AT; ) {
    const page = await context.table.keys(queryOf(filters, limit, position));
    lookedAt += page.keys.length;
    const found = await readInOrder(context, page.keys);
    const fitting = found.filter((read) => fits(read, filters));
    const taken = fitting.slice(0, limit - items.length);
    items.push(...taken);
    const last = page.next as (Key & { createdAt: string }) | undefined;
    const lastShown = taken.length < fitting.length ? taken.at(-1)?.job : undefined;
    position = lastShown ? [lastShown.jobId, lastShown.createdAt] : last && [last.pk.slice('JOB#'.length), last.createdAt];
    if (!position || items.length === limit) break;
  }
  return json(200, 'Jobs', { items: items.map(jobSummary), next: position && writeCursor(position, bound) });
}

function readFilters(request: ApiRequest): Filters {
  const { query } = request;
  return {
    caller: callerAskedFor(request),
    status: choiceOf(query, 'status', JOB_STATUSES),
    reference: query.reference,
    ...readTimes(query),
  };
}

/** The bounds of a time: `from` on, before `to`. @throws ProblemError that names what is no time */
export function readTimes(query: Query): Pick<Filters, 'from' | 'to'> {
  return { from: instantOf(query, 'from'), to: instantOf(query, 'to') };
}

/** The index that holds the fewest jobs beside those that are asked for. Completed jobs are in none by status. */
function queryOf({ caller, status, reference, from, to }: Filters, limit: number, position: JobPosition | undefined): IndexQuery {
  const query =
    reference !== undefined
      ? ({ index: 'byReference', partition: referenceIndexKey(caller, reference) } as const)
      : status !== undefined && status !== 'completed'
        ? ({ index: 'byStatus', partition: statusIndexKey(caller, status) } as const)
        : ({ index: 'byCaller', partition: callerIndexKey(caller) } as const);
  const within = { atLeast: from ?? EARLIEST, upTo: to ?? LATEST };
  const start = position && { ...jobKey(position[0]), [INDEXES[query.index].partition]: query.partition, createdAt: position[1] };
  return { ...query, ...within, newestFirst: true, limit, ...(start && { from: start }) };
}

function fits(read: JobWithBatches, { caller, status, reference, to }: Filters): boolean {
  const { job } = read;
  if (job.caller !== caller || (reference !== undefined && job.reference !== reference)) return false;
  // The bounds of an index are both inclusive.
  if (to !== undefined && job.createdAt >= to) return false;
  return status === undefined || currentStatus(read) === status;
}

/** Jobs in the order of the index: the batches of a job that is over, or has a single one, need no reading. */
async function readInOrder(context: JobContext, keys: readonly Key[]): Promise<JobWithBatches[]> {
  const heads = await readJobHeads(
    context,
    keys.map(({ pk }) => pk.slice('JOB#'.length)),
  );
  const byKey = new Map(heads.map((job) => [job.pk, job]));
  const ordered = keys.map(({ pk }) => byKey.get(pk)).filter((job): job is JobItem => job !== undefined);
  const reads = await parallel(ordered, (job) => completeHead(context, job), 4);
  return reads.filter((read) => read !== undefined);
}

async function completeHead(context: JobContext, job: JobItem): Promise<JobWithBatches | undefined> {
  const inline = inlineBatchOf(job);
  if (inline) return { job, batches: [inline] };
  return isFinal(job.status) || job.batchCount === 0 ? { job, batches: [] } : readJob(context, job.jobId);
}

/** Where a page of jobs starts: after this one. The cursor is bound to the caller of the jobs, too. */
type JobPosition = [jobId: string, createdAt: string];

function isJobPosition(value: unknown): value is JobPosition {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [jobId, createdAt] = value as unknown[];
  return isJobId(jobId) && typeof createdAt === 'string' && /^[-\d:.TZ]{24}$/.test(createdAt);
}

function isJobId(value: unknown): value is string {
  return typeof value === 'string' && /^job_[0-9A-Z]{26}$/.test(value);
}
