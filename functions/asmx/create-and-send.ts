import type { CustomSendReturn } from '../shared/customsend/call.ts';
import { sendBatch } from '../shared/dispatch/send-batch.ts';
import type { Sender } from '../shared/dispatch/sender.ts';
import type { BatchingSnapshot } from '../shared/job/batch-item.ts';
import { cancel } from '../shared/job/cancel.ts';
import { createJob } from '../shared/job/create-job.ts';
import type { CreatingJob, JobItem } from '../shared/job/job-item.ts';
import { type JobWithBatches, readJob } from '../shared/job/job-table.ts';
import type { SendRequest } from '../shared/job/new-job.ts';
import { describeReached } from '../shared/job/quota.ts';
import type { DispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { dailyLimitsOf, rulesFor } from '../shared/send-request/caller-rules.ts';
import { listRemoved, newSnapshot } from '../shared/send-request/prepare-request.ts';
import { keyOf, noteAnswered, type SequenceKey } from './dedup-record.ts';
import type { CallRequest, EndpointDeps } from './endpoint-deps.ts';
import { answerOf, faild } from './job-answer.ts';
import { batchContents, Refused, readContents } from './job-contents.ts';
import { isOver, wasAnswered } from './wait-for-job.ts';

/** No dispatch follows a request of the endpoint: a batch that is not sent within its request is not sent. */
const NO_QUEUE: DispatchQueue = { send: async () => undefined, isEmpty: async () => true };

/** Answers with the outcome of a job, and notes that a definite one was given. */
export async function giveAnswer({ context, dialect }: EndpointDeps, record: SequenceKey, read: JobWithBatches): Promise<CustomSendReturn> {
  const answer = await answerOf(context, dialect, read);
  // Without the note, the same request gets this answer once more before it is sent again.
  if (isOver(read) && wasAnswered(read)) await noteAnswered(context, record.fingerprint, record).catch(() => undefined);
  return answer;
}

/**
 * Creates the job of a request, and sends it.
 * @param seen what an unfinished creation of it has left
 * @returns `undefined` when another request with the same fingerprint was first
 */
export async function createAndSend(
  endpoint: EndpointDeps,
  request: CallRequest,
  record: SequenceKey,
  seen: CreatingJob | undefined,
): Promise<CustomSendReturn | undefined> {
  const { context, waitForSlot, callTakes } = endpoint;
  if (context.now() + waitForSlot + callTakes > request.deadline) return faild('There is no time left for a call. Nothing was sent.');
  let sendRequest: SendRequest;
  try {
    sendRequest = toSendRequest(endpoint, request, record, seen?.snapshot);
  } catch (error) {
    if (error instanceof Refused) return faild(error.message);
    throw error;
  }
  const made = await createJob(context, sendRequest, seen);
  if ('made' in made) return sendNow(endpoint, request, record, made.job);
  return made.kind === 'over-limit' ? faild(describeReached(made.limit)) : undefined;
}

function toSendRequest(
  { context, rules }: EndpointDeps,
  { caller, call, passToken, deadline }: CallRequest,
  record: SequenceKey,
  seen: BatchingSnapshot | undefined,
): SendRequest {
  const contents = readContents(rulesFor(rules, caller), passToken ? call : { ...call, Token: '' });
  const { message, protocol, removed } = contents;
  const snapshot = seen ?? newSnapshot({ ...rules, protocol }, context.now());
  return {
    caller,
    key: keyOf(record),
    hash: record.fingerprint,
    snapshot,
    message,
    smsType: call.SmsType,
    postFixNumber: call.PostFixNumber,
    more: {
      fingerprint: record.fingerprint,
      ...(call.SendTime !== '' && { providerSendTime: call.SendTime }),
      ...(protocol !== rules.protocol && { protocol }),
      ...(passToken && { token: 'caller' as const }),
    },
    removed: listRemoved(removed),
    notAfter: deadline,
    retentionDays: rules.limits.retentionDays,
    dailyLimits: dailyLimitsOf(rules, caller),
    batches: batchContents(snapshot, contents, call),
  };
}

/** Makes all calls of a job side by side, and takes back what could not be called. */
async function sendNow(endpoint: EndpointDeps, request: CallRequest, record: SequenceKey, job: JobItem): Promise<CustomSendReturn> {
  const { context, logger } = endpoint;
  const { jobId, batchCount } = job;
  const token = request.passToken ? async () => request.call.Token : endpoint.token;
  const sender: Sender = { ...endpoint, token, dispatchQueue: NO_QUEUE, ...(request.passToken && { holdsCallersToken: true }) };
  const budget = { permitWait: endpoint.waitForSlot, deadline: request.deadline };
  const attempts = Array.from({ length: batchCount }, (_, index) => ({ jobId, batch: index + 1, try: 1 }));
  for (const sent of await Promise.allSettled(attempts.map((attempt) => sendBatch(sender, attempt, budget)))) {
    if (sent.status === 'rejected') logger.error('not sent', { jobId, error: describe(sent.reason) });
  }
  try {
    const read = await readJob(context, jobId);
    if (!read) throw new Error(`${jobId} was sealed and is not there.`);
    const left = read.batches.some(({ state }) => state === 'waiting')
      ? await cancel(context, jobId, { by: 'not sent within its request' })
      : read;
    return await giveAnswer(endpoint, record, left ?? read);
  } catch (error) {
    logger.error('not answered', { jobId, error: describe(error) });
    return faild(`The outcome of ${jobId} could not be read: it may have been sent. Do NOT send it again.`);
  }
}

function describe(error: unknown): { name: string; message: string } {
  const { name, message } = error as Error;
  return { name, message };
}
