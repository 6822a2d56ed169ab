import * as z from 'zod/mini';
import { callerOf, type EventSources } from '../shared/env/event-sources.ts';
import type { Bus } from '../shared/event/bus.ts';
import { describeRefusal } from '../shared/event/details.ts';
import { REQUESTED, VERSION } from '../shared/event/event-names.ts';
import type { JobContext } from '../shared/job/context.ts';
import { askDue, isScheduled } from '../shared/job/due.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import { readJob } from '../shared/job/job-table.ts';
import { queueJob } from '../shared/job/queue-batches.ts';
import { isSendable } from '../shared/job/states.ts';
import type { EventCounters } from '../shared/metrics.ts';
import { invalidRequest, ProblemError, type ProblemType } from '../shared/problem/problem.ts';
import type { DispatchQueue } from '../shared/queues/dispatch-queue.ts';
import type { FilesQueue } from '../shared/queues/files-queue.ts';
import { acceptFileRequest } from '../shared/send-request/accept-file-request.ts';
import { acceptRequest } from '../shared/send-request/accept-request.ts';
import type { SendRules } from '../shared/send-request/check-request.ts';
import { namesFile } from '../shared/send-request/parse-body.ts';

/** What taking requests needs. */
export interface TakeRequestDeps {
  context: JobContext;
  rules: SendRules;
  sources: EventSources;
  dispatchQueue: DispatchQueue;
  tasks: FilesQueue;
  bus: Bus;
  counters: EventCounters;
}

/** A `Send Requested` as EventBridge delivers it. Its account is vouched for; its source was chosen by the sender. */
export const requestedSchema = z.object({
  id: z.string(),
  account: z.string(),
  source: z.string(),
  'detail-type': z.literal(REQUESTED),
  detail: z.record(z.string(), z.unknown()),
});
export type Requested = z.output<typeof requestedSchema>;

/** How a request went: its job, or the code of the problem for which it made none. */
export type Taken = { jobId: string; made: boolean } | { refused: string };

/** Problems that pass by themselves: the message comes again, and no event says so. */
const PASSING: readonly ProblemType[] = ['idempotency-key-in-use', 'internal-error', 'unavailable'];

/**
 * Steps an event into a job, as `POST /v1/jobs` would, and starts it. A request that may never become one is answered by the event
 * `Send Refused`. Safe to repeat: the same key and body always give the same job.
 * @throws Error when nothing could be decided, or when the refusal could not be published: the message must come again
 */
export async function takeRequest(deps: TakeRequestDeps, event: Requested): Promise<Taken> {
  const { id: eventId, account, source, detail } = event;
  const { idempotencyKey, version, ...body } = detail;
  const key = typeof idempotencyKey === 'string' ? idempotencyKey : '';
  try {
    const { job, made } = await acceptEvent(deps, event, key, version, body);
    await start(deps, job);
    return { jobId: job.jobId, made };
  } catch (error) {
    if (!(error instanceof ProblemError) || passes(error)) throw error;
    const { document } = error;
    const usable = document.code === 'idempotency-key-missing' ? undefined : key;
    const origin = { eventId, account, source };
    const refusal = describeRefusal(origin, callerOf(event), usable, document, deps.context.now());
    const failure = (await deps.bus.put([refusal])).get(refusal);
    if (failure) throw failure;
    return { refused: document.code };
  }
}

function acceptEvent(
  { context, rules, sources, counters }: TakeRequestDeps,
  event: Requested,
  key: string,
  version: unknown,
  body: object,
) {
  const { account, source } = event;
  const allowed = sources.find((one) => one.account === account && one.source === source);
  if (!allowed) {
    counters.unauthorisedSources(1);
    throw new ProblemError('source-not-allowed', 'This stage takes no requests from this account and source.');
  }
  if (version !== VERSION) throw invalidRequest([{ place: 'version', code: 'invalid-value', detail: `Must be ${VERSION}.` }]);
  const caller = callerOf(event);
  if (!namesFile(body)) return acceptRequest(context, rules, { caller, key, body });
  return acceptFileRequest(context, rules, { caller, key, body, uploader: allowed.owner });
}

/** Starts a job that has not been started, as its state shows: also one that an earlier run created and left. */
async function start({ context, dispatchQueue, tasks }: TakeRequestDeps, job: JobItem): Promise<void> {
  const { jobId } = job;
  if (job.status === 'preparing') await tasks.send({ task: 'split', jobId });
  else if (isScheduled(job)) await askDue(context, job);
  else if (isSendable(job.status) && job.queuedAt === undefined) {
    await queueJob(context, dispatchQueue, jobId, (await readJob(context, jobId))?.batches ?? []);
  }
}

function passes({ document }: ProblemError): boolean {
  return PASSING.includes(document.code);
}
