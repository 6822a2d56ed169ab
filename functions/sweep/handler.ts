import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import { readEnv } from '../shared/env/env.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openCounters, openFailureCounter } from '../shared/metrics.ts';
import { openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { openFilesQueue } from '../shared/queues/files-queue.ts';
import { sweepEnv } from './env.ts';
import { sweep } from './sweep.ts';

/** Kept back of the function's time for the jobs under way (milliseconds). */
const TIME_TO_END = 10_000;

const env = readEnv(sweepEnv);
const logger = new Logger({ serviceName: 'sweep' });
const sweeper = {
  context: openJobContext(env),
  dispatchQueue: openDispatchQueue(env.DISPATCH_QUEUE_URL),
  files: { tasks: openFilesQueue(env.FILES_QUEUE_URL) },
  counters: openCounters(env.STAGE),
  report: (jobId: string, { name, message, stack }: Error) => logger.error('not swept', { jobId, error: { name, message, stack } }),
};
const failures = openFailureCounter(env.STAGE, 'sweep');

/** Every minute: finds work that stopped half-way. The event says nothing but that it is time. */
export const handler = middy({ timeoutEarlyInMillis: 0 }).handler(async (_event, context) => {
  logger.addContext(context);
  const swept = await sweep(sweeper, Date.now() + context.getRemainingTimeInMillis() - TIME_TO_END);
  sweeper.counters.unknownBatches(swept.unknown);
  failures.count(swept.failed);
  if (swept.jobs > 0) logger.info('swept', { ...swept });
});
