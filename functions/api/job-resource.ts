import type { APIGatewayProxyResult } from 'aws-lambda';
import { splitList } from '../shared/customsend/answer-content.ts';
import type { BatchItem } from '../shared/job/batch-item.ts';
import type { JobFile } from '../shared/job/job-file.ts';
import type { JobItem } from '../shared/job/job-item.ts';
import type { JobWithBatches } from '../shared/job/job-table.ts';
import { readAnswers } from '../shared/job/results.ts';
import { countRecipients, type JobStatus, outcomeOf, statusOf } from '../shared/job/states.ts';
import type { TimelineEntry } from '../shared/job/timeline.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import type { AnswerBody } from './response-schemas.ts';
import { json } from './responses.ts';
import { entityTagOf } from './revision.ts';
import { readWaitingReasons } from './waiting-reasons.ts';

/** What is needed to show a job: its table, and the limits that its batches may wait for. */
type JobReader = Pick<Api, 'context' | 'callLimits'>;

/** The most batches, and entries of its timeline, that a job shows; the rest has addresses of its own. */
const SHOWN = 20;

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

/**
 * The job as every operation answers it. Its status follows from the batches as they are now, not from the last roll-up.
 * @param basePath what stands before `/v1` in the caller's addresses
 */
export async function jobResource(api: JobReader, { job, batches }: JobWithBatches, basePath: string): Promise<AnswerBody<'Job'>> {
  const shown = batches.slice(0, SHOWN);
  const counts = countRecipients(batches);
  const status = currentStatus({ job, batches });
  const self = jobPath(basePath, job.jobId);
  return {
    jobId: job.jobId,
    status,
    outcome: outcomeOf(status, counts),
    caller: job.caller,
    idempotencyKey: job.key,
    reference: job.reference,
    createdAt: job.createdAt,
    updatedAt: iso(Math.max(job.updatedAt, ...shown.map((batch) => batch.timeline.at(-1)?.at ?? 0))),
    sendTime: job.sendTime === undefined ? undefined : iso(job.sendTime),
    scheduler: job.scheduler,
    providerSendTime: job.providerSendTime,
    cancellable: job.cancelledAt === undefined && (status === 'preparing' || batches.some(({ state }) => state === 'waiting')),
    notAfter: iso(job.notAfter),
    pattern: (job.message.form === 'structured' && job.message.written) || job.message.pattern,
    smsType: job.smsType,
    postFixNumber: job.postFixNumber,
    revision: job.rev,
    counts,
    resendOf: job.resendOf,
    resentAs: job.resentAs,
    removed: job.removed && { count: job.removed.count, places: [...job.removed.places] },
    file: job.file && fileResource(job.file, job.status),
    batchCount: job.batchCount,
    batches: await batchResources(api, job, shown),
    timeline: timelineOf(job, batches).slice(-SHOWN),
    links: { self, recipients: `${self}/recipients`, batches: `${self}/batches`, timeline: `${self}/timeline` },
  };
}

/** A job as lists show it. The batches of a job that is over need not be there: its own item says how it ended. */
export function jobSummary({ job, batches }: JobWithBatches): AnswerBody<'Jobs'>['items'][number] {
  const counts = batches.length === 0 ? job.counts : countRecipients(batches);
  const status = currentStatus({ job, batches });
  const { jobId, caller, key: idempotencyKey, reference, createdAt, updatedAt, rev: revision, batchCount } = job;
  return {
    jobId,
    status,
    outcome: outcomeOf(status, counts),
    caller,
    idempotencyKey,
    reference,
    createdAt,
    revision,
    counts,
    batchCount,
    updatedAt: iso(updatedAt),
    sendTime: job.sendTime === undefined ? undefined : iso(job.sendTime),
  };
}

/** The status of a job as its batches are now. */
export function currentStatus({ job, batches }: JobWithBatches): JobStatus {
  return batches.length === 0 ? job.status : statusOf(job.status === 'scheduled' ? 'scheduled' : 'queued', batches);
}

/** The address of a job on this host. */
export function jobPath(basePath: string, jobId: string): string {
  return `${basePath}/v1/jobs/${jobId}`;
}

/** A job as an answer, with its address and its entity tag. */
export async function answerJob(
  api: JobReader,
  read: JobWithBatches,
  { basePath }: Pick<ApiRequest, 'basePath'>,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Promise<APIGatewayProxyResult> {
  return json(status, 'Job', await jobResource(api, read, basePath), { ETag: entityTagOf(read), ...headers });
}

/** The file that a job's recipients come from: how far it has been read, what is wrong with it, and why it was refused. */
function fileResource({ uploadId, onBadLines, bytesTotal, found = {}, progress, refusal }: JobFile, status: JobItem['status']) {
  const { lines, bytesRead, batches, recipients, badLines } = progress;
  const { firstTexts, ...format } = found;
  const shown = { ...format, firstTexts: status === 'preparing' ? firstTexts : undefined };
  return { uploadId, onBadLines, ...shown, lines, bytesRead, bytesTotal, batches, recipients, badLines, refusal };
}

/** Batches with the provider's answers. Job ids and wrong numbers are lists; the provider's words stay verbatim. */
export async function batchResources(api: JobReader, job: JobItem, batches: readonly BatchItem[]): Promise<AnswerBody<'Batches'>['items']> {
  const [answers, waitsFor] = await Promise.all([readAnswers(api.context, batches), readWaitingReasons(api, job, batches)]);
  return batches.map((batch) => {
    const answer = answers.get(batch.batch);
    const waiting = waitsFor(batch);
    return {
      batch: batch.batch,
      try: batch.try,
      status: batch.state,
      recipients: batch.recipients,
      segments: batch.segments,
      waiting: waiting && { ...waiting, until: waiting.until === undefined ? undefined : iso(waiting.until) },
      commonJobId: answer?.CommonJobID ?? undefined,
      specialJobIds: answer ? splitList(answer.SpecialJobIDs) : undefined,
      totalSendCount: answer?.TotalSendCount ?? undefined,
      errorPhones: answer ? splitList(answer.ErrorPhones) : undefined,
      retCode: batch.retCode ?? undefined,
      message: answer?.Message ?? batch.message ?? undefined,
      code: batch.code,
      httpStatus: batch.httpStatus ?? undefined,
      reason: batch.reason,
      notBefore: batch.state === 'waiting' && batch.notBefore !== undefined ? iso(batch.notBefore) : undefined,
      settlement: batch.settlement && { ...batch.settlement, at: iso(batch.settlement.at) },
      lateAnswer: batch.lateAnswer && { ...batch.lateAnswer, at: iso(batch.lateAnswer.at) },
    };
  });
}

/** What happened to the job and to its batches, in order; of one moment, what happened to the batches first, since the rest follows from it. */
export function timelineOf(job: JobItem, batches: readonly BatchItem[]) {
  const entries: TimelineEntry[] = [
    ...batches.flatMap((batch) => batch.timeline.map((entry) => ({ ...entry, batch: batch.batch }))),
    ...job.timeline,
  ];
  return entries.sort((one, other) => one.at - other.at).map((entry) => ({ ...entry, at: iso(entry.at) }));
}
