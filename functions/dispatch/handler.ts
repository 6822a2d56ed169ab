import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { openProvider } from '../shared/dispatch/provider.ts';
import { type Sender, sendBatch } from '../shared/dispatch/send-batch.ts';
import { readEnv } from '../shared/env/env.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openCounters } from '../shared/metrics.ts';
import { attemptSchema, openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { dispatchEnv } from './env.ts';

/** How long a dispatch message waits for a free slot, and what is kept back of the function's time for the last writes (milliseconds). */
const WAIT_FOR_SLOT = 5_000;
const TIME_TO_END = 2_000;

const env = readEnv(dispatchEnv);
const logger = new Logger({ serviceName: 'dispatch' });
const sender: Sender = {
  context: openJobContext(env),
  ...openProvider(env),
  callLimits: env.LIMITS,
  dispatchQueue: openDispatchQueue(env.DISPATCH_QUEUE_URL),
  counters: openCounters(env.STAGE),
};

/** A dispatch message -> a batch -> one CustomSend call. A message fails only when nothing could be decided: then it comes again. */
export const handler = middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 }).handler(async (event, context) => {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - TIME_TO_END;
  const failed: string[] = [];
  for (const record of event.Records) if (!(await dispatched(record, deadline))) failed.push(record.messageId);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});

async function dispatched({ body, messageId }: SQSRecord, deadline: number): Promise<boolean> {
  try {
    const attempt = attemptSchema.parse(JSON.parse(body));
    const left = await sendBatch(sender, attempt, { permitWait: WAIT_FOR_SLOT, deadline });
    if (left) logger.info('batch', { ...attempt, state: left.state, code: left.code });
    return true;
  } catch (error) {
    const { name, message } = error as Error;
    logger.error('not decided', { messageId, error: { name, message } });
    return false;
  }
}
