import { is } from '../dynamodb/conditions.ts';
import { jobKey, openShard } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import { SWEEP_AFTER } from './deadlines.ts';
import { isScheduled } from './due.ts';
import type { JobItem } from './job-item.ts';
import { withEntry } from './timeline.ts';

/** How a reschedule went. `same`: the job has this time already. */
export type Rescheduled = { kind: 'moved' | 'same'; job: JobItem } | { kind: 'refused'; why: string };

/** How often roll-ups and other reschedules may win before this one gives up and says so. */
const ATTEMPTS = 10;

/** Why the time of a job cannot be changed any more, or never could. */
function obstacleOf({ status, scheduler, cancelledAt }: JobItem): string {
  if (cancelledAt !== undefined) return `It was cancelled, and is ${status}.`;
  if (scheduler === undefined) return `It was to be sent at once, and is ${status}.`;
  if (scheduler === 'provider') return `It goes to the provider with its SendTime, and is ${status} here.`;
  if (status === 'preparing') return 'It is preparing: its file is still being read. It can be changed as soon as it is scheduled.';
  return `Its time has come: it is ${status}.`;
}

/**
 * Moves a job that this service holds to another time, as long as it is not due. The number of its time rises with it, so that what
 * was arranged for the time before does nothing. May be repeated; what follows from the new time is for `askDue`.
 * @param check held against the job as it is, before anything is written; throws what is wrong with the time
 */
export async function reschedule(
  context: JobContext,
  jobId: string,
  { sendTime, by, check }: { sendTime: number; by: string; check: (job: JobItem) => void },
): Promise<Rescheduled> {
  const rescheduledBy = context.randomId();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const job = await context.table.get<JobItem>(jobKey(jobId));
    if (!job) return { kind: 'refused', why: 'It is not there any more.' };
    if (job.rescheduledBy === rescheduledBy) return { kind: 'moved', job };
    if (job.sendTime === sendTime && job.scheduler === 'eventbridge' && job.cancelledAt === undefined) return { kind: 'same', job };
    if (!isScheduled(job) || job.cancelledAt !== undefined) return { kind: 'refused', why: obstacleOf(job) };
    check(job);
    const now = context.now();
    const detail = `${new Date(job.sendTime).toISOString()} -> ${new Date(sendTime).toISOString()}, ${by}`;
    const timeline = withEntry(job.timeline, { at: now, event: 'rescheduled', detail });
    const time = { sendTime, notAfter: sendTime + job.notAfter - job.sendTime, gen: job.gen + 1 };
    const looks = { openShard: openShard(jobId), wakeAt: now + SWEEP_AFTER };
    const set = { ...time, ...looks, rescheduledBy, rev: job.rev + 1, updatedAt: now, timeline };
    const conditions = [is('status', 'scheduled'), is('gen', job.gen), is('rev', job.rev)];
    const written = await context.table.update<JobItem>(jobKey(jobId), { set }, conditions);
    if (written) return { kind: 'moved', job: written };
  }
  throw new Error(`The reschedule of ${jobId} was overtaken ${ATTEMPTS} times.`);
}
