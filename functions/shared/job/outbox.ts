import { is } from '../dynamodb/conditions.ts';
import { jobKey } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import type { JobItem, OutboxEvent } from './items.ts';
import { type Counts, isFinal, type JobStatus } from './states.ts';

/** The sweep repeats what a job owes after a minute, then after as long again as it has been outbox, at least hourly (milliseconds). */
const REPEAT = { least: 60_000, most: 3_600_000 };

/**
 * What a job owes when it becomes `status` with these counts: what it outbox before, and an event when it is over, or when more
 * recipients are unknown than before. Written with the change itself, so that a process that dies after it leaves the event behind.
 */
export function outboxAfter(job: JobItem, status: JobStatus, counts: Counts, now: number): OutboxEvent[] {
  const before = job.outbox ?? [];
  const news = status === 'attention' ? counts.unknown > job.counts.unknown : isFinal(status) && status !== job.status;
  return news ? [...before, { status: status as OutboxEvent['status'], rev: job.rev + 1, at: now, counts }] : before;
}

/** When the sweep repeats what is outbox (epoch milliseconds). */
export function republishAt([oldest]: readonly OutboxEvent[], now: number): number {
  const age = now - (oldest?.at ?? now);
  return now + Math.min(REPEAT.most, Math.max(REPEAT.least, age));
}

/** Has the events of a job sent, if it owes any, once it is written. What gets lost here is repeated by the sweep. */
export async function requestPublication<Job extends JobItem | undefined>(context: JobContext, job: Job): Promise<Job> {
  if (job?.outbox) await context.eventsQueue.publish(job.jobId).catch(() => undefined);
  return job;
}

/** Has the events of a job sent that is over, and moves the next look; for the sweep. */
export async function republish(context: JobContext, job: JobItem & { outbox: OutboxEvent[] }): Promise<void> {
  const set = { wakeAt: republishAt(job.outbox, context.now()) };
  await context.table.update(jobKey(job.jobId), { set }, [is('rev', job.rev), is('wakeAt', job.wakeAt ?? 0)]);
  await context.eventsQueue.publish(job.jobId);
}

/**
 * Takes events off a job that the bus has taken, unless somebody else has changed the job since: then what it owes now is looked at
 * again. A job that is over and owes nothing is not looked at by the sweep any more. Does not raise the revision: nothing that
 * callers see is different.
 */
export async function removePublished(context: JobContext, job: JobItem, taken: readonly OutboxEvent[]): Promise<void> {
  let seen: JobItem | undefined = job;
  while (seen?.outbox) {
    const left = seen.outbox.filter(({ rev }) => !taken.some((event) => event.rev === rev));
    if (left.length === seen.outbox.length) return;
    const looks = isFinal(seen.status) ? ['openShard', 'wakeAt'] : [];
    const change = left.length > 0 ? { set: { outbox: left } } : { remove: ['outbox', ...looks] };
    if (await context.table.update(jobKey(job.jobId), change, [is('rev', seen.rev)])) return;
    seen = await context.table.get<JobItem>(jobKey(job.jobId));
  }
}
