import { jobKey } from '../shared/dynamodb/keys.ts';
import type { Bus } from '../shared/event/bus.ts';
import { describeOutboxEvent, type OutgoingEvent } from '../shared/event/details.ts';
import type { JobContext } from '../shared/job/context.ts';
import type { JobItem, OutboxEvent } from '../shared/job/job-item.ts';
import { sealedJobOf } from '../shared/job/job-table.ts';
import { removePublished } from '../shared/job/outbox.ts';
import { parallel } from '../shared/parallel.ts';

/**
 * Puts what stands in the outboxes of jobs on the bus, together, and takes it out of them once the bus has taken it. Stopped in between,
 * or run twice at once, an event goes out twice: the same event, by its job and revision.
 * @returns why jobs failed, by id: the bus or the table did not answer, and their outboxes still hold what was not taken out
 * @throws Error when the jobs could not be read
 */
export async function publishOutboxes(
  { context, bus }: { context: JobContext; bus: Bus },
  jobIds: readonly string[],
): Promise<Map<string, Error>> {
  const items = await context.table.getMany<object>([...new Set(jobIds)].map(jobKey));
  const jobs = items.map((item) => sealedJobOf(item, context.now())).filter((job) => job !== undefined);
  const events = jobs.flatMap((job) => (job.outbox ?? []).map((event) => ({ job, event, outgoing: describeOutboxEvent(job, event) })));
  const refused = await bus.put(events.map(({ outgoing }) => outgoing));
  const failed = new Map<string, Error>();
  await parallel(jobs, async (job) => {
    const error = await takeOut(context, job, events, refused).catch((thrown: Error) => thrown);
    if (error) failed.set(job.jobId, error);
  });
  return failed;
}

interface Published {
  job: JobItem;
  event: OutboxEvent;
  outgoing: OutgoingEvent;
}

/** Takes out of a job's outbox what the bus took. @returns why something is left, if anything is */
async function takeOut(
  context: JobContext,
  job: JobItem,
  all: readonly Published[],
  refused: ReadonlyMap<OutgoingEvent, Error>,
): Promise<Error | undefined> {
  const own = all.filter((one) => one.job === job);
  const taken = own.filter(({ outgoing }) => !refused.has(outgoing)).map(({ event }) => event);
  if (taken.length > 0) await removePublished(context, job, taken);
  return own.map(({ outgoing }) => refused.get(outgoing)).find((error) => error !== undefined);
}
