import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { JobContext } from '../../../functions/shared/job/context.ts';
import { jobIdOf } from '../../../functions/shared/job/job-id.ts';
import { readJob } from '../../../functions/shared/job/job-table.ts';
import { queueJob } from '../../../functions/shared/job/queue-batches.ts';
import { countRecipients, statusOf } from '../../../functions/shared/job/states.ts';
import { parallel } from '../../../functions/shared/parallel.ts';
import { acceptRequest } from '../../../functions/shared/send-request/accept-request.ts';
import type { SendRules } from '../../../functions/shared/send-request/check-request.ts';
import type { Sweeper } from '../../../functions/sweep/sweep.ts';
import { type Ended, faultsOf } from './verdict.ts';
import type { SingleMessage } from './worker.ts';

/** A job of a run, and whom it is sent to. */
export interface SubmittedJob {
  jobId: string;
  phones: string[];
  phonesPerCall: number;
}

/** The caller that `apiRequest` stands for. */
const CALLER = 'caller';

/** Requests for single messages that are put into the queue at once. */
const WIDTH = 4;

/** Creates the jobs of several batches, and queues them. Phones begin with 13. */
export async function submitJobs(
  { jobs, batchesPerJob, phonesPerCall }: { jobs: number; batchesPerJob: number; phonesPerCall: number },
  rules: SendRules,
  { context, dispatchQueue }: Sweeper,
): Promise<SubmittedJob[]> {
  const submitted: SubmittedJob[] = [];
  for (let job = 0; job < jobs; job++) {
    const size = batchesPerJob * phonesPerCall;
    const phones = Array.from({ length: size }, (_, index) => String(13_000_000_000 + job * size + index));
    const { job: made } = await acceptRequest(context, rules, { caller: CALLER, key: String(job), body: bodyTo(phones) });
    const read = await readJob(context, made.jobId);
    await queueJob(context, dispatchQueue, made.jobId, read?.batches ?? []);
    submitted.push({ jobId: made.jobId, phones, phonesPerCall });
  }
  return submitted;
}

/** Asks for jobs to one phone each, which the workers send as the API does. Phones begin with 15. */
export async function submitSingles(singles: number, queue: SQSClient, QueueUrl: string): Promise<SubmittedJob[]> {
  return parallel(
    Array.from({ length: singles }, (_, index) => String(15_000_000_000 + index)),
    async (phone) => {
      const message: SingleMessage = { key: phone, body: bodyTo([phone]) };
      await queue.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
      return { jobId: jobIdOf(CALLER, phone), phones: [phone], phonesPerCall: 1 };
    },
    WIDTH,
  );
}

function bodyTo(recipients: string[]) {
  return { pattern: '【签名】您好', recipients, smsType: 1, postFixNumber: '', validFor: 'P7D' };
}

/** How each batch ended, with its phones and the faults that befell its calls; and how many jobs say something else than their batches. */
export async function readEnd(context: JobContext, jobs: readonly SubmittedJob[], noted: ReadonlyMap<string, string[]>) {
  const ended: Ended[] = [];
  let wrongJobs = 0;
  for (const { jobId, phones, phonesPerCall } of jobs) {
    const read = await readJob(context, jobId);
    if (!read) throw new Error(`${jobId} is gone`);
    const { job, batches } = read;
    const right =
      statusOf('queued', batches) === job.status && JSON.stringify(countRecipients(batches)) === JSON.stringify(inOrder(job.counts));
    if (!right) wrongJobs += 1;
    for (const batch of batches) {
      const own = phones.slice((batch.batch - 1) * phonesPerCall, batch.batch * phonesPerCall);
      const names = (noted.get(own[0] ?? '') ?? []).filter((name) => name !== '');
      ended.push({ batch, phones: own, faults: faultsOf(batch, names) });
    }
  }
  return { ended, wrongJobs };
}

/** Counts in the order in which they are counted, whatever order the table gives them in. */
function inOrder(counts: ReturnType<typeof countRecipients>): Record<string, number> {
  return Object.fromEntries(Object.keys(countRecipients([])).map((name) => [name, counts[name as keyof typeof counts]]));
}
