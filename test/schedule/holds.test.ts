import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sendBatch } from '../../functions/shared/dispatch/send-batch.ts';
import { PROVIDER_LEAD, SETTLE_AFTER } from '../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJobAndBatch } from '../../functions/shared/job/job-table.ts';
import { settle } from '../../functions/shared/job/settle.ts';
import type { QuietHours } from '../../functions/shared/quiet-hours/quiet-hours.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { aRequest, limits, onEveryEngine, openSender, openTestContext, phones, rules } from '../support/job-context.ts';
import { acceptedThenReset, refusedWith, type ScriptedProvider, startProvider } from '../support/provider.ts';
import { holdAfter, pass, type Rule, startProxy } from '../support/proxy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** In Shanghai it is 20:59. */
const EVENING = Date.parse('2026-12-01T12:59:00Z');
const MORNING = Date.parse('2026-12-02T00:00:00Z');
const night: QuietHours[] = [{ smsTypes: [1], timeZone: 'Asia/Shanghai', from: '21:00', to: '08:00' }];

onEveryEngine('before a call', (address) => {
  let provider: ScriptedProvider;
  const clock = { now: EVENING };
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    provider = await startProvider();
  });
  afterAll(() => provider.stop());
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    provider.calls.length = 0;
    provider.recover();
    clock.now = EVENING;
  });

  const context = (endpoint = address.endpoint) => openTestContext({ ...address, endpoint }, { now: () => clock.now, random: () => 0.999 });
  const send = async ({ jobId }: JobItem, attempt = 1, endpoint = address.endpoint) => {
    const sender = openSender(context(endpoint), provider.url, { callLimits: { ...limits, quietHours: night } });
    closing.push(() => sender.provider.close());
    const left = await sendBatch(sender, { jobId, batch: 1, try: attempt }, { permitWait: 0, deadline: Date.now() + 5_000 });
    if (left) expect(left).toEqual(await read(jobId));
    return left;
  };
  const read = async (jobId: string) => (await readJobAndBatch(context(), jobId, 1)).batch;
  const createJob = async (more: object = {}): Promise<JobItem> => {
    const request = aRequest(phones(2));
    const { job } = await acceptRequest(context(), rules, { ...request, body: { ...(request.body as object), ...more } });
    return job;
  };
  const forProvider = (ahead: number) => ({ sendTime: new Date(clock.now + ahead).toISOString(), scheduler: 'provider' });
  /** While this is going on, the claim is written and its answer has not come: time passes. */
  async function whileClaiming(milliseconds: number): Promise<string> {
    let done = false;
    const hold = holdAfter(async () => {
      clock.now += milliseconds;
    });
    const rule: Rule = (request, carryOut) => {
      const first = !done && request.name === 'UpdateItem JOB';
      done ||= first;
      return (first ? hold : pass)(request, carryOut);
    };
    const proxy = await startProxy(address.endpoint, rule);
    closing.push(() => proxy.stop());
    return proxy.url;
  }

  test('quiet hours: a batch waits until they end, if it may go out then; it is not called in them', async () => {
    const job = await createJob({ validFor: 'PT12H' });
    clock.now += 2 * MINUTE;
    expect(await send(job)).toMatchObject({ state: 'waiting', notBefore: MORNING, timeline: [{}, { event: 'quiet hours' }] });
    clock.now = MORNING - 1;
    expect(await send(job)).toBeUndefined();
    expect(provider.calls).toEqual([]);
    clock.now = MORNING;
    expect(await send(job)).toMatchObject({ state: 'accepted' });
  });

  test('quiet hours that begin between the claim and the call', async () => {
    const job = await createJob({ validFor: 'PT12H' });
    expect(await send(job, 1, await whileClaiming(2 * MINUTE))).toMatchObject({ state: 'waiting', notBefore: MORNING });
    expect(provider.calls).toEqual([]);
    clock.now = MORNING + 1;
    expect(await send(job)).toMatchObject({ state: 'accepted' });
  });

  test('quiet hours that last longer than its validity: expired, with the reason', async () => {
    const job = await createJob();
    clock.now += 2 * MINUTE;
    const reason = expect.stringContaining('Quiet hours until 2026-12-02T00:00:00.000Z');
    expect(await send(job)).toMatchObject({ state: 'expired', timeline: [{}, { event: 'expired', detail: reason }] });
  });

  test('quiet hours count at SendTime for what the provider holds', async () => {
    const [atNight, byDay] = [await createJob(forProvider(3 * HOUR)), await createJob(forProvider(12 * HOUR))];
    clock.now += 2 * MINUTE;
    expect(await send(atNight)).toMatchObject({ state: 'expired' });
    expect(await send(byDay)).toMatchObject({ state: 'accepted' });
    expect(provider.calls.map(({ SendTime }) => SendTime)).toEqual(['2026-12-02 08:59:00']);
  });

  test.each([
    ['just in time', PROVIDER_LEAD, 0, 'accepted'],
    ['a moment too late', PROVIDER_LEAD - 1, 0, 'expired'],
    ['too late once it is claimed', PROVIDER_LEAD, 1, 'expired'],
  ])('SendTime %s', async (_name, ahead, passes, state) => {
    const job = await createJob(forProvider(12 * HOUR));
    clock.now = (job.sendTime ?? 0) - ahead;
    expect(await send(job, 1, await whileClaiming(passes))).toMatchObject({ state });
    expect(provider.calls).toHaveLength(state === 'accepted' ? 1 : 0);
  });

  test('what was not sent is not tried again when SendTime is near', async () => {
    const job = await createJob(forProvider(12 * HOUR));
    clock.now = (job.sendTime ?? 0) - PROVIDER_LEAD - 500;
    provider.next(refusedWith(429));
    expect(await send(job)).toMatchObject({ state: 'rejected', notSent: 1 });
    clock.now += HOUR;
    expect(await send(job)).toBeUndefined();
    expect(provider.calls).toHaveLength(1);
  });

  test('a person has it sent again with its SendTime, and not when that is near', async () => {
    const decide = (job: JobItem, as: 'resend' | 'rejected', attempt = 1) =>
      settle(context(), job, { jobId: job.jobId, batch: 1, try: attempt, as, by: 'operator', why: 'not in the bill' });
    const job = await createJob(forProvider(12 * HOUR));
    provider.next(acceptedThenReset, acceptedThenReset);
    expect(await send(job)).toMatchObject({ state: 'unknown' });
    clock.now = MORNING;
    expect(await decide(job, 'resend')).toMatchObject({ kind: 'settled', batch: { try: 2, notAfter: job.notAfter } });
    expect(await send(job, 2)).toMatchObject({ state: 'unknown' });
    expect(provider.calls.map(({ SendTime }) => SendTime)).toEqual(['2026-12-02 08:59:00', '2026-12-02 08:59:00']);
    clock.now = Math.max(job.notAfter + 1, MORNING + SETTLE_AFTER + 1);
    expect(await decide(job, 'resend', 2)).toEqual({ kind: 'too-late', sendTime: job.sendTime });
    expect(await decide(job, 'rejected', 2)).toMatchObject({ kind: 'settled' });
  });
});
