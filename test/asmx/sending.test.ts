import { beforeEach, expect, test } from 'vitest';
import { is } from '../../functions/shared/dynamodb/conditions.ts';
import { batchKey, jobKey } from '../../functions/shared/dynamodb/keys.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import { SETTLE_AFTER } from '../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { settle } from '../../functions/shared/job/settle.ts';
import { setSwitch } from '../../functions/shared/job/switches.ts';
import { aCall, ask, jobsOf, onlyJob, systemOfEachTest } from '../support/drop-in.ts';
import { phones } from '../support/job-context.ts';
import { acceptedThenReset, acceptedThenSilence, faild } from '../support/provider.ts';
import type { TestSystem } from '../support/system.ts';
import { rules } from '../support/worker-client.ts';

const start = systemOfEachTest();
let system: TestSystem;
beforeEach(async () => {
  system = await start();
});

const one = aCall(phones(2));

test('a token that is passed through: used for this job, kept nowhere, and never resent by another function', async () => {
  const secret = 'the-callers-own-token';
  system.provider.next(acceptedThenReset);
  const call = { ...one, Token: secret };
  await ask(system.rest, call, { passToken: true });
  expect(system.provider.calls.map(({ Token }) => Token)).toEqual([secret]);
  const job = await onlyJob(system);
  const { table } = system.rest.context;
  const stored = [await table.range(jobKey(job.jobId).pk, ' ', '~'), await jobsOf(system)];
  expect(JSON.stringify(stored)).not.toContain(secret);
  system.pass(SETTLE_AFTER + 1_000);
  const decision = { jobId: job.jobId, batch: 1, try: 1, as: 'resend' as const, by: 'me', why: 'not in the bill' };
  expect((await settle(system.rest.context, job, decision)).kind).toBe('not-unknown');
  // Even if it waited, only the request itself could send it.
  await table.update(batchKey(job.jobId, 1), { set: { state: 'waiting' } }, [is('sk', batchKey(job.jobId, 1).sk)]);
  await table.update(jobKey(job.jobId), { set: { status: 'queued', notAfter: system.rest.context.now() + 3_600_000 } }, [is('sk', 'JOB')]);
  await system.rest.dispatchQueue.send([{ jobId: job.jobId, batch: 1, try: 1 }]);
  await system.drain();
  expect(system.provider.calls).toHaveLength(1);
});

test('with tokens of this product, the call carries the provider’s, and SendTime to the content', async () => {
  await ask(system.rest, { ...one, SendTime: '2026-12-01 09:00:00' });
  expect(system.provider.calls[0]).toMatchObject({ Token: 'try 1', SendTime: '2026-12-01 09:00:00' });
});

test('no free slot: Faild, nothing sent, and nothing will be', async () => {
  const busy = { ...system.rest, callLimits: { ...rules.limits, maxConcurrentCalls: 1 } };
  system.provider.next(acceptedThenSilence);
  const blocking = ask(busy, aCall(phones(4).slice(2)));
  blocking.catch(() => undefined);
  await expect.poll(() => system.provider.calls.length, { timeout: 10_000 }).toBe(1);
  const answer = await ask(busy, one);
  expect(answer).toMatchObject({ RetCode: 'Faild', Message: expect.stringContaining('Nothing was sent'), TotalSendCount: 0 });
  const job = (await jobsOf(system)).find(({ recipients, status }) => recipients === 2 && status === 'cancelled') as JobItem;
  expect(job.counts).toMatchObject({ cancelled: 2, pending: 0 });
  await system.goOn(job.jobId);
  expect(system.provider.calls).toHaveLength(1);
});

test('dispatching is stopped: Faild, and nothing is sent after the start either', async () => {
  await setSwitch(system.rest.context, 'all', true, 'me', 'maintenance');
  expect(await ask(system.rest, one)).toMatchObject({ RetCode: 'Faild', Message: expect.stringContaining('Nothing was sent') });
  await setSwitch(system.rest.context, 'all', false, 'me', 'over');
  await system.goOn((await onlyJob(system)).jobId);
  expect(system.provider.calls).toEqual([]);
});

test('several calls: accepted, refused, unknown and wrong numbers in one answer', async () => {
  system.provider.next({ accepts: true, answer: 'return' }, faild, acceptedThenReset);
  const answer = await ask(system.rest, aCall(phones(6)), { waitForSlot: 4_000 });
  const job = await onlyJob(system);
  const batches = (await readJob(system.rest.context, job.jobId))?.batches as BatchItem[];
  const phonesIn = (state: string) =>
    batches.flatMap((batch, index) => (batch.state === state ? phones(6).slice(index * 2, index * 2 + 2) : []));
  expect(phonesIn('accepted')).toHaveLength(2);
  expect(answer).toMatchObject({
    RetCode: 'Sucess',
    CommonJobID: expect.stringMatching(/^\d+$/),
    ErrorPhones: phonesIn('rejected')
      .map((phone) => `${phone};`)
      .join(''),
  });
  expect(answer.Message).toContain(
    `${job.jobId} may have been sent, its outcome is unknown: do NOT send again to 2 phones: ${phonesIn('unknown').join(';')}`,
  );
  expect(job.counts).toMatchObject({ accepted: 2, rejected: 2, unknown: 2 });
});

test('the day’s limit: Faild and nothing sent; tomorrow the same request goes out', async () => {
  const limited = { ...rules, limits: { ...rules.limits, maxRecipientsPerDay: 1 } };
  expect(await ask(system.rest, one, { rules: limited })).toMatchObject({ RetCode: 'Faild', Message: expect.stringContaining('limit') });
  expect(system.provider.calls).toEqual([]);
  system.pass(26 * 3_600_000);
  expect(await ask(system.rest, one)).toMatchObject({ RetCode: 'Sucess' });
});
