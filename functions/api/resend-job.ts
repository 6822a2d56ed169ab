import * as z from 'zod/mini';
import { is } from '../shared/dynamodb/conditions.ts';
import { jobKey } from '../shared/dynamodb/keys.ts';
import type { JobContext } from '../shared/job/context.ts';
import { jobIdOf } from '../shared/job/job-id.ts';
import { getJob, type JobWithBatches, readJob } from '../shared/job/job-table.ts';
import { lookUp } from '../shared/job/look-up-key.ts';
import { getPayload } from '../shared/job/payload.ts';
import { readAnswers, resultsOf } from '../shared/job/results.ts';
import { withEntry } from '../shared/job/timeline.ts';
import { invalidRequest, ProblemError } from '../shared/problem/problem.ts';
import { checkKey, sealedJob } from '../shared/send-request/accept-request.ts';
import { hashOf } from '../shared/send-request/body-hash.ts';
import { MOST_RECIPIENTS, reference } from '../shared/send-request/request-schema.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { answerCreated, create } from './create-job.ts';
import { parseBody } from './json-body.ts';
import { readOwnJob } from './read-jobs.ts';

/** Outcomes that a message may be sent again for. */
const RESENDABLE = ['rejected', 'expired', 'cancelled', 'unknown'] as const;

/** Which recipients of a job are sent to again. */
export const resendSchema = z.strictObject({
  outcomes: z
    .array(z.enum(RESENDABLE))
    .check(
      z.minLength(1),
      z.describe('Recipients with these outcomes. `unknown` ones may have got the message: name them only when you know.'),
    ),
  why: z.optional(z.string().check(z.minLength(1), z.maxLength(500), z.describe('Stands in the timeline; required for `unknown`.'))),
  reference: z.optional(reference),
});
type Resend = z.output<typeof resendSchema>;

/** The link from the old job is written again this often when others write the job at the same time. */
const ATTEMPTS = 10;

/**
 * `POST /v1/jobs/{jobId}/resend`: a new job for recipients of this one, with their details, linked both ways. The same key and body again:
 * the same job, whatever the outcomes are by then.
 */
export async function resendJob(api: Api, request: ApiRequest) {
  const body = parseBody(resendSchema, request);
  if (body.outcomes.includes('unknown') && body.why === undefined) {
    throw invalidRequest([
      { place: 'why', code: 'missing', detail: 'Say how you know that the unknown recipients did not get the message.' },
    ]);
  }
  const key = request.header('idempotency-key') ?? '';
  checkKey(key);
  const { context } = api;
  const read = await readOwnJob(context, request);
  const { jobId } = read.job;
  const hash = hashOf({ resendOf: jobId, ...body });
  const lookup = await lookUp(context, request.caller, key, hash);
  if (lookup.kind !== 'free') {
    const job = sealedJob(lookup);
    await link(context, jobId, job.jobId, request.caller, body.why);
    return answerCreated(api, request, { ...((await readJob(context, job.jobId)) ?? { job, batches: [] }), made: false }, false);
  }
  const resent = await requestFor(api, read, body);
  const created = await create(api, request, { body: resent, hash, resendOf: jobId }, false);
  await link(context, jobId, jobIdOf(request.caller, key), request.caller, body.why);
  return answerCreated(api, request, created, false);
}

/** The request that sends to these recipients again. @throws ProblemError when there are none, too many, or they cannot be told apart */
async function requestFor(
  { context }: Pick<Api, 'context'>,
  { job, batches }: JobWithBatches,
  { outcomes, reference: given }: Resend,
): Promise<object> {
  const { message, smsType, postFixNumber } = job;
  if (message.form === 'strings') {
    throw new ProblemError('not-resendable', 'This job was asked for in the strings of the provider, which cannot be taken apart.');
  }
  const results = resultsOf(job);
  const recipients: object[] = [];
  for (const batch of batches) {
    const mayHold = outcomes.some((outcome) => outcome === batch.state || (outcome === 'rejected' && batch.state === 'accepted'));
    if (!mayHold) continue;
    const [payload, answers] = await Promise.all([getPayload(context, job, batch.batch), readAnswers(context, [batch])]);
    for (const result of results(batch, payload, answers.get(batch.batch))) {
      if (!(outcomes as readonly string[]).includes(result.outcome)) continue;
      recipients.push({ phone: result.phone, detail: result.detail, reference: result.reference });
    }
    if (recipients.length > MOST_RECIPIENTS) {
      const detail = `More than ${MOST_RECIPIENTS} recipients have these outcomes: export the results, and upload those as a file.`;
      throw new ProblemError('too-many-recipients', detail);
    }
  }
  if (recipients.length === 0) throw new ProblemError('nothing-to-resend', `No recipient of this job is ${outcomes.join(' or ')}.`);
  const { pattern, defaultDetail } = message;
  const own = given ?? job.reference;
  return {
    // Their values were accepted before, the empty ones too.
    pattern,
    recipients,
    smsType,
    postFixNumber,
    allowEmpty: true,
    ...(defaultDetail.length > 0 && { defaultDetail }),
    ...(own !== undefined && { reference: own }),
  };
}

/** Notes on a job that another one sends to its recipients again, once. */
async function link(context: JobContext, jobId: string, resentAs: string, by: string, why: string | undefined): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const job = await getJob(context, jobId);
    if (!job || job.resentAs?.includes(resentAs)) return;
    const now = context.now();
    const detail = why === undefined ? `${resentAs}, by ${by}` : `${resentAs}, by ${by}: ${why}`;
    const timeline = withEntry(job.timeline, { at: now, event: 'resent', detail });
    const set = { resentAs: [...(job.resentAs ?? []), resentAs], timeline, rev: job.rev + 1, updatedAt: now };
    if (await context.table.update(jobKey(jobId), { set }, [is('rev', job.rev)])) return;
  }
  throw new Error(`The link from ${jobId} to ${resentAs} was overtaken ${ATTEMPTS} times.`);
}
