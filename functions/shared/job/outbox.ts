import { is } from '../dynamodb/conditions.ts';
import type { JobItem, OwedEvent } from './items.ts';
import { jobKey } from '../dynamodb/keys.ts';
import { type Counts, isFinal, type JobStatus } from './states.ts';
import type { Store } from './context.ts';

/** The sweep repeats what a job owes after a minute, then after as long again as it has been owed, at least hourly (milliseconds). */
const REPEAT = { least: 60_000, most: 3_600_000 };

/**
 * What a job owes when it becomes `status` with these counts: what it owed before, and an event when it is over, or when more
 * recipients are unknown than before. Written with the change itself, so that a process that dies after it leaves the event behind.
 */
export function owedAfter(job: JobItem, status: JobStatus, counts: Counts, now: number): OwedEvent[] {
  const before = job.owed ?? [];
  const news = status === 'attention' ? counts.unknown > job.counts.unknown : isFinal(status) && status !== job.status;
  return news ? [...before, { status: status as OwedEvent['status'], rev: job.rev + 1, at: now, counts }] : before;
}

/** When the sweep repeats what is owed (epoch milliseconds). */
export function repeatOwedAt([oldest]: readonly OwedEvent[], now: number): number {
  const age = now - (oldest?.at ?? now);
  return now + Math.min(REPEAT.most, Math.max(REPEAT.least, age));
}

/** Has the events of a job sent, if it owes any, once it is written. What gets lost here is repeated by the sweep. */
export async function announce<Job extends JobItem | undefined>(store: Store, job: Job): Promise<Job> {
  if (job?.owed) await store.errands.owes(job.jobId).catch(() => undefined);
  return job;
}

/** Has the events of a job sent that is over, and moves the next look; for the sweep. */
export async function repeatOwed(store: Store, job: JobItem & { owed: OwedEvent[] }): Promise<void> {
  const set = { wakeAt: repeatOwedAt(job.owed, store.now()) };
  await store.table.update(jobKey(job.jobId), { set }, [is('rev', job.rev), is('wakeAt', job.wakeAt ?? 0)]);
  await store.errands.owes(job.jobId);
}

/**
 * Takes events off a job that the bus has taken, unless somebody else has changed the job since: then what it owes now is looked at
 * again. A job that is over and owes nothing is not looked at by the sweep any more. Does not raise the revision: nothing that
 * callers see is different.
 */
export async function removeOwed(store: Store, job: JobItem, taken: readonly OwedEvent[]): Promise<void> {
  let seen: JobItem | undefined = job;
  while (seen?.owed) {
    const left = seen.owed.filter(({ rev }) => !taken.some((event) => event.rev === rev));
    if (left.length === seen.owed.length) return;
    const looks = isFinal(seen.status) ? ['openShard', 'wakeAt'] : [];
    const change = left.length > 0 ? { set: { owed: left } } : { remove: ['owed', ...looks] };
    if (await store.table.update(jobKey(job.jobId), change, [is('rev', seen.rev)])) return;
    seen = await store.table.get<JobItem>(jobKey(job.jobId));
  }
}
