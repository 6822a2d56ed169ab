import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { readEnv } from '../shared/env/env.ts';
import { openBucket } from '../shared/files/bucket.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { fileTaskSchema, openFilesQueue } from '../shared/queues/files-queue.ts';
import { uploadsEnv } from './env.ts';
import { splitFile } from './split-file.ts';
import { writeExport } from './write-export.ts';

/** Kept back of the function's time to write what is in hand and to wake up the next run (milliseconds). */
const TIME_TO_END = 30_000;

const env = readEnv(uploadsEnv);
const logger = new Logger({ serviceName: 'uploads' });
const files = {
  context: openJobContext(env),
  bucket: openBucket(env.FILES_BUCKET),
  tasks: openFilesQueue(env.FILES_QUEUE_URL),
  dispatchQueue: openDispatchQueue(env.DISPATCH_QUEUE_URL),
  dailyLimit: env.LIMITS.maxRecipientsPerDay,
};

/** A message -> a file of recipients is read into batches, or the results of a job are written into a file. */
export const handler = middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 }).handler(async (event, context) => {
  const until = Date.now() + context.getRemainingTimeInMillis() - TIME_TO_END;
  const failed: string[] = [];
  for (const record of event.Records) if (!(await done(record, until))) failed.push(record.messageId);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});

async function done({ body, messageId }: SQSRecord, until: number): Promise<boolean> {
  try {
    const { task, jobId } = fileTaskSchema.parse(JSON.parse(body));
    if (task === 'split') await splitFile(files, jobId, until);
    else await writeExport(files, jobId);
    logger.info('done', { task, jobId });
    return true;
  } catch (error) {
    const { name, message } = error as Error;
    logger.error('failed', { messageId, error: { name, message } });
    return false;
  }
}
