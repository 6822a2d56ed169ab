import { randomUUID } from 'node:crypto';
import { Table } from '../dynamodb/table.ts';
import type { JobEnv } from '../env/env.ts';
import { type EventsQueue, openEventsQueue } from '../queues/events-queue.ts';

/** What the writes to the job table need from outside. */
export interface JobContext {
  table: Table;
  /** The time, in epoch milliseconds. */
  now: () => number;
  randomId: () => string;
  /** From 0 up to 1, for jitter. */
  random: () => number;
  /** The queue of work that has to be done outside of the table. */
  eventsQueue: EventsQueue;
  /** Whether events about jobs go out on the bus. Where nothing listens, jobs have no outbox. */
  publishes: boolean;
}

/** The context of a running function. */
export function openJobContext(env: Pick<JobEnv, 'TABLE_NAME' | 'EVENTS_QUEUE_URL' | 'PUBLISH_EVENTS'>): JobContext {
  const eventsQueue = openEventsQueue(env.EVENTS_QUEUE_URL);
  const table = new Table(env.TABLE_NAME);
  return { table, now: Date.now, randomId: randomUUID, random: Math.random, eventsQueue, publishes: env.PUBLISH_EVENTS === 'yes' };
}
