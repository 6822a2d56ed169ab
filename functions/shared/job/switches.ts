import { switchKey } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';

/** What dispatching is switched for: all callers, or one. */
export type Scope = Parameters<typeof switchKey>[0];

/** Whether dispatching is stopped, by whom and why. */
export interface Switch {
  paused: boolean;
  by?: string;
  why?: string;
  /** Epoch milliseconds. */
  at?: number;
}

/** Reads a switch; one that was never set is not paused. */
export async function readSwitch(context: JobContext, scope: Scope): Promise<Switch> {
  const { paused = false, by, why, at } = (await context.table.get<Partial<Switch> & { pk: string; sk: string }>(switchKey(scope))) ?? {};
  return { paused, by, why, at };
}

/** Stops or starts dispatching. What is being sent ends; what waits stays, and the sweep queues it again after a start. */
export async function setSwitch(context: JobContext, scope: Scope, paused: boolean, by: string, why: string | undefined): Promise<Switch> {
  const state: Switch = { paused, by, why, at: context.now() };
  await context.table.put({ ...switchKey(scope), ...state });
  return state;
}
