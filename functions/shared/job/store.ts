import { randomUUID } from 'node:crypto';
import { Table } from './table.ts';

/** What the writes to the job table need from outside: the table, the time (epoch milliseconds) and chance. */
export interface Store {
  table: Table;
  now: () => number;
  randomId: () => string;
  /** From 0 up to 1, for jitter. */
  random: () => number;
}

/** The store of a running function. */
export function openStore(tableName: string): Store {
  return { table: new Table(tableName), now: Date.now, randomId: randomUUID, random: Math.random };
}
