import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { CustomSendCall, CustomSendReturn } from '../shared/customsend/call.ts';
import { sendBatch } from '../shared/dispatch/send-batch.ts';
import type { Sender } from '../shared/dispatch/sender.ts';
import { type JobWithBatches, readJob } from '../shared/job/batches.ts';
import { cancel } from '../shared/job/cancel.ts';
import { closeOverdue, closeWaiting, lastMoment } from '../shared/job/claim.ts';
import { createJob, lookUp, type SendRequest } from '../shared/job/create-job.ts';
import type { BatchItem, BatchingSnapshot, CreatingJob, JobItem } from '../shared/job/items.ts';
import { describeReached } from '../shared/job/quota.ts';
import { rollUp } from '../shared/job/rollup.ts';
import type { DispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { dailyLimitsOf, rulesFor } from '../shared/send-request/caller-rules.ts';
import type { SendRules } from '../shared/send-request/check-request.ts';
import { listRemoved, newSnapshot } from '../shared/send-request/prepare-request.ts';
import { advance, type DedupRecord, fingerprintOf, keyOf, noteAnswered, readDedup } from './dedup-record.ts';
import { answerOf, faild } from './job-answer.ts';
import { batchContents, Refused, readContents } from './job-contents.ts';

/** What answering a call needs. */
export interface Endpoint extends Omit<Sender, 'dispatchQueue' | 'holdsCallersToken'> {
  rules: SendRules;
  /** How long a call waits for a free slot, and how long it may take at most (milliseconds). */
  waitForSlot: number;
  callTakes: number;
  /** After a definite answer the same request gets the same answer for so long (milliseconds); 0 = it is sent again. */
  repeatWindow: number;
  logger: Pick<Logger, 'info' | 'error'>;
}

/** A call whose caller is known. */
export interface CallRequest {
  caller: string;
  call: CustomSendCall;
  /** Its Token is the provider's: its calls are made with it, and nothing keeps it. */
  passToken: boolean;
  /** When it reached the gateway, and by when it must be answered (epoch milliseconds). */
  arrivedAt: number;
  deadline: number;
}

/** Between two looks at somebody else's job (milliseconds). */
const LOOK_AGAIN = { first: 100, longest: 1_000 };
/** Nobody is woken up for what waits: what is not sent within its request is not sent. */
const nobody: DispatchQueue = { send: async () => undefined, isEmpty: async () => true };

/**
 * Sends a request, unless the same one is being sent, or was and nobody knows what became of it: then it gets that one's answer.
 *
 *   1 DEDUP(fingerprint): the sequence g, and when its answer was first given to somebody; put with g = 1 if absent
 *   2 JOB of the key asmx-fingerprint-g: free: create it as any other job. One conditional write decides which of several requests
 *     creates it, and nothing is sent without it
 *   3 job there: wait until no batch waits or is being sent. Its answer is this request's, too, if it is unknown; if nobody was given it
 *     yet, as when the one who sent died before; or if this request came in before that (or within the window after it).
 *     Else DEDUP: g+1 IF sequence = g, and back to 1
 *   4 a definite answer of the provider: DEDUP: answeredAt = now IF sequence = g and it is absent, then give it
 *
 * The job's validity ends with the request that made it: should that die before its call, the batch expires unsent (a request that waits
 * for it closes it, or the sweep), and if it dies in its call, the sweep calls the batch unknown. Either way the same request finds
 * the job, and sends anew only after the first.
 */
export async function sendOnce(endpoint: Endpoint, request: CallRequest): Promise<CustomSendReturn> {
  const { context, rules } = endpoint;
  const { retentionDays } = rules.limits;
  const fingerprint = fingerprintOf(request.caller, request.call);
  for (let look = LOOK_AGAIN.first; ; look = Math.min(LOOK_AGAIN.longest, look * 2)) {
    const { sequence } = await readDedup(context, fingerprint, retentionDays);
    const place = { fingerprint, sequence };
    const lookup = await lookUp(context, request.caller, keyOf(place), fingerprint);
    if (lookup.kind === 'sealed') {
      const read = await waitFor(endpoint, lookup.job.jobId, request.deadline);
      const same = await readDedup(context, fingerprint, retentionDays);
      if (same.sequence !== sequence) continue;
      if (read && !mayGoAgain(endpoint, request, read, same)) return give(endpoint, place, read);
      await advance(context, fingerprint, place, retentionDays);
    } else if (lookup.kind === 'spent') {
      await advance(context, fingerprint, place, retentionDays);
    } else if (lookup.kind === 'free') {
      const answer = await makeAndSend(endpoint, request, place, lookup.seen);
      if (answer) return answer;
    } else if (context.now() + look > request.deadline) {
      return faild('The same request is being worked on. Send it again later: it will not be sent twice.');
    } else await sleep(look);
  }
}

/** One sequence of a request. */
interface Place {
  fingerprint: string;
  sequence: number;
}

/** Answers with what became of a job. */
async function give({ context, dialect }: Endpoint, place: Place, read: JobWithBatches): Promise<CustomSendReturn> {
  const answer = await answerOf(context, dialect, read);
  // Without the note, the same request gets this answer once more before it is sent again.
  if (isOver(read) && wasAnswered(read)) await noteAnswered(context, place.fingerprint, place).catch(() => undefined);
  return answer;
}

/** Waits until everything of a job is answered, or the time is over. What nobody will send any more is closed on the way. */
async function waitFor({ context }: Endpoint, jobId: string, deadline: number): Promise<JobWithBatches | undefined> {
  for (let look = LOOK_AGAIN.first; ; look = Math.min(LOOK_AGAIN.longest, look * 2)) {
    const read = await readJob(context, jobId);
    if (!read) return undefined;
    const waiting = read.batches.filter(({ state }) => state === 'waiting');
    if (waiting.length === 0 && read.batches.every(({ state }) => state !== 'sending')) return read;
    const overdue = waiting.filter((batch) => lastMoment(read.job, batch) < context.now());
    if (overdue.length > 0) {
      await Promise.all(overdue.map((batch) => closeWaiting(context, batch, closeOverdue(batch))));
      await rollUp(context, jobId);
    } else if (context.now() + look > deadline) return read;
    else await sleep(look);
  }
}

/** Whether a job is so long over that the same request means another send. */
function mayGoAgain({ repeatWindow }: Endpoint, { arrivedAt }: CallRequest, read: JobWithBatches, { answeredAt }: DedupRecord): boolean {
  if (!isOver(read)) return false;
  if (wasAnswered(read)) return answeredAt !== undefined && arrivedAt >= answeredAt + repeatWindow;
  // Nothing was sent. What expired was over when its time was, whenever somebody noticed.
  const endOf = ({ state, timeline }: BatchItem) => (state === 'expired' ? read.job.notAfter : (timeline.at(-1)?.at ?? 0));
  return arrivedAt >= Math.max(...read.batches.map(endOf));
}

/** Nothing of it will change any more, and nobody is waited for. */
function isOver({ batches }: JobWithBatches): boolean {
  return batches.every(({ state }) => state !== 'waiting' && state !== 'sending' && state !== 'unknown');
}

/** The provider, or a person in its place, has said something about it. */
function wasAnswered({ batches }: JobWithBatches): boolean {
  return batches.some(({ state }) => state === 'accepted' || state === 'rejected');
}

/** @returns `undefined` when somebody else was first */
async function makeAndSend(
  endpoint: Endpoint,
  request: CallRequest,
  place: Place,
  seen: CreatingJob | undefined,
): Promise<CustomSendReturn | undefined> {
  const { context, waitForSlot, callTakes } = endpoint;
  if (context.now() + waitForSlot + callTakes > request.deadline) return faild('There is no time left for a call. Nothing was sent.');
  let sendRequest: SendRequest;
  try {
    sendRequest = toSendRequest(endpoint, request, place, seen?.snapshot);
  } catch (error) {
    if (error instanceof Refused) return faild(error.message);
    throw error;
  }
  const made = await createJob(context, sendRequest, seen);
  if ('made' in made) return sendNow(endpoint, request, place, made.job);
  return made.kind === 'over-limit' ? faild(describeReached(made.limit)) : undefined;
}

function toSendRequest(
  { context, rules }: Endpoint,
  { caller, call, passToken, deadline }: CallRequest,
  place: Place,
  seen: BatchingSnapshot | undefined,
): SendRequest {
  const contents = readContents(rulesFor(rules, caller), passToken ? call : { ...call, Token: '' });
  const { message, protocol, removed } = contents;
  const snapshot = seen ?? newSnapshot({ ...rules, protocol }, context.now());
  return {
    ...{ caller, key: keyOf(place), hash: place.fingerprint, snapshot, message, smsType: call.SmsType, postFixNumber: call.PostFixNumber },
    more: {
      fingerprint: place.fingerprint,
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
async function sendNow(endpoint: Endpoint, request: CallRequest, place: Place, job: JobItem): Promise<CustomSendReturn> {
  const { context, logger } = endpoint;
  const { jobId, batchCount } = job;
  const token = request.passToken ? async () => request.call.Token : endpoint.token;
  const sender: Sender = { ...endpoint, token, dispatchQueue: nobody, ...(request.passToken && { holdsCallersToken: true }) };
  const budget = { permitWait: endpoint.waitForSlot, deadline: request.deadline };
  const attempts = Array.from({ length: batchCount }, (_, index) => ({ jobId, batch: index + 1, try: 1 }));
  for (const sent of await Promise.allSettled(attempts.map((attempt) => sendBatch(sender, attempt, budget)))) {
    if (sent.status === 'rejected') logger.error('not sent', { jobId, error: describe(sent.reason) });
  }
  try {
    const read = await readJob(context, jobId);
    if (!read) throw new Error(`${jobId} was sealed and is not there.`);
    const left = read.batches.some(({ state }) => state === 'waiting') ? await cancel(context, jobId, 'not sent within its request') : read;
    return await give(endpoint, place, left ?? read);
  } catch (error) {
    logger.error('not answered', { jobId, error: describe(error) });
    return faild(`What became of ${jobId} could not be read: it may have been sent. Do NOT send it again.`);
  }
}

function describe(error: unknown): { name: string; message: string } {
  const { name, message } = error as Error;
  return { name, message };
}
