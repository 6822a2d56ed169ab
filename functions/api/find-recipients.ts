import type { BatchItem } from '../shared/job/batch-item.ts';
import type { JobContext } from '../shared/job/context.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import { readJob } from '../shared/job/job-table.ts';
import { getPayloads } from '../shared/job/payload.ts';
import { readAnswers, resultsOf } from '../shared/job/results.ts';
import { normalisePhone } from '../shared/message/phone.ts';
import { mayHavePhone } from '../shared/message/phone-hint.ts';
import { invalidRequest } from '../shared/problem/problem.ts';
import type { Api } from './api-deps.ts';
import { type ApiRequest, callerAskedFor } from './api-request.ts';
import { openJobStream, type StreamPosition } from './jobs-of-callers.ts';
import { readTimes } from './list-jobs.ts';
import { cursorOf, integerOf, type Query, writeCursor } from './query.ts';
import type { AnswerBody } from './response-schemas.ts';
import { json } from './responses.ts';

type Found = AnswerBody<'FoundRecipients'>['items'][number];

/** What one call may cost: batches whose recipients are read, and jobs that are passed over in the index. */
const MOST_BATCHES = 2_500;
const MOST_JOBS = 100_000;
/** Batches of one job are read this many at a time. */
const BATCHES_AT_ONCE = 100;
/** Kept for the answer, out of the function's time (milliseconds); a search ends after half a gateway's time in any case. */
const TIME_TO_ANSWER = 3_000;
const LONGEST_SEARCH = 15_000;

/** Where a search goes on: in the streams of the callers, and in a job that was not read to its end from this batch on. */
type Position = [stream: StreamPosition, firstBatch: number];

/**
 * `GET /v1/recipients`: what was sent to a phone, over all jobs that the caller may see, newest first. Nothing is written for it when a
 * message is sent: it reads the recipients of the jobs, within a budget, and says until when it looked.
 */
export async function findRecipients({ context }: Api, request: ApiRequest) {
  const { query, deadline } = request;
  const limit = integerOf(query, 'limit', { least: 1, most: 100, otherwise: 20 });
  const phone = phoneOf(query);
  const { from, to } = readTimes(query);
  const callers = query.caller === undefined ? [request.caller, ...request.owns] : [callerAskedFor(request)];
  const bound = [phone, from, to, ...callers];
  const [start, firstBatch] = cursorOf(query, isPosition, bound) ?? [undefined, 0];
  const stream = openJobStream(context, callers, { atLeast: from ?? '0000', upTo: to ?? '9999' }, start);
  const budget = { batches: MOST_BATCHES, jobs: MOST_JOBS, until: Math.min(deadline - TIME_TO_ANSWER, Date.now() + LONGEST_SEARCH) };
  const items: Found[] = [];
  let searchedUntil: string | undefined;
  let batch = firstBatch;
  let more = false;
  for (;;) {
    const entry = await stream.peek();
    if (!entry) break;
    more = items.length >= limit || budget.batches <= 0 || budget.jobs <= 0 || Date.now() > budget.until;
    if (more) break;
    budget.jobs -= 1;
    if (mayHavePhone(entry.phoneHint, phone) && (to === undefined || entry.createdAt < to)) {
      const looked = await lookInJob(context, entry.jobId, phone, batch, budget);
      if (looked.job && callers.includes(looked.job.caller)) items.push(...looked.items);
      if (looked.next !== undefined) {
        batch = looked.next;
        more = true;
        break;
      }
    }
    batch = 0;
    stream.take();
    searchedUntil = entry.createdAt;
  }
  const next = more ? writeCursor([stream.position(), batch] satisfies Position, bound) : undefined;
  return json(200, 'FoundRecipients', { items, next, searchedUntil: more ? searchedUntil : (from ?? searchedUntil) });
}

/** Looks for a phone in the batches of a job, from one of them on, as far as the budget goes. */
async function lookInJob(context: JobContext, jobId: string, phone: string, first: number, budget: { batches: number; until: number }) {
  const read = await readJob(context, jobId);
  if (!read) return { items: [] };
  const { job, batches } = read;
  const items: Found[] = [];
  for (let at = first; at < batches.length; at += BATCHES_AT_ONCE) {
    if (at > first && (budget.batches <= 0 || Date.now() > budget.until)) return { job, items, next: at };
    const part = batches.slice(at, at + BATCHES_AT_ONCE);
    budget.batches -= part.length;
    items.push(...(await lookInBatches(context, job, part, phone)));
  }
  return { job, items };
}

async function lookInBatches(context: JobContext, job: JobItem, batches: readonly BatchItem[], phone: string): Promise<Found[]> {
  const payloads = await getPayloads(context, job, batches, phone);
  const holding = batches.filter(({ batch }) => payloads.has(batch));
  const answers = await readAnswers(context, holding);
  const results = resultsOf(job);
  const { jobId, caller, createdAt } = job;
  return holding.flatMap((batch) => {
    const payload = payloads.get(batch.batch);
    const all = payload ? [...results(batch, payload, answers.get(batch.batch))] : [];
    return all.filter((result) => result.phone === phone).map((result) => ({ ...result, jobId, caller, createdAt }));
  });
}

function phoneOf({ phone: written }: Query): string {
  const phone = written === undefined ? undefined : normalisePhone(written);
  if (phone) return phone;
  const detail = written === undefined ? 'It is missing.' : 'Not a mobile number.';
  throw invalidRequest([{ place: 'phone', code: written === undefined ? 'missing' : 'phone-malformed', detail }]);
}

function isPosition(value: unknown): value is Position {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [stream, batch] = value as unknown[];
  return Array.isArray(stream) && stream.every(isStreamPosition) && Number.isInteger(batch) && (batch as number) >= 0;
}

function isStreamPosition(at: unknown): boolean {
  if (at === null || at === 'end') return true;
  return Array.isArray(at) && at.length === 2 && /^job_[0-9A-Z]{26}$/.test(String(at[0])) && /^[-\d:.TZ]{24}$/.test(String(at[1]));
}
