import { admissionOf } from '../shared/dispatch/circuit-breaker.ts';
import { readLimiter } from '../shared/dispatch/rate-limiter.ts';
import { callerIndexKey } from '../shared/dynamodb/keys.ts';
import type { BatchItem } from '../shared/job/batch-item.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import { readJob } from '../shared/job/job-table.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { json } from './responses.ts';
import { slotsInUse } from './waiting-reasons.ts';

/** The last answers are looked for in this many of the newest jobs. */
const JOBS = 20;
const ANSWERS = 10;

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

/** `GET /v1/provider`: whether it is called at the moment, how many calls are open, and what it answered last to jobs that the caller may see. */
export async function getProvider({ context, callLimits }: Api, request: ApiRequest) {
  const { maxConcurrentCalls, callsPerSecond } = callLimits;
  const [limiter, lastAnswers] = await Promise.all([readLimiter(context), readLastAnswers({ context }, request)]);
  const now = context.now();
  const admission = admissionOf(limiter ?? {}, now);
  return json(200, 'Provider', {
    breaker: {
      state: admission.kind,
      failures: limiter?.failures ?? 0,
      until: admission.kind === 'open' ? iso(admission.until) : undefined,
    },
    slots: { inUse: slotsInUse(limiter, callLimits, now), limit: maxConcurrentCalls },
    rate: {
      perSecond: callsPerSecond ?? undefined,
      nextCall: limiter?.next !== undefined && limiter.next > now ? iso(limiter.next) : undefined,
    },
    lastAnswers,
  });
}

/** The newest outcomes of calls: derived from the newest jobs, so that no call has to write anything for it. */
async function readLastAnswers({ context }: Pick<Api, 'context'>, { caller, owns }: Pick<ApiRequest, 'caller' | 'owns'>) {
  const pages = await Promise.all(
    [caller, ...owns].map((one) =>
      context.table.keys({ index: 'byCaller', partition: callerIndexKey(one), newestFirst: true, limit: JOBS }),
    ),
  );
  const jobIds = pages.flatMap(({ keys }) => keys.map(({ pk }) => pk.slice('JOB#'.length)));
  const found = await Promise.all(jobIds.map((jobId) => readJob(context, jobId)));
  const answers = found.flatMap((read) => (read ? read.batches.flatMap((batch) => answerOf(read.job, batch)) : []));
  return answers.toSorted((one, other) => other.at.localeCompare(one.at)).slice(0, ANSWERS);
}

function answerOf({ jobId }: JobItem, { batch, code, httpStatus, reason, timeline }: BatchItem) {
  const last = timeline.findLast(({ event }) => event !== 'sending' && event !== 'waiting' && event !== 'queued');
  if (code === undefined || !last) return [];
  return [{ at: iso(last.at), jobId, batch, code, httpStatus: httpStatus ?? undefined, reason }];
}
