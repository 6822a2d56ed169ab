import type { Due } from '../shared/queues/events-queue.ts';
import { askDue, dueStep, fire, noteSchedule, queueDue, type ScheduledJob } from '../shared/job/due.ts';
import { renewExpiry } from '../shared/job/expiry.ts';
import type { JobItem } from '../shared/job/items.ts';
import { jobKey } from '../shared/dynamodb/keys.ts';
import { readJob } from '../shared/job/rollup.ts';
import type { Store } from '../shared/job/context.ts';
import type { WakeUps } from '../shared/queues/dispatch-queue.ts';
import type { Schedules } from '../shared/schedule/schedules.ts';

/** What a look at a job's time works with. */
export interface Clockwork {
  store: Store;
  wakeUps: WakeUps;
  schedules: Schedules;
}

/**
 * Looks at a job's time: makes it due, delays the look by the queue, or makes the schedule that will repeat it. Whoever accepts,
 * reschedules or cancels asks for it, so do schedules that fire and the sweep: it may come twice, early, late, and for a time that
 * holds no more. @throws what the store, a queue or Scheduler throws: then it is to be repeated
 */
export async function lookAtTime({ store, wakeUps, schedules }: Clockwork, due: Due): Promise<void> {
  const job = await store.table.get<JobItem>(jobKey(due.jobId));
  const next = dueStep(job, due.gen, store.now());
  switch (next.step) {
    case 'fire':
      await fire(store, wakeUps, next.job);
      break;
    case 'queue':
      await queueDue(store, wakeUps, due.jobId);
      break;
    case 'delay':
      await askDue(store, next.job);
      break;
    case 'schedule':
      await schedule(store, schedules, next.job);
      break;
  }
  const outdated = job && outdatedGen(job);
  // One that stays fires into nothing: not worth a failure of the message.
  if (outdated !== undefined) await schedules.remove({ jobId: due.jobId, gen: outdated }).catch(() => undefined);
}

/** Makes the schedule of a time that is far. What is kept of the job must last that long and longer: a job can be moved by a year. */
async function schedule(store: Store, schedules: Schedules, job: ScheduledJob): Promise<void> {
  const read = await readJob(store, job.jobId);
  if (read) await renewExpiry(store, read);
  await schedules.create(job, job.sendTime);
  if (!(await noteSchedule(store, job))) await schedules.remove(job).catch(() => undefined);
}

/** The schedule that a job has and needs no more: of an earlier time, or of a job that was cancelled. */
function outdatedGen({ cancelledAt, gen, scheduleGen }: JobItem): number | undefined {
  return cancelledAt !== undefined || scheduleGen !== gen ? scheduleGen : undefined;
}
