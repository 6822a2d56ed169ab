import { is, unchanged } from '../dynamodb/conditions.ts';
import { jobKey } from '../dynamodb/keys.ts';
import type { JobContext } from './context.ts';
import type { JobItem, OutboxEvent } from './job-item.ts';
import { getJob } from './job-table.ts';
import { type Counts, isFinal, type JobStatus } from './states.ts';

/** The sweep repeats what is in an outbox after a minute, then after as long again as it has been there, at least hourly (milliseconds). */
const REPEAT = { least: 60_000, most: 3_600_000 };

/**
 * The outbox of a job that becomes `status` with these counts: what it held before, and an event when the job is over, or when more
 * recipients are unknown than before. It is written with the change itself, so that a process that dies after it leaves the event behind.
 * In a stage in which nothing listens, it stays empty.
 */
export function outboxAfter({ publishes }: Pick<JobContext, 'publishes'>, job: JobItem, status: JobStatus, counts: Counts, now: number) {
  const before = job.outbox ?? [];
  const news = status === 'attention' ? counts.unknown > job.counts.unknown : isFinal(status) && status !== job.status;
  return news && publishes ? [...before, { status: status as OutboxEvent['status'], rev: job.rev + 1, at: now, counts }] : before;
}

/** When the sweep repeats what is in an outbox (epoch milliseconds). */
export function republishAt([oldest]: readonly OutboxEvent[], now: number): number {
  const age = now - (oldest?.at ?? now);
  return now + Math.min(REPEAT.most, Math.max(REPEAT.least, age));
}

/** Has a job's outbox published, if it holds anything, once it is written. A message that gets lost here is repeated by the sweep. */
export async function requestPublication<Job extends JobItem | undefined>(context: JobContext, job: Job): Promise<Job> {
  if (job?.outbox) await context.eventsQueue.publish(job.jobId).catch(() => undefined);
  return job;
}

/** Has the outbox of a job published that is over, and moves the next look; for the sweep. */
export async function republish(context: JobContext, job: JobItem & { outbox: OutboxEvent[] }): Promise<void> {
  const set = { wakeAt: republishAt(job.outbox, context.now()) };
  await context.table.update(jobKey(job.jobId), { set }, [is('rev', job.rev), unchanged('wakeAt', job.wakeAt)]);
  await context.eventsQueue.publish(job.jobId);
}

/**
 * Takes events out of a job's outbox that the bus has taken, unless the job has changed since: then its outbox is looked at again. A job
 * that is over and has an empty outbox leaves the sweep's index. The revision stays: nothing that callers see is different.
 */
export async function removePublished(context: JobContext, job: JobItem, taken: readonly OutboxEvent[]): Promise<void> {
  let seen: JobItem | undefined = job;
  while (seen?.outbox) {
    const left: OutboxEvent[] = seen.outbox.filter(({ rev }) => !taken.some((event) => event.rev === rev));
    if (left.length === seen.outbox.length) return;
    const looks = isFinal(seen.status) ? ['openShard', 'wakeAt'] : [];
    const change = left.length > 0 ? { set: { outbox: left } } : { remove: ['outbox', ...looks] };
    if (await context.table.update(jobKey(job.jobId), change, [is('rev', seen.rev)])) return;
    seen = await getJob(context, job.jobId);
  }
}
