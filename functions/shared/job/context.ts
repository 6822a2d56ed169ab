import { randomUUID } from 'node:crypto';
import type { JobEnv } from '../env/env.ts';
import { type Errands, openErrands } from '../queues/events-queue.ts';
import { Table } from '../dynamodb/table.ts';

/**
 * What the writes to the job table need from outside: the table, the time (epoch milliseconds), chance, and the queue that hears of
 * what has to be done outside of the table.
 */
export interface Store {
  table: Table;
  now: () => number;
  randomId: () => string;
  /** From 0 up to 1, for jitter. */
  random: () => number;
  errands: Errands;
}

/** The store of a running function. */
export function openStore({ TABLE_NAME, ERRANDS_QUEUE_URL }: Pick<JobEnv, 'TABLE_NAME' | 'ERRANDS_QUEUE_URL'>): Store {
  const errands = openErrands(ERRANDS_QUEUE_URL);
  return { table: new Table(TABLE_NAME), now: Date.now, randomId: randomUUID, random: Math.random, errands };
}
