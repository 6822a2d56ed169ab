import * as z from 'zod/mini';
import type { BatchItem } from '../shared/job/batch-item.ts';
import type { JobWithBatches } from '../shared/job/job-table.ts';
import { rollUp } from '../shared/job/rollup.ts';
import { expectResend, type Settled, settle } from '../shared/job/settle.ts';
import { parallel } from '../shared/parallel.ts';
import { invalidRequest, ProblemError } from '../shared/problem/problem.ts';
import type { Attempt } from '../shared/queues/dispatch-queue.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { answerJob } from './job-resource.ts';
import { parseBody } from './json-body.ts';
import { readOwnJob } from './read-jobs.ts';
import { expectRevision } from './revision.ts';

/** What a person decided, about batches named with their try, or about all unknown ones of the revision in If-Match. */
export const settlementSchema = z.strictObject({
  as: z.enum(['accepted', 'rejected', 'resend']),
  why: z.string().check(z.minLength(1), z.maxLength(500), z.describe('Stands in the timeline, with who decided.')),
  batches: z.optional(
    z
      .array(z.strictObject({ batch: z.int().check(z.minimum(1)), try: z.int().check(z.minimum(1)) }))
      .check(z.minLength(1), z.maxLength(1_000), z.describe('Leave it out to settle all unknown ones of the revision in If-Match.')),
  ),
});

/** `POST /v1/jobs/{jobId}/settle`. Repeating it changes nothing; each `resend` leads to exactly one more call. */
export async function settleBatches(api: Api, request: ApiRequest) {
  const { as, why, batches } = parseBody(settlementSchema, request);
  const read = await readOwnJob(api.context, request);
  const revision = expectRevision(read.job, request);
  const attempts = batches ?? unknownAt(read, revision);
  if (as === 'resend') await expectResend(api.context, request.jobId);
  const decision = { jobId: request.jobId, as, why, by: request.caller };
  const settled = await parallel(attempts, (attempt) => settle(api.context, read.job, { ...decision, ...attempt }));
  await takeUp(api, request.jobId, as === 'resend', settled);
  refuseFirstFailure(attempts, settled);
  return answerJob(api, await readOwnJob(api.context, request), request);
}

/** The batches that the caller saw as unknown: those of exactly this revision. @throws ProblemError */
function unknownAt({ job, batches }: JobWithBatches, revision: number | undefined): Omit<Attempt, 'jobId'>[] {
  if (revision === undefined) {
    const detail = 'Without batches, the header If-Match must name the revision whose unknown batches are meant.';
    throw invalidRequest([{ place: 'If-Match', code: 'missing', detail }]);
  }
  return batches.filter((batch) => batch.state === 'unknown' && becameUnknownAt(batch) <= job.updatedAt);
}

/** The call's own reason may follow the sweep's: what counts is when it was unknown first. */
function becameUnknownAt({ timeline }: BatchItem): number {
  const before = timeline.findLastIndex((entry) => entry.event !== 'unknown');
  return timeline[before + 1]?.at ?? 0;
}

/** Rolls up, and queues what is to be sent again; also what an earlier request resent and could not queue. */
async function takeUp({ context, dispatchQueue }: Api, jobId: string, resend: boolean, settled: readonly Settled[]): Promise<void> {
  const touched = settled.flatMap((one) => (one.kind === 'settled' || one.kind === 'same' ? [one.batch] : []));
  if (touched.length === 0) return;
  await rollUp(context, jobId);
  const waiting = touched.filter((batch) => resend && batch.state === 'waiting');
  await dispatchQueue.send(waiting.map((batch) => ({ jobId, batch: batch.batch, try: batch.try })));
}

/** Whatever could be settled is; the first thing that could not is what the caller is told. @throws ProblemError */
function refuseFirstFailure(attempts: readonly Omit<Attempt, 'jobId'>[], settled: readonly Settled[]): void {
  for (const [index, one] of settled.entries()) {
    const name = `Batch ${attempts[index]?.batch}, try ${attempts[index]?.try}`;
    switch (one.kind) {
      case 'too-early': {
        const retryAfter = Math.max(1, Math.ceil((one.until - Date.now()) / 1000));
        throw new ProblemError('too-early', `${name}: a function may still be sending it.`, { retryAfter });
      }
      case 'decided': {
        const { as, by, why, at } = one.settlement;
        throw new ProblemError('not-settleable', `${name}: ${by} decided "${as}" at ${new Date(at).toISOString()}: ${why}`);
      }
      case 'not-unknown':
        throw new ProblemError('not-settleable', `${name}: it is ${one.state}, so there is nothing to settle.`);
      case 'too-late': {
        const detail = `its SendTime, ${new Date(one.sendTime).toISOString()}, is too near or past. Send a new job instead.`;
        throw new ProblemError('not-settleable', `${name} cannot be sent again: ${detail}`);
      }
      case 'absent':
        throw new ProblemError('not-found', `${name}: the job has no such batch.`);
    }
  }
}
