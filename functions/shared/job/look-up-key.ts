import { jobKey } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import { NEVER_CREATED_AFTER } from './deadlines.ts';
import { jobIdOf } from './job-id.ts';
import type { CreatingJob, JobItem } from './job-item.ts';
import { parseJobRecord } from './job-table.ts';
import type { ReachedLimit } from './quota.ts';

/** What an idempotency key stands for. */
export type Lookup =
  | { kind: 'free'; seen?: CreatingJob | undefined }
  | { kind: 'sealed'; job: JobItem }
  /** The key was used with another body. */
  | { kind: 'conflict' }
  /** Another request is creating the job right now. */
  | { kind: 'creating'; retryAfterSeconds: number }
  /** A limit of the day leaves no room for it. Nothing was created. */
  | { kind: 'over-limit'; limit: ReachedLimit }
  /** Its job was never sealed, long ago. */
  | { kind: 'spent' };

/** Reads what a caller's key stands for, before every check that depends on time, quota or pause. */
export async function lookUp({ table, now }: JobContext, caller: string, key: string, hash: string): Promise<Lookup> {
  return lookUpIn(await table.get<object>(jobKey(jobIdOf(caller, key))), hash, now());
}

/** What a key stands for, by the item under its job's key. */
export function lookUpIn(item: object | undefined, hash: string, now: number): Lookup {
  const record = item && parseJobRecord(item);
  if (!record || record.expiresAt * 1000 <= now) return { kind: 'free' };
  if (record.hash !== hash) return { kind: 'conflict' };
  if (record.status !== 'creating') return { kind: 'sealed', job: record };
  if (record.snapshot.createdAt + NEVER_CREATED_AFTER <= now) return { kind: 'spent' };
  const left = record.creatingUntil - now;
  return left > 0 ? { kind: 'creating', retryAfterSeconds: Math.ceil(left / 1000) } : { kind: 'free', seen: record };
}
