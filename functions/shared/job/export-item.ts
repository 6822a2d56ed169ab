import { either, is, isGone } from '../dynamodb/conditions.ts';
import { exportKey, type Key } from '../dynamodb/keys.ts';
import { exportObjectKey } from '../files/object-keys.ts';
import type { JobContext } from './context.ts';
import type { JobItem } from './job-item.ts';
import { isFinal } from './states.ts';

/** The results of a job as a file, as they were at a revision. */
export interface ExportItem extends Key {
  jobId: string;
  rev: number;
  state: 'asked' | 'ready';
  /** Epoch milliseconds. */
  askedAt: number;
  /** Where it lies in the bucket. */
  object: string;
  expiresAt: number;
}

/**
 * Asks for the results of a job as they are now. One that is being written is the one that is asked for; so is one that is there, when
 * nothing about the job can have changed since.
 */
export async function askExport(context: JobContext, job: JobItem): Promise<ExportItem> {
  const found = await readExport(context, job.jobId);
  if (found?.state === 'asked') return found;
  if (found?.rev === job.rev && isFinal(job.status)) return found;
  const askedAt = context.now();
  const { jobId, rev, expiresAt } = job;
  const item: ExportItem = { ...exportKey(jobId), jobId, rev, state: 'asked', askedAt, object: exportObjectKey(jobId, rev), expiresAt };
  const unchanged = found ? is('askedAt', found.askedAt) : isGone(askedAt);
  if (await context.table.put(item, [either(unchanged, is('askedAt', askedAt))])) return item;
  return (await readExport(context, jobId)) ?? item;
}

/** The results that were asked for, and whether they are there; `undefined` when they were not asked for. */
export async function readExport(context: JobContext, jobId: string): Promise<ExportItem | undefined> {
  const item = await context.table.get<ExportItem>(exportKey(jobId));
  return item && item.expiresAt * 1000 > context.now() ? item : undefined;
}

/** Notes that the file is there. Another one that was asked for meanwhile is not this one's to report. */
export async function finishExport(context: JobContext, { jobId, askedAt }: ExportItem): Promise<void> {
  await context.table.update(exportKey(jobId), { set: { state: 'ready' } }, [is('askedAt', askedAt)]);
}
