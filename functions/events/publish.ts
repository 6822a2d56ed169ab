import type { Bus } from '../shared/event/bus.ts';
import { describeOwed } from '../shared/event/details.ts';
import type { JobItem } from '../shared/job/items.ts';
import { jobKey } from '../shared/dynamodb/keys.ts';
import { removeOwed } from '../shared/job/outbox.ts';
import type { Store } from '../shared/job/context.ts';

/**
 * Puts what a job owes on the bus, and takes it off the job once the bus has taken it. Stopped in between, or run twice at once, an
 * event goes out twice: the same event, by its job and revision.
 * @throws Error when the bus or the store does not answer; then the job still owes what was not taken off it
 */
export async function putOwed({ store, bus }: { store: Store; bus: Bus }, jobId: string): Promise<void> {
  const job = await store.table.get<JobItem>(jobKey(jobId));
  if (!job?.owed) return;
  for (const owed of job.owed) await bus.put(describeOwed(job, owed));
  await removeOwed(store, job, job.owed);
}
