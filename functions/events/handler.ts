import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { readEnv } from '../shared/env/env.ts';
import { openBus } from '../shared/event/bus.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openCounters, openFailureCounter } from '../shared/metrics.ts';
import { openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { dueSchema, publishSchema } from '../shared/queues/events-queue.ts';
import { openFilesQueue } from '../shared/queues/files-queue.ts';
import { queueHandler } from '../shared/queues/queue-handler.ts';
import { openSchedules } from '../shared/schedule/schedules.ts';
import { type CheckDueDeps, checkDue } from './check-due.ts';
import { eventsEnv } from './env.ts';
import { publishOutboxes } from './publish.ts';
import { requestedSchema, type TakeRequestDeps, takeRequest } from './take-request.ts';

const env = readEnv(eventsEnv);
const logger = new Logger({ serviceName: 'events' });
const events: TakeRequestDeps & CheckDueDeps = {
  context: openJobContext(env),
  rules: { dialect: env.DIALECT, limits: env.LIMITS, protocol: env.PROVIDER_PROTOCOL, providerZone: env.PROVIDER_TIME_ZONE },
  sources: env.EVENT_SOURCES,
  dispatchQueue: openDispatchQueue(env.DISPATCH_QUEUE_URL),
  tasks: openFilesQueue(env.FILES_QUEUE_URL),
  schedules: openSchedules(env),
  bus: openBus(env.EVENT_BUS_NAME),
  counters: openCounters(env.STAGE),
};

/** What invokes this function: an events-queue message, or an event of the bus. Anything else fails, and ends among the dead letters. */
const messageSchema = z.union([dueSchema, publishSchema, requestedSchema]);

/** Messages -> a job's time is looked at, outboxes are put on the bus together, or a request becomes a job. */
export const handler = queueHandler({
  schema: messageSchema,
  logger,
  failures: openFailureCounter(env.STAGE, 'events'),
  timeToEnd: 0,
  async work(message) {
    if ('detail' in message) {
      const { id: eventId, account, source } = message;
      const taken = await takeRequest(events, message);
      logger['refused' in taken ? 'warn' : 'info']('request', { eventId, account, source, ...taken });
    } else if ('gen' in message) await checkDue(events, message);
  },
  together: {
    keyOf: (message) => ('publish' in message ? message.jobId : undefined),
    work: (jobIds) => publishOutboxes(events, jobIds),
  },
});
