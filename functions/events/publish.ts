import { jobKey } from '../shared/dynamodb/keys.ts';
import type { Bus } from '../shared/event/bus.ts';
import { describeOutboxEvent } from '../shared/event/details.ts';
import type { JobContext } from '../shared/job/context.ts';
import type { JobItem } from '../shared/job/items.ts';
import { removePublished } from '../shared/job/outbox.ts';

/**
 * Puts what a job owes on the bus, and takes it off the job once the bus has taken it. Stopped in between, or run twice at once, an
 * event goes out twice: the same event, by its job and revision.
 * @throws Error when the bus or the table does not answer; then the job still owes what was not taken off it
 */
export async function publishOutbox({ context, bus }: { context: JobContext; bus: Bus }, jobId: string): Promise<void> {
  const job = await context.table.get<JobItem>(jobKey(jobId));
  if (!job?.outbox) return;
  for (const outbox of job.outbox) await bus.put(describeOutboxEvent(job, outbox));
  await removePublished(context, job, job.outbox);
}
