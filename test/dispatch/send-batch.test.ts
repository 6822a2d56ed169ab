import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sendBatch } from '../../functions/shared/dispatch/send-batch.ts';
import type { TimeBudget } from '../../functions/shared/dispatch/sender.ts';
import { answerKey, batchKey, jobKey, switchKey } from '../../functions/shared/dynamodb/keys.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import type { JobContext } from '../../functions/shared/job/context.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJob, readJobAndBatch } from '../../functions/shared/job/job-table.ts';
import { endLease } from '../../functions/shared/job/lease.ts';
import { rollUp } from '../../functions/shared/job/rollup.ts';
import { writeCall } from '../../functions/shared/message/write-call.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { aRequest, dialect, onEveryEngine, openSender, openTestContext, phone, phones, rules, sendAll } from '../support/job-context.ts';
import {
  accepted,
  acceptedThenReset,
  acceptedThenSilence,
  type CallScript,
  faild,
  refusedWith,
  type ScriptedProvider,
  startProvider,
} from '../support/provider.ts';
import { cutBefore, holdAfter, pass, type Rule, startProxy } from '../support/proxy.ts';

onEveryEngine('sending a batch', (address) => {
  let provider: ScriptedProvider;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    provider = await startProvider(`${phone(1)};`);
  });
  afterAll(() => provider.stop());
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    provider.calls.length = 0;
    provider.ledger.length = 0;
  });

  const direct = (other: Partial<JobContext> = {}) => openTestContext(address, other);
  function senderOn(context = direct()) {
    const sender = openSender(context, provider.url);
    closing.push(() => sender.provider.close());
    return sender;
  }
  /** A sender behind a proxy with this rule. */
  async function senderBehind(rule: Rule, now = Date.now) {
    const proxy = await startProxy(address.endpoint, rule);
    closing.push(() => proxy.stop());
    return { ...senderOn(openTestContext({ ...address, endpoint: proxy.url }, { now })), requests: proxy.requests };
  }

  /** A job of three recipients in two batches, and its first attempt. */
  async function aJob(recipients = phones(3)) {
    const { job } = await acceptRequest(direct(), rules, aRequest(recipients));
    return { job, attempt: { jobId: job.jobId, batch: 1, try: 1 } };
  }
  const soon = (): TimeBudget => ({ permitWait: 20_000, deadline: Date.now() + 5_000 });
  const read = async ({ jobId }: JobItem) => (await readJobAndBatch(direct(), jobId, 1)).batch;
  const setOnJob = ({ jobId }: JobItem, set: object) => direct().table.update(jobKey(jobId), { set: { ...set } }, []);

  test('all batches: each once, in the words of the provider, and the job is completed', async () => {
    const { job } = await aJob();
    await sendAll(senderOn(), job);
    await sendAll(senderOn(), job);
    const common = { Token: 'token', Pattern: '【签名】您好', DefaultDetail: '', Details: '', SmsType: 1, PostFixNumber: '', SendTime: '' };
    expect(provider.ledger).toEqual([
      { ...common, Phones: `${phone(0)};${phone(1)};` },
      { ...common, Phones: `${phone(2)};` },
    ]);
    const counts = { total: 3, pending: 0, accepted: 2, rejected: 1, unknown: 0, cancelled: 0, expired: 0 };
    expect((await readJob(direct(), job.jobId))?.job).toMatchObject({ status: 'completed', counts });
  });

  test.each([2, 20])('%i workers with one attempt: one call', async (workers) => {
    const { job, attempt } = await aJob();
    const sender = senderOn();
    const left = await Promise.all(Array.from({ length: workers }, () => sendBatch(sender, attempt, soon())));
    expect(provider.calls).toHaveLength(1);
    expect(left.filter(Boolean)).toEqual([await read(job)]);
  });

  test.each<[string, CallScript, object, calls: number]>([
    ['accepted', accepted, { state: 'accepted', errorPhones: 1 }, 1],
    ['Faild', faild, { state: 'rejected', code: 'faild', message: '余额不足' }, 1],
    ['403', refusedWith(403), { state: 'rejected', httpStatus: 403 }, 1],
    ['503', refusedWith(503), { state: 'unknown', httpStatus: 503 }, 1],
    ['accepted and then reset', acceptedThenReset, { state: 'unknown', code: 'connection-lost', httpStatus: null }, 1],
    ['429', refusedWith(429), { state: 'waiting', httpStatus: 429, notSent: 1, notBefore: expect.any(Number) }, 2],
  ])('%s: what is recorded, and one more attempt later calls only what was not sent', async (_what, scenario, state, calls) => {
    const { job, attempt } = await aJob();
    provider.next(scenario);
    expect(await sendBatch(senderOn(direct({ random: () => 0.999 })), attempt, soon())).toMatchObject(state);
    expect(await read(job)).toMatchObject(state);
    const before = provider.calls.length;
    expect(await sendBatch(senderOn(), attempt, soon())).toBeUndefined();
    expect(provider.calls).toHaveLength(before);
    await sendBatch(senderOn(direct({ now: () => Date.now() + 60_000 })), attempt, soon());
    expect(provider.calls).toHaveLength(calls);
  });

  test('accepted and then silence: unknown, and never called again', async () => {
    const { job, attempt } = await aJob();
    provider.next(acceptedThenSilence);
    const impatient = openSender(direct(), provider.url, { timeoutMs: 100 });
    expect(await sendBatch(impatient, attempt, soon())).toMatchObject({ state: 'unknown', code: 'timeout' });
    expect(await sendBatch(senderOn(), attempt, soon())).toBeUndefined();
    expect(provider.ledger).toHaveLength(1);
    await sendBatch(senderOn(), { ...attempt, batch: 2 }, soon());
    expect((await readJob(direct(), job.jobId))?.job).toMatchObject({ status: 'attention', counts: { total: 3, unknown: 2, accepted: 1 } });
  });

  test('a provider that refuses connections: not sent, and the batch waits', async () => {
    const { job, attempt } = await aJob();
    const gone = await startProvider();
    await gone.stop();
    await sendBatch(openSender(direct(), gone.url), attempt, soon());
    expect(await read(job)).toMatchObject({ state: 'waiting', code: 'refused', notSent: 1 });
  });

  test.each([
    ['all', () => switchKey('all')],
    ['its caller', ({ caller }: JobItem) => switchKey(`caller#${caller}`)],
  ])('a switch that stops %s: nothing is claimed, and later it goes on', async (_what, keyOf) => {
    const { job, attempt } = await aJob();
    const key = keyOf(job);
    await direct().table.put({ ...key, paused: true });
    const before = await read(job);
    expect(await sendBatch(senderOn(), attempt, soon())).toBeUndefined();
    expect(await read(job)).toEqual(before);
    await direct().table.put({ ...key, paused: false });
    expect(await sendBatch(senderOn(), attempt, soon())).toMatchObject({ state: 'accepted' });
  });

  test.each([
    ['cancelled', { cancelledAt: 1 }],
    ['expired', { notAfter: 1 }],
  ])('a job that is %s: its batch too, and nothing is sent', async (state, set) => {
    const { job } = await aJob();
    await setOnJob(job, set);
    await sendAll(senderOn(), job);
    expect(provider.calls).toEqual([]);
    expect((await readJob(direct(), job.jobId))?.batches.map((batch) => batch.state)).toEqual([state, state]);
    expect((await readJob(direct(), job.jobId))?.job).toMatchObject({ status: state });
  });

  test.each<[string, (job: JobItem) => Promise<unknown>, object]>([
    ['is cancelled', (job) => setOnJob(job, { cancelledAt: Date.now() }), { state: 'cancelled' }],
    ['loses its validity', (job) => setOnJob(job, { notAfter: 1 }), { state: 'expired' }],
    [
      'is stopped',
      (job) => direct().table.put({ ...switchKey(`caller#${job.caller}`), paused: true }),
      { state: 'waiting', notBefore: expect.any(Number) },
    ],
  ])('a job that %s between the claim and the call: the batch is given back, and nothing is sent', async (_what, interfere, state) => {
    const { job, attempt } = await aJob();
    const claim = batchKey(job.jobId, 1).sk;
    const sender = await senderBehind(holdAfterThe(`UpdateItem ${claim}`, () => interfere(job)));
    expect(await sendBatch(sender, attempt, soon())).toMatchObject(state);
    expect(provider.calls).toEqual([]);
    const left = await read(job);
    expect(left).toMatchObject({ ...state, try: 1, timeline: [{ event: 'waiting' }, { event: 'sending' }, {}] });
    expect(left).not.toHaveProperty('leaseEnd');
  });

  test('a claim that is too old before the first byte: not sent', async () => {
    const { job, attempt } = await aJob();
    let ahead = 0;
    const late = async () => {
      ahead = 6_000;
    };
    const sender = await senderBehind(holdAfterThe(`UpdateItem ${batchKey(job.jobId, 1).sk}`, late), () => Date.now() + ahead);
    expect(await sendBatch(sender, attempt, soon())).toMatchObject({ state: 'waiting', code: 'too-late', notSent: 1 });
    expect(provider.calls).toEqual([]);
  });

  test.each<[string, string, number, object, object]>([
    ['not sent', `UpdateItem ${batchKey('', 1).sk}`, 6_000, { state: 'waiting' }, { status: 'queued', counts: { pending: 3, unknown: 0 } }],
    ['accepted', `PutItem ${answerKey('', 1, 1).sk}`, 0, { state: 'accepted' }, { status: 'sending', counts: { pending: 1, unknown: 0 } }],
  ])('a batch that the sweep called unknown turns out as %s: its job follows at once', async (_what, during, lateBy, left, then) => {
    const { job, attempt } = await aJob();
    let ahead = 0;
    const sweepIt = async () => {
      expect(await endLease(direct({ now: () => Date.now() + 3_600_000 }), (await read(job)) as BatchItem)).toBe(true);
      expect((await rollUp(direct(), job.jobId))?.job).toMatchObject({ status: 'attention', counts: { pending: 1, unknown: 2 } });
      ahead = lateBy;
    };
    const sender = await senderBehind(holdAfterThe(during, sweepIt), () => Date.now() + ahead);
    expect(await sendBatch(sender, attempt, soon())).toMatchObject(left);
    expect((await readJob(direct(), job.jobId))?.job).toMatchObject(then);
  });

  test('the store fails while the outcome is recorded: it is tried again until the deadline, and there is no second call', async () => {
    const { job, attempt } = await aJob();
    let failures = 4;
    const sender = await senderBehind((request, carryOut) =>
      (request.name.startsWith('PutItem R#') && failures-- > 0 ? cutBefore : pass)(request, carryOut),
    );
    expect(await sendBatch(sender, attempt, soon())).toMatchObject({ state: 'accepted' });
    expect(await read(job)).toMatchObject({ state: 'accepted' });
    const second = { ...attempt, batch: 2 };
    failures = Number.POSITIVE_INFINITY;
    await expect(sendBatch(sender, second, { ...soon(), deadline: Date.now() + 100 })).rejects.toThrow();
    expect(provider.calls).toHaveLength(2);
    expect(await sendBatch(senderOn(), second, soon())).toBeUndefined();
    expect(provider.calls).toHaveLength(2);
  });

  test('recipients that are missing: nothing is claimed', async () => {
    const { job, attempt } = await aJob(phones(2));
    const { payload: _payload, ...rest } = job;
    const moved = { ...rest, ...jobKey(`${job.jobId}X`), jobId: `${job.jobId}X` };
    await direct().table.put(moved);
    await expect(sendBatch(senderOn(), { ...attempt, jobId: moved.jobId }, soon())).rejects.toThrow('are missing');
    expect(await read(moved)).toMatchObject({ state: 'waiting' });
    expect(provider.calls).toEqual([]);
  });

  test.each([
    ['no job', { jobId: 'job_none' }],
    ['no such batch', { batch: 9 }],
    ['another try', { try: 2 }],
  ])('%s: nothing to do', async (_what, other) => {
    const { attempt } = await aJob();
    expect(await sendBatch(senderOn(), { ...attempt, ...other }, soon())).toBeUndefined();
    expect(provider.calls).toEqual([]);
  });
});

/** Lets something happen after the first request of this name was carried out and before its answer comes. */
function holdAfterThe(name: string, happens: () => Promise<unknown>): Rule {
  let done = false;
  const hold = holdAfter(async () => {
    await happens();
  });
  return (request, carryOut) => {
    const first = !done && request.name === name;
    done ||= first;
    return (first ? hold : pass)(request, carryOut);
  };
}

test('the strings of a caller go on to the content', () => {
  const message = { form: 'strings', pattern: '{0}', defaultDetail: 'a,b', trailingSeparator: false } as const;
  const payload = { form: 'strings', phones: phones(2), details: ';x' } as const;
  expect(writeCall(dialect, { message, smsType: 2, postFixNumber: '7' }, payload, 't')).toEqual({
    ...{ Token: 't', Pattern: '{0}', DefaultDetail: 'a,b', Details: ';x', Phones: `${phone(0)};${phone(1)}` },
    ...{ SmsType: 2, PostFixNumber: '7', SendTime: '' },
  });
});
