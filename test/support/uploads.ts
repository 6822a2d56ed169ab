import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createJob } from '../../functions/api/create-job.ts';
import { openBucket } from '../../functions/shared/files/bucket.ts';
import { newUploadId, uploadKey } from '../../functions/shared/files/object-keys.ts';
import { fileTaskSchema } from '../../functions/shared/queues/files-queue.ts';
import { splitFile } from '../../functions/uploads/split-file.ts';
import { s3Client } from './aws-clients.ts';
import { freshQueue, type TestQueue } from './queue.ts';
import type { Engines, TestSystem } from './system.ts';
import { apiRequest, type WorkerClient } from './worker-client.ts';

/** A file of recipients in a bucket of its own, the queue of those who read it, and the request that names it. */
export interface UploadedFile {
  queue: TestQueue;
  /** `POST /v1/jobs` with the file, always with the same key. */
  post(client: WorkerClient): Promise<unknown>;
  /** What the uploads function does with a message. @param until epoch milliseconds; what is left then is the next run's */
  split(client: WorkerClient, body: string | undefined, until?: number): Promise<void>;
}

/** Uploads a CSV file of these phones. From then on the system reads files, too, whenever it goes on. */
export async function upload({ queues }: Engines, system: TestSystem, phones: readonly string[]): Promise<UploadedFile> {
  const Bucket = system.queue.name;
  const queue = await freshQueue(queues, `${system.queue.name}-files`);
  const uploadId = newUploadId('csv');
  const client = s3Client(queues.endpoint);
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: uploadKey('caller', uploadId), Body: `phone\n${phones.join('\n')}\n` }));
  client.destroy();
  const body = { pattern: '【签名】您好', recipientsFrom: { uploadId, badLines: 'refuse' } };
  const file: UploadedFile = {
    queue,
    post: (client) => createJob(client, apiRequest({ headers: { 'idempotency-key': 'key' }, body })),
    async split({ context, dispatchQueue, files, addresses }, message, until = Number.POSITIVE_INFINITY) {
      const { jobId } = fileTaskSchema.parse(JSON.parse(message ?? ''));
      const s3 = s3Client(addresses.queue);
      const bucket = openBucket(Bucket, s3);
      await splitFile(
        {
          context,
          dispatchQueue,
          bucket,
          tasks: files.tasks,
          dailyLimitsOf: () => ({ zone: 'Asia/Shanghai', limits: [{ recipients: 100 }] }),
        },
        jobId,
        until,
      ).finally(() => s3.destroy());
    },
  };
  system.drains.push(async () => {
    for (let messages = await queue.receive(); messages.length > 0; messages = await queue.receive()) {
      for (const message of messages) {
        await file.split(system.rest, message.Body);
        await queue.remove(message);
      }
    }
  });
  return file;
}
