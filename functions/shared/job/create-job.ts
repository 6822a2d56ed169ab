import { type Condition, is, isGone } from '../dynamodb/conditions.ts';
import { jobKey, remainingKey } from '../dynamodb/keys.ts';
import { recipientCount } from '../message/message.ts';
import { parallel } from '../parallel.ts';
import type { BatchItem } from './batch-item.ts';
import type { JobContext } from './context.ts';
import { CREATING, expiryOf } from './deadlines.ts';
import { jobIdOf } from './job-id.ts';
import type { CreatingJob, DueJob, JobItem, JobRecord, ScheduledJob } from './job-item.ts';
import { isUnwritten, putNewBatch, toInline } from './job-table.ts';
import { type Lookup, lookUp, lookUpIn } from './look-up-key.ts';
import {
  dueOf,
  hintOf,
  newBatches,
  newJob,
  type SendRequest,
  type SendRequestHead,
  sealedStatus,
  sizeOf,
  soleBatch,
  soleInlinePayload,
} from './new-job.ts';
import { putPayload } from './payload.ts';
import { type ReachedLimit, returnToDay, takeFromDay } from './quota.ts';

/** A job that this request created. */
export interface Created {
  made: true;
  job: DueJob | ScheduledJob;
}

/**
 * Creates the job of a free key. A job of one batch with short recipients is one conditional write; any other writes a `creating` item,
 * payloads, batches, and last the job itself, which is the seal. It may be stopped after any write and taken over by the next request with
 * the same key.
 * @returns the job with `made: true`, or what the key stands for when another request was first
 */
export async function createJob(context: JobContext, request: SendRequest, seen?: CreatingJob): Promise<Created | Lookup> {
  const payload = soleInlinePayload(request);
  if (payload !== undefined) return createSole(context, request, payload, soleBatch(context, request), seen);
  const owned = await ownKey(context, request, seen);
  if (!owned) return lookUp(context, request.caller, request.key, request.hash);
  const limit = await countOnce(context, request, owned);
  if (limit) return { kind: 'over-limit', limit };
  const batches = newBatches(context, request);
  const { jobId, expiresAt } = owned;
  await parallel(request.batches, (one, index) => putPayload(context, jobId, index + 1, one, expiresAt));
  const { createdAt } = request.snapshot;
  if (batches.length > 1) {
    await parallel(batches, (batch) => putNewBatch(context, batch, createdAt));
    const remaining = { ...remainingKey(jobId), remaining: batches.length, expiresAt, jobCreatedAt: createdAt };
    await context.table.put(remaining, [isUnwritten(createdAt)]);
  }
  const only = batches.length === 1 && batches[0] ? { only: toInline(batches[0]) } : {};
  const job = {
    ...newJob(context, request, sealedStatus(request.time)),
    ...sizeOf(batches),
    ...hintOf(request),
    removed: request.removed,
    ...only,
  };
  return sealJob(context, request, job as DueJob | ScheduledJob, [is('status', 'creating'), is('owner', owned.owner)]);
}

/** Creates a job of one batch by one write. @param batch as it is from then on: waiting, or claimed by this request */
export async function createSole(
  context: JobContext,
  request: SendRequest,
  payload: string,
  batch: BatchItem,
  seen?: CreatingJob,
): Promise<Created | Lookup> {
  const limit = seen?.counted ? undefined : await takeFromDay(context, batch.recipients, request.dailyLimits);
  if (limit) return { kind: 'over-limit', limit };
  const status = batch.state === 'sending' ? 'sending' : sealedStatus(request.time);
  const content = { ...sizeOf([batch]), ...hintOf(request), removed: request.removed, payload, only: toInline(batch) };
  const job = { ...newJob(context, request, status), ...content };
  const free = seen
    ? [is('status', 'creating'), is('owner', seen.owner), is('creatingUntil', seen.creatingUntil)]
    : [isGone(context.now())];
  const created = await sealJob(context, request, job as DueJob | ScheduledJob, free);
  if (!('made' in created) && !seen?.counted) await returnToDay(context, batch.recipients, request.dailyLimits);
  return created;
}

/** Puts a job, under these conditions. The answer may get lost: the random id in `sealedBy` says whose it is. */
export async function sealJob<Job extends JobItem>(
  context: JobContext,
  request: SendRequestHead,
  job: Job,
  conditions: readonly Condition[],
): Promise<{ made: true; job: Job } | Lookup> {
  if (await context.table.put(job, conditions)) return { made: true, job };
  const found = await context.table.get<JobRecord>(jobKey(job.jobId));
  if (found && 'sealedBy' in found && found.sealedBy === job.sealedBy) return { made: true, job: found as Job };
  return lookUpIn(found, request.hash, context.now());
}

/** Takes a free key, or takes it over from a request that was cut off. @returns `undefined` when another was faster */
async function ownKey(context: JobContext, request: SendRequestHead, seen: CreatingJob | undefined): Promise<CreatingJob | undefined> {
  const jobId = jobIdOf(request.caller, request.key);
  const owner = context.randomId();
  const creatingUntil = context.now() + CREATING;
  const found = seen
    ? await context.table.update<JobRecord>(jobKey(jobId), { set: { owner, creatingUntil } }, [
        is('status', 'creating'),
        is('creatingUntil', seen.creatingUntil),
        is('owner', seen.owner),
      ])
    : await putCreating(context, request, jobId, owner, creatingUntil);
  const record = found ?? (await context.table.get<JobRecord>(jobKey(jobId)));
  return record?.status === 'creating' && record.owner === owner ? record : undefined;
}

async function putCreating(
  context: JobContext,
  request: SendRequestHead,
  jobId: string,
  owner: string,
  creatingUntil: number,
): Promise<CreatingJob | undefined> {
  const { hash, snapshot } = request;
  const expiresAt = expiryOf(dueOf(request), request.retentionDays);
  const item: CreatingJob = { ...jobKey(jobId), jobId, status: 'creating', hash, snapshot, owner, creatingUntil, expiresAt };
  return (await context.table.put(item, [isGone(context.now())])) ? item : undefined;
}

/** Takes the job's recipients out of the day's limits, once, however often its creation is taken over. @returns one that leaves no room */
async function countOnce(context: JobContext, request: SendRequest, owned: CreatingJob): Promise<ReachedLimit | undefined> {
  if (owned.counted || request.dailyLimits.limits.length === 0) return undefined;
  const recipients = request.batches.reduce((sum, payload) => sum + recipientCount(payload), 0);
  const reached = await takeFromDay(context, recipients, request.dailyLimits);
  const set = reached ? { creatingUntil: context.now() } : { counted: true };
  await context.table.update(jobKey(owned.jobId), { set }, [is('status', 'creating'), is('owner', owned.owner)]);
  return reached;
}
