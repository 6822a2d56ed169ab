import { expect, test } from 'vitest';
import type { BatchItem, JobItem, OwedEvent } from '../../functions/shared/job/items.ts';
import { batchKey, jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { owedAfter, removeOwed, repeatOwedAt } from '../../functions/shared/job/outbox.ts';
import { readJob, rollUp } from '../../functions/shared/job/rollup.ts';
import { countRecipients, type JobStatus } from '../../functions/shared/job/states.ts';
import { placeOrder } from '../../functions/shared/send-request/accept-request.ts';
import { loseAnswer, pass, startProxy } from '../support/proxy.ts';
import { anOrder, onEveryEngine, openTestStore, phones, rules } from '../support/store.ts';

const MINUTE = 60_000;
const counts = (unknown: number) => ({ ...countRecipients([]), total: 4, unknown });
const aJobThat = (status: JobStatus, unknown = 0, owed?: OwedEvent[]) =>
  ({ status, rev: 7, counts: counts(unknown), ...(owed && { owed }) }) as Partial<JobItem> as JobItem;
const event: OwedEvent = { status: 'attention', rev: 5, at: 1, counts: counts(1) };

test.each<[string, JobItem, JobStatus, number, string[]]>([
  ['it is over', aJobThat('sending'), 'completed', 0, ['completed 8']],
  ['it was over', aJobThat('completed'), 'completed', 0, []],
  ['some of it is unknown', aJobThat('sending'), 'attention', 1, ['attention 8']],
  ['more of it is unknown', aJobThat('attention', 1), 'attention', 3, ['attention 8']],
  ['less of it is unknown', aJobThat('attention', 3), 'attention', 1, []],
  ['it goes on', aJobThat('attention', 1), 'sending', 0, []],
  ['it is over, and still owes', aJobThat('attention', 1, [event]), 'completed', 0, ['attention 5', 'completed 8']],
  ['nothing is new, and it still owes', aJobThat('attention', 1, [event]), 'attention', 1, ['attention 5']],
])('what a job owes when %s', (_when, job, status, unknown, owed) => {
  const after = owedAfter(job, status, counts(unknown), 1_000);
  expect(after.map((one) => `${one.status} ${one.rev}`)).toEqual(owed);
  if (owed.includes(`${status} 8`)) expect(after.at(-1)).toEqual({ status, rev: 8, at: 1_000, counts: counts(unknown) });
});

test('what is owed is repeated after a minute, then after as long again, then hourly', () => {
  const delays: number[] = [];
  for (let now = 0; delays.length < 9; now += delays.at(-1) ?? 0) delays.push(repeatOwedAt([{ ...event, at: 0 }], now) - now);
  expect(delays.map((delay) => delay / MINUTE)).toEqual([1, 1, 2, 4, 8, 16, 32, 60, 60]);
});

onEveryEngine('taking events off a job', (address) => {
  const store = () => openTestStore(address);
  const set = (jobId: string, batch: number, state: BatchItem['state']) =>
    store().table.update(batchKey(jobId, batch), { set: { state } }, []);

  /** A job of two batches that needs attention, and owes that. */
  async function aJob(): Promise<JobItem> {
    const { job } = await placeOrder(store(), rules, anOrder(phones(4)));
    await set(job.jobId, 1, 'unknown');
    await rollUp(store(), job.jobId);
    return read(job.jobId);
  }
  const read = async (jobId: string) => (await store().table.get(jobKey(jobId))) as JobItem;

  test('leaves what came after it was read', async () => {
    const seen = await aJob();
    await set(seen.jobId, 2, 'unknown');
    await rollUp(store(), seen.jobId);
    await removeOwed(store(), seen, seen.owed ?? []);
    const job = await read(seen.jobId);
    expect(job.owed).toMatchObject([{ status: 'attention', rev: 3, counts: { unknown: 4 } }]);
    await removeOwed(store(), job, job.owed ?? []);
    expect(await read(seen.jobId)).toMatchObject({ rev: 3, status: 'attention', openShard: job.openShard });
    expect((await read(seen.jobId)).owed).toBeUndefined();
  });

  test('twice at once, with part of it taken by one: nothing is lost', async () => {
    const { jobId } = await aJob();
    await set(jobId, 2, 'unknown');
    await rollUp(store(), jobId);
    const seen = await read(jobId);
    const [first] = seen.owed ?? [];
    await Promise.all([removeOwed(store(), seen, [first as OwedEvent]), removeOwed(store(), seen, [first as OwedEvent])]);
    expect((await read(jobId)).owed).toEqual(seen.owed?.slice(1));
  });

  test('when the answer to the write is lost: the job is left as it is meant to be', async () => {
    const { jobId } = await aJob();
    await set(jobId, 1, 'accepted');
    await set(jobId, 2, 'accepted');
    await rollUp(store(), jobId);
    const proxy = await startProxy(address.endpoint, (request, carryOut) => (request.number === 1 ? loseAnswer : pass)(request, carryOut));
    const seen = await read(jobId);
    await removeOwed(openTestStore({ ...address, endpoint: proxy.url }), seen, seen.owed ?? []);
    expect(proxy.requests.length).toBeGreaterThan(1);
    await proxy.stop();
    const job = (await readJob(store(), jobId))?.job;
    expect([job?.status, job?.owed, job?.openShard, job?.wakeAt]).toEqual(['completed', undefined, undefined, undefined]);
  });

  test('a roll-up that read before it does not keep the job open for good', async () => {
    const { jobId } = await aJob();
    await set(jobId, 1, 'accepted');
    await set(jobId, 2, 'accepted');
    await rollUp(store(), jobId);
    const seen = await read(jobId);
    await removeOwed(store(), seen, seen.owed ?? []);
    await store().table.update(jobKey(jobId), { set: { openShard: 'OPEN#0', wakeAt: 1 } }, []);
    await rollUp(store(), jobId);
    expect((await read(jobId)).openShard).toBeUndefined();
  });
});
