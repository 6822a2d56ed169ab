import { Logger } from '@aws-lambda-powertools/logger';
import { openProvider } from '../shared/dispatch/provider.ts';
import { sendBatch } from '../shared/dispatch/send-batch.ts';
import type { Sender } from '../shared/dispatch/sender.ts';
import { readEnv } from '../shared/env/env.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openCounters, openFailureCounter } from '../shared/metrics.ts';
import { attemptSchema } from '../shared/queues/dispatch-message.ts';
import { openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { queueHandler } from '../shared/queues/queue-handler.ts';
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
export const handler = queueHandler({
  schema: attemptSchema,
  logger,
  failures: openFailureCounter(env.STAGE, 'dispatch'),
  timeToEnd: TIME_TO_END,
  async work(attempt, deadline) {
    const left = await sendBatch(sender, attempt, { permitWait: WAIT_FOR_SLOT, deadline });
    if (left) logger.info('batch', { ...attempt, state: left.state, code: left.code });
  },
});
