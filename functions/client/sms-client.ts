import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './schema.d.ts';
import type { SignRequest } from './sign-request.ts';
import { putFile, type UploadFile } from './upload-file.ts';

export type Job = components['schemas']['Job'];
export type SendRequest = components['schemas']['SendRequest'];
export type Problem = components['schemas']['Problem'];

/** How the service is reached. */
export interface SmsClientOptions {
  /** The output `ApiUrl` of the stack, or the address that `npm start` prints. */
  address: string;
  /** Signs each request; needed for a deployed stage (see sign-request.ts). */
  sign?: SignRequest;
}

/** A request that was refused, or that could not be answered. `problem.retry` says whether the same may succeed later. */
export class SmsProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.name = 'SmsProblemError';
    this.problem = problem;
  }
}

/** What callers do most, in one call each; everything else by `api`, which knows every operation. */
export interface SmsClient {
  /** All operations, typed by the description. */
  api: Client<paths>;
  /**
   * Sends, once for each key: a send that failed half-way is repeated with the same one. The job may still be under way.
   * @throws SmsProblemError when it was refused; then nothing was sent
   */
  send(request: SendRequest, key?: string): Promise<Job>;
  /** Waits until nothing of a job is pending, or the time is over (milliseconds). */
  waitForEnd(jobId: string, timeout?: number): Promise<Job>;
  /** Uploads a file of recipients. @returns the id that `recipientsFrom` of a request names */
  upload(file: UploadFile): Promise<string>;
}

/** One question waits this long at most (seconds). */
const WAIT = 20;
/** Between two questions about a job whose answers come at once (milliseconds). */
const PAUSE = 500;

/** Opens a client. Nothing is sent by this. */
export function createSmsClient({ address, sign }: SmsClientOptions): SmsClient {
  const api = createClient<paths>({ baseUrl: address });
  if (sign) api.use({ onRequest: ({ request }) => sign(request) });
  return {
    api,
    async send(request, key = randomUUID()) {
      const answer = await api.POST('/v1/jobs', { params: { header: { 'Idempotency-Key': key } }, body: request });
      return dataOf(answer);
    },
    async waitForEnd(jobId, timeout = 60_000) {
      const end = Date.now() + timeout;
      for (;;) {
        const wait = Math.max(0, Math.min(WAIT, Math.floor((end - Date.now()) / 1000)));
        const job = dataOf(await api.GET('/v1/jobs/{jobId}', { params: { path: { jobId }, query: { wait } } }));
        const pending = job.counts.pending > 0 || job.status === 'preparing';
        if (!pending || Date.now() >= end) return job;
        await sleep(PAUSE);
      }
    },
    async upload(file) {
      const { format, size } = file;
      const address = dataOf(await api.POST('/v1/uploads', { body: { format, size } }));
      await putFile(address, file);
      return address.uploadId;
    },
  };
}

/** @throws SmsProblemError when there is none */
function dataOf<Data>({ data, error }: { data?: Data; error?: unknown }): Data {
  if (data !== undefined) return data;
  throw new SmsProblemError(error as Problem);
}
