import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from './dialect-questions.ts';
import type { SignedClient } from './signed-client.ts';

/** How long a message may wait to be sent, and how often it is looked whether it is (milliseconds). */
const TIME_LIMIT = 120_000;
const LOOK_EVERY = 500;

/** Of a job, what says how its only call went. */
interface ProbeJob {
  jobId: string;
  status: string;
  outcome?: string;
  batches: {
    commonJobId?: string;
    specialJobIds?: string[];
    errorPhones?: string[];
    retCode?: string;
    message?: string;
    reason?: string;
  }[];
}

/**
 * Sends each question, and prints what must be seen on the phones, and what follows where something else is.
 * @returns the questions that the provider did not take
 */
export async function probeDialect(ask: SignedClient, say: (line: string) => void, questions: readonly Question[]): Promise<string[]> {
  const notTaken: string[] = [];
  for (const { name, asks, request, expected, otherwise } of questions) {
    const job = await send(ask, request);
    say(`\n${name}: ${asks}`);
    say(`  ${describe(job)}`);
    if (job.outcome !== 'accepted') notTaken.push(name);
    for (const [phone, text] of expected) say(`  ${phone} must show: ${text}`);
    for (const [seen, follows] of otherwise) say(`  If ${seen}: ${follows}`);
  }
  return notTaken;
}

/** @throws Error when the service does not take the request, or still holds it back after two minutes */
async function send(ask: SignedClient, request: object): Promise<ProbeJob> {
  const { status, body } = await ask('POST', '/v1/jobs', request, { 'Idempotency-Key': randomUUID() });
  if (status !== 201 && status !== 202) throw new Error(`The service answered ${status} ${JSON.stringify(body)}`);
  let job = body as unknown as ProbeJob;
  for (const end = Date.now() + TIME_LIMIT; !['completed', 'attention'].includes(job.status); await sleep(LOOK_EVERY)) {
    if (Date.now() > end) throw new Error(`${job.jobId} is still ${job.status}: GET /v1/provider says why it waits.`);
    job = (await ask('GET', `/v1/jobs/${job.jobId}`)).body as unknown as ProbeJob;
  }
  return job;
}

function describe({ jobId, status, outcome, batches: [batch = {}] }: ProbeJob): string {
  const { commonJobId, specialJobIds = [], errorPhones = [], retCode, message, reason } = batch;
  if (status === 'attention') return `${jobId}: the answer was lost (${reason}). Look at the phones, then settle it.`;
  const words = [
    `${jobId}: ${outcome}`,
    retCode && `RetCode ${retCode}`,
    message && `Message ${message}`,
    commonJobId && `CommonJobID ${commonJobId}`,
    specialJobIds.length > 0 && `SpecialJobIDs ${specialJobIds.join(' ')}`,
    errorPhones.length > 0 && `ErrorPhones ${errorPhones.join(' ')}`,
  ];
  return words.filter(Boolean).join(', ');
}
