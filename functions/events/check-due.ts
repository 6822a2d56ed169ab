import { jobKey } from '../shared/dynamodb/keys.ts';
import type { JobContext } from '../shared/job/context.ts';
import { askDue, dueStep, fire, noteSchedule, queueDue } from '../shared/job/due.ts';
import type { JobItem, ScheduledJob } from '../shared/job/job-item.ts';
import { readJob } from '../shared/job/job-table.ts';
import { renewExpiry } from '../shared/job/renew-expiry.ts';
import type { DispatchQueue } from '../shared/queues/dispatch-queue.ts';
import type { Due } from '../shared/queues/events-queue.ts';
import type { Schedules } from '../shared/schedule/schedules.ts';

/** What a look at a job's time works with. */
export interface CheckDueDeps {
  context: JobContext;
  dispatchQueue: DispatchQueue;
  schedules: Schedules;
}

/**
 * Looks at a job's time: makes it due, delays the look by the queue, or makes the schedule that will repeat it. Requests that
 * accept, reschedule or cancel ask for it, as do schedules that fire and the sweep: it may come twice, early, late, and for a time that
 * no longer holds. @throws what the table, a queue or Scheduler throws: the message must come again
 */
export async function checkDue({ context, dispatchQueue, schedules }: CheckDueDeps, due: Due): Promise<void> {
  const job = await context.table.get<JobItem>(jobKey(due.jobId));
  const next = dueStep(job, due.gen, context.now());
  switch (next.step) {
    case 'fire':
      await fire(context, dispatchQueue, next.job);
      break;
    case 'queue':
      await queueDue(context, dispatchQueue, due.jobId);
      break;
    case 'delay':
      await askDue(context, next.job);
      break;
    case 'schedule':
      await schedule(context, schedules, next.job);
      break;
  }
  const outdated = job && outdatedGen(job);
  // One that stays fires into nothing: not worth a failure of the message.
  if (outdated !== undefined) await schedules.remove({ jobId: due.jobId, gen: outdated }).catch(() => undefined);
}

/** Makes the schedule of a time that is far. What is kept of the job must last that long and longer: a job can be moved by a year. */
async function schedule(context: JobContext, schedules: Schedules, job: ScheduledJob): Promise<void> {
  const read = await readJob(context, job.jobId);
  if (read) await renewExpiry(context, read);
  await schedules.create(job, job.sendTime);
  if (!(await noteSchedule(context, job))) await schedules.remove(job).catch(() => undefined);
}

/** The schedule that a job has and needs no more: of an earlier time, or of a job that was cancelled. */
function outdatedGen({ cancelledAt, gen, scheduleGen }: JobItem): number | undefined {
  return cancelledAt !== undefined || scheduleGen !== gen ? scheduleGen : undefined;
}
