import { expect, test } from 'vitest';
import type { Api } from '../../functions/api/api-deps.ts';
import { rescheduleJob } from '../../functions/api/reschedule-job.ts';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { dueStep } from '../../functions/shared/job/due.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { reschedule } from '../../functions/shared/job/reschedule.ts';
import { JOB_STATUSES } from '../../functions/shared/job/states.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { aRequest, onEveryEngine, openTestContext, phones, rules } from '../support/job-context.ts';
import { apiRequest } from '../support/worker-client.ts';

const MINUTE = 60_000;
const now = Date.parse('2026-12-01T00:00:00Z');
const aJob = (more: Partial<JobItem> = {}) => ({ jobId: 'job_1', status: 'scheduled', sendTime: now, gen: 2, ...more }) as JobItem;

test.each<[string, JobItem | undefined, gen: number, step: string]>([
  ['no job', undefined, 1, 'nothing'],
  ['its time', aJob(), 2, 'fire'],
  ['a millisecond before', aJob({ sendTime: now + 1 }), 2, 'delay'],
  ['a quarter of an hour before', aJob({ sendTime: now + 15 * MINUTE }), 2, 'delay'],
  ['earlier than that', aJob({ sendTime: now + 15 * MINUTE + 1 }), 2, 'schedule'],
  ['a time that holds no more', aJob(), 1, 'nothing'],
  ['a time that does not hold yet', aJob(), 3, 'nothing'],
  ['a cancelled job', aJob({ cancelledAt: 1 }), 2, 'nothing'],
  ['a cancelled job that is still to come', aJob({ cancelledAt: 1, sendTime: now + MINUTE }), 2, 'nothing'],
  ['due, and never queued', aJob({ status: 'queued' }), 2, 'queue'],
  ['due and queued', aJob({ status: 'queued', queuedAt: 1 }), 2, 'nothing'],
  ['due and paused', aJob({ status: 'queued', dropped: true }), 2, 'nothing'],
  ['a job that never had a time', aJob({ status: 'queued', gen: undefined, sendTime: undefined }), 1, 'nothing'],
])('a look at %s', (_name, job, gen, step) => {
  expect(dueStep(job, gen, now).step).toBe(step);
});

test('a look changes nothing of a job that is neither scheduled nor due and unqueued', () => {
  const others = JOB_STATUSES.filter((status) => status !== 'scheduled' && status !== 'queued');
  expect(others.map((status) => dueStep(aJob({ status }), 2, now).step)).toEqual(others.map(() => 'nothing'));
});

onEveryEngine('a reschedule', (address) => {
  const now = Date.now();
  const move = (jobId: string, sendTime: number) =>
    reschedule(openTestContext(address), jobId, { sendTime, by: 'operator', check: () => undefined });
  const read = (jobId: string) => openTestContext(address).table.get<JobItem>(jobKey(jobId));
  async function aScheduled(set: Partial<JobItem>): Promise<JobItem> {
    const request = aRequest(phones(2));
    const sendTime = new Date(now + 60 * MINUTE).toISOString();
    const { job } = await acceptRequest(openTestContext(address), rules, { ...request, body: { ...(request.body as object), sendTime } });
    await openTestContext(address).table.update(jobKey(job.jobId), { set }, []);
    return (await read(job.jobId)) as JobItem;
  }

  test.each(JOB_STATUSES.filter((status) => status !== 'scheduled'))('of a job that is %s changes nothing, and says so', async (status) => {
    const job = await aScheduled({ status });
    expect(await move(job.jobId, now + 120 * MINUTE)).toEqual({ kind: 'refused', why: expect.stringContaining(status) });
    expect(await read(job.jobId)).toEqual(job);
  });

  test('to the time that it has changes nothing, whatever has become of it, unless it was cancelled', async () => {
    for (const status of ['scheduled', 'queued', 'completed'] as const) {
      const job = await aScheduled({ status });
      expect(await move(job.jobId, job.sendTime ?? 0)).toEqual({ kind: 'same', job });
    }
    const cancelled = await aScheduled({ cancelledAt: 1 });
    expect(await move(cancelled.jobId, cancelled.sendTime ?? 0)).toMatchObject({ kind: 'refused' });
  });

  test('eight at once: they go one after the other, and the last one holds', async () => {
    const job = await aScheduled({ status: 'scheduled' });
    const times = Array.from({ length: 8 }, (_, index) => now + (61 + index) * MINUTE);
    const moved = await Promise.all(times.map((time) => move(job.jobId, time)));
    expect(moved.map(({ kind }) => kind)).toEqual(times.map(() => 'moved'));
    const left = await read(job.jobId);
    expect(left).toMatchObject({ gen: 1 + times.length, rev: 1 + times.length });
    expect((left?.notAfter ?? 0) - (left?.sendTime ?? 0)).toBe(60 * MINUTE);
  });

  test('eight at once that name the same revision: one takes place, and the others are told of it', async () => {
    const job = await aScheduled({ status: 'scheduled' });
    const api = { context: openTestContext(address), rules, callLimits: rules.limits, logger: console } as unknown as Api;
    const moves = Array.from({ length: 8 }, (_, index) => {
      const body = { sendTime: new Date(now + (61 + index) * MINUTE).toISOString() };
      const request = apiRequest({ jobId: job.jobId, headers: { 'if-match': `"${job.rev}"` }, body });
      return rescheduleJob(api, { ...request, caller: job.caller });
    });
    const answers = (await Promise.allSettled(moves)).map((one) => (one.status === 'fulfilled' ? 200 : one.reason.document.status));
    expect(answers.toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 412)]);
    expect(await read(job.jobId)).toMatchObject({ gen: 2, rev: job.rev + 1 });
  });
});
