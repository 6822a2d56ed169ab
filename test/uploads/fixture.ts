import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';
import { takeCall } from '../../functions/sandbox/take-call.ts';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { openBucket } from '../../functions/shared/files/bucket.ts';
import { type FileEncoding, type FileFormat, newUploadId, uploadKey } from '../../functions/shared/files/object-keys.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import type { JobContext } from '../../functions/shared/job/context.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { getPayload } from '../../functions/shared/job/payload.ts';
import type { DetailInput } from '../../functions/shared/message/detail.ts';
import type { Payload } from '../../functions/shared/message/message.ts';
import type { Personalise } from '../../functions/shared/message/personalise.ts';
import { writeCall } from '../../functions/shared/message/write-call.ts';
import { openDispatchQueue } from '../../functions/shared/queues/dispatch-queue.ts';
import { openFilesQueue } from '../../functions/shared/queues/files-queue.ts';
import { acceptFileRequest } from '../../functions/shared/send-request/accept-file-request.ts';
import type { SendRules } from '../../functions/shared/send-request/check-request.ts';
import { type SplitFileDeps, splitFile } from '../../functions/uploads/split-file.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { startFauxqs } from '../../infra/local/sqs-s3/fauxqs-engine.ts';
import { s3Client, sqsClient } from '../support/aws-clients.ts';
import { freshTable } from '../support/dynamodb.ts';
import { openTestContext, rules, type TableAddress } from '../support/job-context.ts';

export const CALLER = 'tester';
/** Far in the future: a run that has all the time that it needs. */
export const NEVER = 8e15;

/** A CSV file of these phones, each with a detail of its own. */
export function fileOf(numbers: readonly string[]): string {
  return `phone,0\n${numbers.map((number, index) => `${number},${index}`).join('\n')}\n`;
}

/** Hands a stream on in pieces, and does something before each. */
export async function* pieces(bytes: AsyncIterable<Uint8Array>, size: number, before: () => unknown): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.length; start += size) {
      await before();
      yield chunk.subarray(start, start + size);
    }
  }
}

/** A file of recipients and how it is to be sent. */
export interface IncomingFileRequest {
  format?: FileFormat;
  pattern?: string;
  defaultDetail?: DetailInput;
  badLines?: 'refuse' | 'skip';
  phoneColumn?: string;
  encoding?: FileEncoding;
  personalise?: Personalise;
  allowEmpty?: boolean;
  rules?: SendRules;
}

/** The uploads function's addresses on real engines, for all tests of a file. */
export class Uploads {
  readonly address: TableAddress = { endpoint: '', tableName: '' };
  readonly bucketName = 'files';
  endpoint = '';
  #stop: (() => Promise<void>)[] = [];
  #queues = { tasks: '', dispatchQueue: '' };

  /** Starts everything before the tests and stops it after them. */
  constructor() {
    beforeAll(() => this.#start());
    afterAll(async () => {
      for (const stop of this.#stop) await stop();
    });
  }

  context(other: Partial<JobContext> = {}): JobContext {
    return openTestContext(this.address, other);
  }

  deps(other: Partial<SplitFileDeps> = {}): SplitFileDeps {
    return {
      context: this.context(),
      bucket: this.bucket(),
      tasks: openFilesQueue(this.#queues.tasks, sqsClient(this.endpoint)),
      dispatchQueue: openDispatchQueue(this.#queues.dispatchQueue, sqsClient(this.endpoint)),
      dailyLimitsOf: () => ({ zone: 'Asia/Shanghai', limits: [] }),
      ...other,
    };
  }

  bucket() {
    return openBucket(this.bucketName, s3Client(this.endpoint));
  }

  /** Uploads a file and creates a job that names it. */
  async createJob(content: string | Buffer | undefined, request: IncomingFileRequest = {}): Promise<JobItem> {
    const { format = 'csv', pattern = '【云】你好{0}', defaultDetail, badLines = 'refuse', phoneColumn, encoding } = request;
    const { personalise, allowEmpty } = request;
    const uploadId = newUploadId(format);
    if (content !== undefined) await this.upload(uploadId, content);
    const body = { pattern, defaultDetail, personalise, allowEmpty, recipientsFrom: { uploadId, badLines, phoneColumn, encoding } };
    const { job } = await acceptFileRequest(this.context(), request.rules ?? rules, {
      caller: CALLER,
      key: randomUUID(),
      body: clean(body),
    });
    return job;
  }

  async upload(uploadId: string, content: string | Buffer): Promise<void> {
    const object = { Bucket: this.bucketName, Key: uploadKey(CALLER, uploadId) };
    await s3Client(this.endpoint).send(new PutObjectCommand({ ...object, Body: content }));
  }

  async download(key: string): Promise<Buffer> {
    const { Body } = await s3Client(this.endpoint).send(new GetObjectCommand({ Bucket: this.bucketName, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  /** Creates a job from a file and reads it to its end. */
  async split(content: string | Buffer | undefined, request: IncomingFileRequest = {}): Promise<SplitJob> {
    const { jobId } = await this.createJob(content, request);
    await splitFile(this.deps(), jobId, NEVER);
    return this.read(jobId);
  }

  /** A job as the table has it, with the recipients of all its batches in order. */
  async read(jobId: string): Promise<SplitJob> {
    const context = this.context();
    const job = await context.table.get<JobItem>(jobKey(jobId));
    if (!job) throw new Error(`${jobId} is not there`);
    const { batches = [] } = (await readJob(context, jobId)) ?? {};
    const payloads = await Promise.all(batches.map(({ batch }) => getPayload(context, job, batch)));
    return { job, batches, payloads, recipients: payloads.map(recipientsOf), texts: textsOf(job, payloads) };
  }

  /** Takes every message that waits in a queue. */
  async messages(queue: 'tasks' | 'dispatchQueue'): Promise<unknown[]> {
    const found: unknown[] = [];
    const receive = new ReceiveMessageCommand({ QueueUrl: this.#queues[queue], MaxNumberOfMessages: 10 });
    for (;;) {
      const { Messages = [] } = await sqsClient(this.endpoint).send(receive);
      if (Messages.length === 0) return found;
      found.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '')));
    }
  }

  async #start(): Promise<void> {
    const dynalite = await startDynalite();
    const folder = mkdtempSync(join(tmpdir(), 'sms-files-'));
    const fauxqs = await startFauxqs(folder);
    this.#stop = [dynalite.stop, fauxqs.stop, async () => rmSync(folder, { recursive: true, force: true })];
    this.endpoint = fauxqs.endpoint;
    this.address.endpoint = dynalite.endpoint;
    this.address.tableName = (await freshTable(dynalite.endpoint, 'TABLE_NAME')).tableName;
    await s3Client(this.endpoint).send(new CreateBucketCommand({ Bucket: this.bucketName }));
    for (const name of ['tasks', 'dispatchQueue'] as const) {
      const { QueueUrl = '' } = await sqsClient(this.endpoint).send(new CreateQueueCommand({ QueueName: name }));
      this.#queues[name] = `${this.endpoint}${new URL(QueueUrl).pathname}`;
    }
  }
}

/** The job that a file led to. */
export interface SplitJob {
  job: JobItem;
  batches: BatchItem[];
  /** By batch. */
  recipients: { phone: string; detail: readonly string[] | null }[][];
  payloads: Payload[];
  /** The text that each phone reads, by the calls that its batches become. */
  texts: Record<string, string>;
}

function recipientsOf(payload: Payload) {
  if (payload.form === 'strings') throw new Error('A file has recipients one by one');
  return [...payload.recipients];
}

/** Writes the calls of a job as they go out, and reads them as the sandbox does. */
function textsOf(job: JobItem, payloads: readonly Payload[]): Record<string, string> {
  const jobIds = () => '1';
  const messages = payloads.flatMap((payload) => {
    return takeCall(writeCall(rules.dialect, job, payload, 'token'), rules.dialect, jobIds).messages;
  });
  return Object.fromEntries(messages.map(({ phone, text }) => [phone, text]));
}

function clean(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
