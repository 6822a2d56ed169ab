import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { CREATING, LEASE, LEASE_GRACE } from '../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { settle } from '../../functions/shared/job/settle.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { aCall, ask, jobsOf, onlyJob, systemOfEachTest } from '../support/drop-in.ts';
import { phones } from '../support/job-context.ts';
import { acceptedThenReset, acceptedThenSilence, faild, refusedWith } from '../support/provider.ts';
import type { TestSystem } from '../support/system.ts';
import { startWorker } from '../support/worker.ts';

const start = systemOfEachTest();
let system: TestSystem;
const renew = async (): Promise<void> => {
  system = await start();
};
beforeEach(renew);

const one = aCall(phones(2));
const sweepAll = () => sweep({ ...system.rest, report: (_jobId, error) => expect.fail(error.message) }, Number.POSITIVE_INFINITY);

test('20 at once that the provider refuses: one call, and the same Faild for all', async () => {
  system.provider.next(faild);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(system.rest, one, { within: 20_000 })));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ RetCode: 'Faild', Message: '余额不足' });
  expect(system.provider.calls).toHaveLength(1);
});

test('a request that differs in one parameter, or in its caller, is another one', async () => {
  await Promise.all([
    ask(system.rest, one),
    ask(system.rest, { ...one, SendTime: '2026-12-01 09:00:00' }),
    ask(system.rest, { ...one, Token: 'other' }),
  ]);
  expect(system.provider.calls).toHaveLength(3);
});

test('after a definite answer the same request is sent again; with a window, only after it', async () => {
  const first = await ask(system.rest, one);
  const second = await ask(system.rest, one);
  expect(second.CommonJobID).not.toBe(first.CommonJobID);
  const asked = () => ask(system.rest, one, { repeatWindow: 60_000 });
  expect(await asked()).toEqual(second);
  system.pass(61_000);
  expect((await asked()).CommonJobID).not.toBe(second.CommonJobID);
  expect(system.provider.calls).toHaveLength(3);
  expect(await jobsOf(system)).toHaveLength(3);
});

test('a window keeps a refusal too, but not a request that was never called', async () => {
  system.provider.next(faild, refusedWith(429));
  const asked = () => ask(system.rest, one, { repeatWindow: 60_000 });
  const refused = await asked();
  expect(await asked()).toEqual(refused);
  expect(system.provider.calls).toHaveLength(1);
  system.pass(61_000);
  expect(await asked()).toMatchObject({ RetCode: 'Faild', Message: expect.stringContaining('Nothing was sent') });
  expect(await asked()).toMatchObject({ RetCode: 'Sucess' });
});

test('a request that came in before the answer was there gets it, however late it is looked at', async () => {
  const arrivedAt = system.rest.context.now();
  await sleep(2);
  const first = await ask(system.rest, one);
  expect(await ask(system.rest, one, { arrivedAt })).toEqual(first);
  expect(system.provider.calls).toHaveLength(1);
});

test('repeated after the client has given up: it joins the call that is still open', async () => {
  system.provider.next(acceptedThenSilence);
  const first = ask(system.rest, one, { within: 2_500 });
  first.catch(() => undefined);
  await expect.poll(() => system.provider.calls.length, { timeout: 10_000 }).toBe(1);
  const second = await ask(system.rest, one, { within: 300 });
  expect(second).toMatchObject({
    RetCode: 'Faild',
    Message: expect.stringMatching(/^job_\w+ is still being sent: do NOT send again to 2 phones/),
  });
  expect(system.provider.calls).toHaveLength(1);
});

test('unknown: the same request joins it for ever, until a person settles it', async () => {
  system.provider.next(acceptedThenReset);
  const first = await ask(system.rest, one);
  const job = await onlyJob(system);
  expect(first).toMatchObject({
    RetCode: 'Faild',
    Message: expect.stringContaining(`${job.jobId} may have been sent, its outcome is unknown`),
  });
  expect(first.Message).toContain('do NOT send again');
  system.pass(40 * 24 * 3_600_000 * 0.7);
  await sweepAll();
  system.pass(30 * 24 * 3_600_000 * 0.7);
  expect(await ask(system.rest, one)).toEqual(first);
  expect(system.provider.calls).toHaveLength(1);

  const settled = await settle(system.rest.context, job, { jobId: job.jobId, batch: 1, try: 1, as: 'rejected', by: 'me', why: 'the bill' });
  expect(settled.kind).toBe('settled');
  system.pass(1);
  // No request was given the answer yet: the first that asks is, and its caller may then decide.
  expect(await ask(system.rest, one)).toMatchObject({ RetCode: 'Faild', Message: expect.not.stringContaining('do NOT') });
  expect(system.provider.calls).toHaveLength(1);
  system.pass(1);
  expect(await ask(system.rest, one)).toMatchObject({ RetCode: 'Sucess' });
  expect(system.provider.calls).toHaveLength(2);
});

test('the winner dies with the answer in its hands: the same request gets it, and only after that it is sent again', async () => {
  const probe = await startWorker(system.harness);
  const undisturbed = system.join(probe.addresses);
  await ask(undisturbed, aCall(phones(4).slice(2)));
  const at = probe.requests.lastIndexOf('table UpdateItem DEDUP') + 1;
  const dying = await startWorker(system.harness, { at, when: 'before', by: 'death' });
  const winner = system.join(dying.addresses);
  const lost = ask(winner, one).catch(() => undefined);
  await dying.interrupted;
  system.pass(60_000);
  const answer = await ask(system.rest, one);
  expect(answer).toMatchObject({ RetCode: 'Sucess' });
  expect(system.provider.calls).toHaveLength(2);
  expect((await ask(system.rest, one)).CommonJobID).not.toBe(answer.CommonJobID);
  expect(system.provider.calls).toHaveLength(3);
  await lost;
  for (const client of [undisturbed, winner]) client.close();
  await Promise.all([probe.stop(), dying.stop()]);
});

test.each(['before', 'after'] as const)(
  'the winner dies %s its call: nothing is sent again, and the same request is told so',
  async (when) => {
    const worker = await startWorker(system.harness, { at: 'provider', when, by: 'death' });
    const client = system.join(worker.addresses);
    const first = ask(client, one, { within: 2_500 }).catch(() => undefined);
    const joined = worker.interrupted.then(() => ask(system.rest, one, { within: 300 }));
    expect(await joined).toMatchObject({ RetCode: 'Faild', Message: expect.stringContaining('is still being sent: do NOT send again') });
    system.pass(LEASE + LEASE_GRACE + 61_000);
    await sweepAll();
    expect(await ask(system.rest, one)).toMatchObject({ RetCode: 'Faild', Message: expect.stringContaining('may have been sent') });
    expect(system.provider.calls).toHaveLength(when === 'after' ? 1 : 0);
    await first;
    client.close();
    await worker.stop();
  },
);

test('the winner dies before it claims: the same request closes the batch that expired, and is sent', async () => {
  const job = await waitingJob();
  system.pass(10_000);
  expect(await ask(system.rest, one)).toMatchObject({ RetCode: 'Sucess' });
  expect((await readJob(system.rest.context, job.jobId))?.batches.map(({ state }) => state)).toEqual(['expired']);
  expect(system.provider.calls).toHaveLength(1);
});

/** A job that its maker sealed and never sent. */
async function waitingJob(): Promise<JobItem> {
  const worker = await startWorker(system.harness);
  const client = system.join(worker.addresses);
  await ask(client, one);
  const at = worker.requests.indexOf('table PutItem JOB') + 1;
  await worker.stop();
  client.close();
  await renew();
  const dying = await startWorker(system.harness, { at, when: 'after', by: 'death' });
  const maker = system.join(dying.addresses);
  const lost = ask(maker, one, { within: 3_000 }).catch(() => undefined);
  await dying.interrupted;
  await lost;
  await dying.stop();
  maker.close();
  return onlyJob(system);
}

test('the winner dies while it makes the job: who waits is told so, and after its time another one makes it', async () => {
  const two = aCall(phones(3));
  const dying = await startWorker(system.harness, { at: 5, when: 'after', by: 'death' });
  const maker = system.join(dying.addresses);
  const lost = ask(maker, two).catch(() => undefined);
  await dying.interrupted;
  expect(dying.requests).toContain('table PutItem CREATING');
  expect(await ask(system.rest, two, { within: 400 })).toMatchObject({
    RetCode: 'Faild',
    Message: expect.stringContaining('will not be sent twice'),
  });
  system.pass(CREATING + 1_000);
  const answers = await Promise.all([ask(system.rest, two), ask(system.rest, two)]);
  expect(answers[0]).toMatchObject({ RetCode: 'Sucess' });
  expect(answers[1]).toEqual(answers[0]);
  expect(system.provider.calls).toHaveLength(2);
  await lost;
  maker.close();
  await dying.stop();
});

test.each(['table PutItem DEDUP', 'table PutItem JOB', 'table UpdateItem JOB', 'table UpdateItem DEDUP'])(
  'the answer to %s gets lost, and the SDK repeats it: one send each',
  async (name) => {
    await ask(system.rest, one);
    const probe = await startWorker(system.harness);
    const client = system.join(probe.addresses);
    const fresh = name === 'table PutItem DEDUP' ? aCall(phones(3).slice(1)) : one;
    await ask(client, name === 'table PutItem DEDUP' ? aCall(phones(4).slice(2)) : one);
    const at = probe.requests.indexOf(name) + 1;
    expect(at).toBeGreaterThan(0);
    const before = system.provider.calls.length;
    const worker = await startWorker(system.harness, { at, when: 'again', by: Promise.resolve() });
    const again = system.join(worker.addresses);
    expect(await ask(again, fresh)).toMatchObject({ RetCode: 'Sucess' });
    expect(worker.requests[at - 1]).toBe(name);
    expect(system.provider.calls).toHaveLength(before + 1);
    for (const one of [client, again]) one.close();
    await Promise.all([probe.stop(), worker.stop()]);
  },
);

test('50 requests at once: one send, one job, and the same answer for all', { timeout: 60_000 }, async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(system.rest, one, { within: 40_000 })));
  expect(answers[0]).toMatchObject({ RetCode: 'Sucess', CommonJobID: expect.stringMatching(/^\d+$/) });
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(system.provider.calls).toHaveLength(1);
  await onlyJob(system);
});
