import { Logger } from '@aws-lambda-powertools/logger';
import { readEnv } from '../shared/env/env.ts';
import { openBucket } from '../shared/files/bucket.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openFailureCounter } from '../shared/metrics.ts';
import { openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { fileTaskSchema, openFilesQueue } from '../shared/queues/files-queue.ts';
import { queueHandler } from '../shared/queues/queue-handler.ts';
import { dailyLimitsOf } from '../shared/send-request/caller-rules.ts';
import { uploadsEnv } from './env.ts';
import { splitFile } from './split-file.ts';
import { writeExport } from './write-export.ts';

/** Kept back of the function's time to write what is in hand and to queue the next run (milliseconds). */
const TIME_TO_END = 30_000;

const env = readEnv(uploadsEnv);
const logger = new Logger({ serviceName: 'uploads' });
const files = {
  context: openJobContext(env),
  bucket: openBucket(env.FILES_BUCKET),
  tasks: openFilesQueue(env.FILES_QUEUE_URL),
  dispatchQueue: openDispatchQueue(env.DISPATCH_QUEUE_URL),
  dailyLimitsOf: (caller: string) => dailyLimitsOf({ limits: env.LIMITS, providerZone: env.PROVIDER_TIME_ZONE }, caller),
};

/** A message -> a file of recipients is read into batches, or the results of a job are written into a file. */
export const handler = queueHandler({
  schema: fileTaskSchema,
  logger,
  failures: openFailureCounter(env.STAGE, 'uploads'),
  timeToEnd: TIME_TO_END,
  async work({ task, jobId }, deadline) {
    if (task === 'split') await splitFile(files, jobId, deadline);
    else await writeExport(files, jobId);
    logger.info('done', { task, jobId });
  },
});
