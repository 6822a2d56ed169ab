import { expect, test } from 'vitest';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import type { JobItem, OutboxEvent } from '../../functions/shared/job/job-item.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { outboxAfter, removePublished, republishAt } from '../../functions/shared/job/outbox.ts';
import { rollUp } from '../../functions/shared/job/rollup.ts';
import { countRecipients, type JobStatus } from '../../functions/shared/job/states.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { aRequest, onEveryEngine, openTestContext, phones, rules, writeBatch } from '../support/job-context.ts';
import { loseAnswer, pass, startProxy } from '../support/proxy.ts';

const MINUTE = 60_000;
const counts = (unknown: number) => ({ ...countRecipients([]), total: 4, unknown });
const aJobThat = (status: JobStatus, unknown = 0, outbox?: OutboxEvent[]) =>
  ({ status, rev: 7, counts: counts(unknown), ...(outbox && { outbox }) }) as Partial<JobItem> as JobItem;
const event: OutboxEvent = { status: 'attention', rev: 5, at: 1, counts: counts(1) };

test.each<[string, JobItem, JobStatus, number, string[]]>([
  ['it is over', aJobThat('sending'), 'completed', 0, ['completed 8']],
  ['it was over', aJobThat('completed'), 'completed', 0, []],
  ['some of it is unknown', aJobThat('sending'), 'attention', 1, ['attention 8']],
  ['more of it is unknown', aJobThat('attention', 1), 'attention', 3, ['attention 8']],
  ['less of it is unknown', aJobThat('attention', 3), 'attention', 1, []],
  ['it goes on', aJobThat('attention', 1), 'sending', 0, []],
  ['it is over, and its outbox is not empty', aJobThat('attention', 1, [event]), 'completed', 0, ['attention 5', 'completed 8']],
  ['nothing is new, and its outbox is not empty', aJobThat('attention', 1, [event]), 'attention', 1, ['attention 5']],
])('the outbox of a job when %s', (_when, job, status, unknown, outbox) => {
  const after = outboxAfter({ publishes: true }, job, status, counts(unknown), 1_000);
  expect(outboxAfter({ publishes: false }, job, status, counts(unknown), 1_000)).toEqual(job.outbox ?? []);
  expect(after.map((one) => `${one.status} ${one.rev}`)).toEqual(outbox);
  if (outbox.includes(`${status} 8`)) expect(after.at(-1)).toEqual({ status, rev: 8, at: 1_000, counts: counts(unknown) });
});

test('what is in the outbox is repeated after a minute, then after as long again, then hourly', () => {
  const delays: number[] = [];
  for (let now = 0; delays.length < 9; now += delays.at(-1) ?? 0) delays.push(republishAt([{ ...event, at: 0 }], now) - now);
  expect(delays.map((delay) => delay / MINUTE)).toEqual([1, 1, 2, 4, 8, 16, 32, 60, 60]);
});

onEveryEngine('taking events off a job', (address) => {
  const context = () => openTestContext(address);
  const set = (jobId: string, batch: number, state: BatchItem['state']) => writeBatch(context(), jobId, batch, { state });

  /** A job of two batches that needs attention, with that event in its outbox. */
  async function aJob(): Promise<JobItem> {
    const { job } = await acceptRequest(context(), rules, aRequest(phones(4)));
    await set(job.jobId, 1, 'unknown');
    await rollUp(context(), job.jobId);
    return read(job.jobId);
  }
  const read = async (jobId: string) => (await context().table.get(jobKey(jobId))) as JobItem;

  test('leaves what came after it was read', async () => {
    const seen = await aJob();
    await set(seen.jobId, 2, 'unknown');
    await rollUp(context(), seen.jobId);
    await removePublished(context(), seen, seen.outbox ?? []);
    const job = await read(seen.jobId);
    expect(job.outbox).toMatchObject([{ status: 'attention', rev: 3, counts: { unknown: 4 } }]);
    await removePublished(context(), job, job.outbox ?? []);
    expect(await read(seen.jobId)).toMatchObject({ rev: 3, status: 'attention', openShard: job.openShard });
    expect((await read(seen.jobId)).outbox).toBeUndefined();
  });

  test('twice at once, with part of it taken by one: nothing is lost', async () => {
    const { jobId } = await aJob();
    await set(jobId, 2, 'unknown');
    await rollUp(context(), jobId);
    const seen = await read(jobId);
    const [first] = seen.outbox ?? [];
    await Promise.all([removePublished(context(), seen, [first as OutboxEvent]), removePublished(context(), seen, [first as OutboxEvent])]);
    expect((await read(jobId)).outbox).toEqual(seen.outbox?.slice(1));
  });

  test('when the answer to the write is lost: the job is left as it is meant to be', async () => {
    const { jobId } = await aJob();
    await set(jobId, 1, 'accepted');
    await set(jobId, 2, 'accepted');
    await rollUp(context(), jobId);
    const proxy = await startProxy(address.endpoint, (request, carryOut) => (request.number === 1 ? loseAnswer : pass)(request, carryOut));
    const seen = await read(jobId);
    await removePublished(openTestContext({ ...address, endpoint: proxy.url }), seen, seen.outbox ?? []);
    expect(proxy.requests.length).toBeGreaterThan(1);
    await proxy.stop();
    const job = (await readJob(context(), jobId))?.job;
    expect([job?.status, job?.outbox, job?.openShard, job?.wakeAt]).toEqual(['completed', undefined, undefined, undefined]);
  });

  test('a roll-up that read before it does not keep the job open for good', async () => {
    const { jobId } = await aJob();
    await set(jobId, 1, 'accepted');
    await set(jobId, 2, 'accepted');
    await rollUp(context(), jobId);
    const seen = await read(jobId);
    await removePublished(context(), seen, seen.outbox ?? []);
    await context().table.update(jobKey(jobId), { set: { openShard: 'OPEN#0', wakeAt: 1 } }, []);
    await rollUp(context(), jobId);
    expect((await read(jobId)).openShard).toBeUndefined();
  });
});
