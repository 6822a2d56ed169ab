import { is, isAbsent, unchanged } from '../dynamodb/conditions.ts';
import { jobKey, statusIndexKey } from '../dynamodb/keys.ts';
import { parallel } from '../parallel.ts';
import type { DispatchQueue } from '../queues/dispatch-queue.ts';
import { LONGEST_DELAY } from '../queues/events-queue.ts';
import { closeOverdue, closeWaiting, lastMoment } from './claim.ts';
import type { JobContext } from './context.ts';
import { FIRE_LATE, SWEEP_AFTER } from './deadlines.ts';
import type { JobItem, ScheduledJob } from './job-item.ts';
import { getJob, readJob } from './job-table.ts';
import { queueJob } from './queue-batches.ts';
import { rollUp } from './rollup.ts';
import { withEntry } from './timeline.ts';

/** What a look at a job's time leads to. */
export type DueStep =
  /** It was moved or cancelled, is on its way, or is over. */
  | { step: 'nothing' }
  /** Its time is too near for a schedule: the same check comes again after `delay` milliseconds. */
  | { step: 'delay'; delay: number; job: ScheduledJob }
  /** Its time is far: it needs a schedule. */
  | { step: 'schedule'; job: ScheduledJob }
  | { step: 'fire'; job: ScheduledJob }
  /** The process that made it due ended before its dispatch messages were queued. */
  | { step: 'queue' };

/** Other writes may win this often before this one leaves the job to the sweep. */
const ATTEMPTS = 5;

/**
 * Decides what a look at a job's time leads to, for the time that was fixed as `gen`. All of it follows from the job, so that a look
 * too many, too early, too late, or for a time that holds no more changes nothing.
 */
export function dueStep(job: JobItem | undefined, gen: number, now: number): DueStep {
  if (job?.gen !== gen || job.cancelledAt !== undefined) return { step: 'nothing' };
  if (job.status === 'queued' && job.queuedAt === undefined && !job.dropped) return { step: 'queue' };
  if (!isScheduled(job)) return { step: 'nothing' };
  const delay = job.sendTime - now;
  if (delay <= 0) return { step: 'fire', job };
  return delay <= LONGEST_DELAY ? { step: 'delay', delay, job } : { step: 'schedule', job };
}

export function isScheduled(job: JobItem): job is ScheduledJob {
  return job.status === 'scheduled';
}

/** Asks for a check of a job's time: when it has come, if the queue can hold the message until then, else now, so that it gets a schedule. */
export function askDue({ eventsQueue, now }: JobContext, { jobId, gen, sendTime }: ScheduledJob): Promise<void> {
  const delay = sendTime - now();
  return eventsQueue.due(jobId, gen, delay <= LONGEST_DELAY ? delay : 0);
}

/**
 * Has the time of a job looked at that has no schedule, or that has passed without the job having become due; for the sweep.
 * The next look is moved first, so that sweeps side by side send one message.
 */
export async function repeatDue(context: JobContext, job: ScheduledJob): Promise<void> {
  const now = context.now();
  const near = job.sendTime - now <= LONGEST_DELAY;
  const wakeAt = Math.max(now + SWEEP_AFTER, near ? job.sendTime + FIRE_LATE : 0);
  const conditions = [is('status', 'scheduled'), is('rev', job.rev), unchanged('wakeAt', job.wakeAt)];
  const moved = await context.table.update(jobKey(job.jobId), { set: { wakeAt } }, conditions);
  if (moved) await askDue(context, job);
}

/** Notes that the time of a job has a schedule. @returns whether it is still the time of the job */
export async function noteSchedule(context: JobContext, { jobId, gen, sendTime }: ScheduledJob): Promise<boolean> {
  const conditions = [is('status', 'scheduled'), is('gen', gen), isAbsent('cancelledAt')];
  const set = { scheduleGen: gen, wakeAt: sendTime + FIRE_LATE };
  return (await context.table.update(jobKey(jobId), { set }, conditions)) !== undefined;
}

/**
 * Makes a job due whose time has come, unless it was moved or cancelled meanwhile, and queues its batches. Beyond its validity they
 * expire: but only once the job can no longer be moved.
 */
export async function fire(context: JobContext, dispatchQueue: DispatchQueue, seen: ScheduledJob): Promise<void> {
  let job: JobItem | undefined = seen;
  for (let attempt = 0; attempt < ATTEMPTS && job?.gen === seen.gen && job.cancelledAt === undefined && isScheduled(job); attempt++) {
    const now = context.now();
    const timeline = withEntry(job.timeline, { at: now, event: 'queued', detail: 'Its time has come.' });
    const set = { status: 'queued', statusKey: statusIndexKey(job.caller, 'queued'), rev: job.rev + 1, updatedAt: now, timeline };
    const conditions = [is('status', 'scheduled'), is('gen', seen.gen), is('rev', job.rev)];
    await context.table.update(jobKey(job.jobId), { set: { ...set, wakeAt: now + SWEEP_AFTER } }, conditions);
    job = await getJob(context, job.jobId);
  }
  if (dueStep(job, seen.gen, context.now()).step === 'queue') await queueDue(context, dispatchQueue, seen.jobId);
}

/** Queues the batches of a job that is due, or closes them when its validity has ended. */
export async function queueDue(context: JobContext, dispatchQueue: DispatchQueue, jobId: string): Promise<void> {
  const read = await readJob(context, jobId);
  if (!read) return;
  const { job, batches } = read;
  const waiting = batches.filter(({ state }) => state === 'waiting');
  const late = waiting.filter((batch) => lastMoment(job, batch) < context.now());
  await parallel(late, (batch) => closeWaiting(context, batch, closeOverdue(batch)));
  if (late.length < waiting.length) await queueJob(context, dispatchQueue, jobId, waiting);
  else await rollUp(context, jobId);
}
