import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, SignedClient } from './signed-client.ts';

/** Checks something again and again until it is as it should be, for this long (milliseconds). */
const TIME_LIMIT = 120_000;
/** A batch can be settled two minutes after its claim. */
const UNTIL_SETTLED = 180_000;
/** The sandbox answers 503 for it, so its batch becomes unknown. */
const UNKNOWN_PHONE = '19900000006';
const MINUTE = 60_000;

/** A job as the API answers it. */
interface Job {
  jobId: string;
  status: string;
  revision: number;
  counts: Record<string, number>;
  [field: string]: unknown;
}

/**
 * Every way through a stage with the sandbox: one message, three batches, a time near and far, a move, a cancel, a file in, a file out,
 * a call without an answer that is settled.
 * @param uploadTo carries out a PUT to a pre-signed address
 * @throws Error that says which step went wrong, and what was answered
 */
export async function smoke(ask: SignedClient, say: (line: string) => void, uploadTo = fetch): Promise<void> {
  const steps = new Steps(ask);
  const step = async (name: string, work: () => Promise<unknown>) => {
    const started = Date.now();
    await work().catch((error: Error) => {
      throw new Error(`${name}: ${error.message}`);
    });
    say(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  };
  let unknown: Job | undefined;
  await step('answers', async () => expectStatus(await ask('GET', '/healthz'), 200));
  await step('a call without an answer', async () => {
    unknown = await steps.until((await steps.send({ recipients: [UNKNOWN_PHONE] })).jobId, ({ status }) => status === 'attention');
  });
  await step('one message', async () => {
    const { status, counts } = await steps.sent((await steps.send({ recipients: [aPhone(0)] })).jobId);
    if (status !== 'completed' || counts.accepted !== 1) throw new Error(`${status} ${JSON.stringify(counts)}`);
  });
  await step('three batches', async () => {
    const recipients = Array.from({ length: 1_200 }, (_, index) => aPhone(index));
    const job = await steps.sent((await steps.send({ recipients })).jobId);
    if (job.counts.accepted !== 1_200) throw new Error(JSON.stringify(job.counts));
  });
  await step('a time in a few seconds', async () => {
    const sendTime = new Date(Date.now() + 8_000).toISOString();
    await steps.sent((await steps.send({ recipients: [aPhone(1)], sendTime })).jobId);
  });
  await step('a time in two hours, moved, cancelled', () => steps.moveAndCancel());
  await step('a file in', () => steps.sendFile(uploadTo));
  await step('a file out', () => steps.exportResults(uploadTo));
  await step('the call without an answer, settled', () => steps.settle(unknown as Job));
}

class Steps {
  readonly #ask: SignedClient;
  #file: Job | undefined;

  constructor(ask: SignedClient) {
    this.#ask = ask;
  }

  async send(request: object): Promise<Job> {
    const key = { 'Idempotency-Key': randomUUID() };
    const answer = await this.#ask('POST', '/v1/jobs', { pattern: '【签名】您好', ...request }, key);
    if (answer.status !== 201 && answer.status !== 202) throw unexpected(answer);
    return answer.body as Job;
  }

  /** The job once this holds. */
  async until(jobId: string, holds: (job: Job) => boolean): Promise<Job> {
    const end = Date.now() + TIME_LIMIT;
    for (;;) {
      const answer = await this.#ask('GET', `/v1/jobs/${jobId}`);
      expectStatus(answer, 200);
      if (holds(answer.body as Job)) return answer.body as Job;
      if (Date.now() > end) throw new Error(`after ${TIME_LIMIT / 1_000} s: ${JSON.stringify(answer.body)}`);
      await sleep(500);
    }
  }

  sent(jobId: string): Promise<Job> {
    return this.until(jobId, ({ status }) => status === 'completed');
  }

  async moveAndCancel(): Promise<void> {
    const at = (hours: number) => new Date(Date.now() + hours * 60 * MINUTE).toISOString();
    const { jobId } = await this.send({ recipients: [aPhone(2)], sendTime: at(2) });
    await this.until(jobId, ({ status }) => status === 'scheduled');
    const moved = await this.#ask('PATCH', `/v1/jobs/${jobId}`, { sendTime: at(3) });
    expectStatus(moved, 200);
    expectStatus(await this.#ask('POST', `/v1/jobs/${jobId}/cancel`), 200);
    await this.until(jobId, ({ status }) => status === 'cancelled');
  }

  async sendFile(uploadTo: typeof fetch): Promise<void> {
    const content = `phone\n${aPhone(3)}\n${aPhone(4)}\n`;
    const upload = await this.#ask('POST', '/v1/uploads', { format: 'csv', size: content.length });
    expectStatus(upload, 201);
    const { uploadId, url, method, headers } = upload.body as {
      uploadId: string;
      url: string;
      method: string;
      headers: Record<string, string>;
    };
    const { status } = await uploadTo(url, { method, headers, body: content });
    if (status !== 200) throw new Error(`the upload was answered ${status}`);
    this.#file = await this.sent((await this.send({ recipientsFrom: { uploadId } })).jobId);
    if (this.#file.counts.accepted !== 2) throw new Error(JSON.stringify(this.#file.counts));
  }

  async exportResults(download: typeof fetch): Promise<void> {
    const path = `/v1/jobs/${this.#file?.jobId}/export`;
    expectStatus(await this.#ask('POST', path), 202);
    for (const end = Date.now() + TIME_LIMIT; Date.now() < end; await sleep(500)) {
      const answer = await this.#ask('GET', path);
      if (answer.status === 202) continue;
      expectStatus(answer, 200);
      const text = await (await download(String(answer.body.url))).text();
      if (!text.includes(aPhone(3)) || !text.includes(aPhone(4))) throw new Error(`it holds ${text}`);
      return;
    }
    throw new Error('it was not ready in time');
  }

  async settle({ jobId }: Job): Promise<void> {
    const decision = { as: 'rejected', why: 'smoke test', batches: [{ batch: 1, try: 1 }] };
    for (const end = Date.now() + UNTIL_SETTLED; Date.now() < end; await sleep(2_000)) {
      const answer = await this.#ask('POST', `/v1/jobs/${jobId}/settle`, decision);
      if (answer.body.code === 'too-early') continue;
      expectStatus(answer, 200);
      await this.sent(jobId);
      return;
    }
    throw new Error('it could not be settled in time');
  }
}

/** Well-formed, and nothing that the sandbox does something else with. */
const aPhone = (index: number): string => String(13_000_000_000 + index);

function expectStatus(answer: Answer, status: number): void {
  if (answer.status !== status) throw unexpected(answer);
}

function unexpected({ status, body }: Answer): Error {
  return new Error(`was answered ${status} ${JSON.stringify(body)}`);
}
