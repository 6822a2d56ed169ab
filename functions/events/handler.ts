import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { readEnv } from '../shared/env/env.ts';
import { openBus } from '../shared/event/bus.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openCounters } from '../shared/metrics.ts';
import { openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { dueSchema, publishSchema } from '../shared/queues/events-queue.ts';
import { openFilesQueue } from '../shared/queues/files-queue.ts';
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

/** What wakes up this function: an events-queue message, or an event of the bus. Anything else fails, and ends among the dead letters. */
const messageSchema = z.union([dueSchema, publishSchema, requestedSchema]);

/** Messages -> a job's time is looked at, outboxes are put on the bus together, or a request becomes a job. */
export const handler = middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 }).handler(async (event) => {
  const failed: string[] = [];
  const outboxes = new Map<string, string[]>();
  for (const record of event.Records) if (!(await done(record, outboxes))) failed.push(record.messageId);
  failed.push(...(await publish(outboxes)));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});

async function done({ body, messageId }: SQSRecord, outboxes: Map<string, string[]>): Promise<boolean> {
  try {
    const message = messageSchema.parse(JSON.parse(body));
    if ('publish' in message) outboxes.set(message.jobId, [...(outboxes.get(message.jobId) ?? []), messageId]);
    else await carryOut(message);
    return true;
  } catch (error) {
    logger.error('not done', { messageId, error: error as Error });
    return false;
  }
}

/** @param outboxes the messages that name each job @returns the messages that must come again */
async function publish(outboxes: ReadonlyMap<string, readonly string[]>): Promise<string[]> {
  if (outboxes.size === 0) return [];
  const jobIds = [...outboxes.keys()];
  const all = (error: unknown) => new Map(jobIds.map((jobId) => [jobId, error as Error]));
  const failed = await publishOutboxes(events, jobIds).catch(all);
  for (const [jobId, error] of failed) logger.error('not published', { jobId, error });
  return [...failed.keys()].flatMap((jobId) => outboxes.get(jobId) ?? []);
}

async function carryOut(message: Exclude<z.output<typeof messageSchema>, { publish: true }>): Promise<void> {
  if ('detail' in message) {
    const { id: eventId, account, source } = message;
    const taken = await takeRequest(events, message);
    logger['refused' in taken ? 'warn' : 'info']('request', { eventId, account, source, ...taken });
  } else await checkDue(events, message);
}
