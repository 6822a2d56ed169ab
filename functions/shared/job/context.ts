import { randomUUID } from 'node:crypto';
import { Table } from '../dynamodb/table.ts';
import type { JobEnv } from '../env/env.ts';
import { type EventsQueue, openEventsQueue } from '../queues/events-queue.ts';

/**
 * What the writes to the job table need from outside: the table, the time (epoch milliseconds), random, and the queue that hears of
 * what has to be done outside of the table.
 */
export interface JobContext {
  table: Table;
  now: () => number;
  randomId: () => string;
  /** From 0 up to 1, for jitter. */
  random: () => number;
  eventsQueue: EventsQueue;
}

/** The table of a running function. */
export function openJobContext({ TABLE_NAME, EVENTS_QUEUE_URL }: Pick<JobEnv, 'TABLE_NAME' | 'EVENTS_QUEUE_URL'>): JobContext {
  const eventsQueue = openEventsQueue(EVENTS_QUEUE_URL);
  return { table: new Table(TABLE_NAME), now: Date.now, randomId: randomUUID, random: Math.random, eventsQueue };
}
