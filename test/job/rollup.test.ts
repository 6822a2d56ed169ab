import { expect, test } from 'vitest';
import { callerIndexKey, jobKey, openShard, remainingKey, statusIndexKey } from '../../functions/shared/dynamodb/keys.ts';
import { EVENT_OF } from '../../functions/shared/event/event-names.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import { SWEEP_AFTER } from '../../functions/shared/job/deadlines.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { removePublished } from '../../functions/shared/job/outbox.ts';
import { countDown, rollUp } from '../../functions/shared/job/rollup.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { aRequest, onEveryEngine, openTestContext, phones, rules, writeBatch } from '../support/job-context.ts';
import { holdBefore, pass, startProxy } from '../support/proxy.ts';

onEveryEngine('rolling up', (address) => {
  const NOW = Date.now();
  const context = (now = NOW) => openTestContext(address, { now: () => now });

  /** A job of four recipients in two batches, in these states. */
  async function aJob(...states: Partial<BatchItem>[]) {
    const { job } = await acceptRequest(context(), rules, aRequest(phones(4)));
    await Promise.all(states.map((set, index) => writeBatch(context(), job.jobId, index + 1, set)));
    return job;
  }
  /** Whether each index lists the job. */
  async function listed({ jobId, caller }: { jobId: string; caller: string }, status: string) {
    const { table } = context();
    const lists = await Promise.all([
      table.keys({ index: 'open', partition: openShard(jobId), limit: 1_000 }),
      table.keys({ index: 'byCaller', partition: callerIndexKey(caller), limit: 10 }),
      table.keys({ index: 'byStatus', partition: statusIndexKey(caller, status), limit: 10 }),
      table.keys({ index: 'byStatus', partition: statusIndexKey(caller, 'queued'), limit: 10 }),
    ]);
    const [open, byCaller, byStatus, asQueued] = lists.map(({ keys }) => keys.some(({ pk }) => pk === jobKey(jobId).pk));
    return { open, byCaller, byStatus, asQueued };
  }

  test.each<[string, Partial<BatchItem>[], object, wakeIn: number | undefined]>([
    ['queued', [], { pending: 4 }, 60_000],
    ['sending', [{ state: 'accepted' }], { pending: 2, accepted: 2 }, 60_000],
    ['attention', [{ state: 'unknown' }], { pending: 2, unknown: 2 }, 60_000],
    ['attention', [{ state: 'unknown' }, { state: 'accepted' }], { unknown: 2, accepted: 2 }, 3_600_000],
    ['completed', [{ state: 'accepted', errorPhones: 1 }, { state: 'rejected' }], { accepted: 1, rejected: 3 }, undefined],
    ['cancelled', [{ state: 'cancelled' }, { state: 'expired' }], { cancelled: 2, expired: 2 }, undefined],
    ['expired', [{ state: 'expired' }, { state: 'expired' }], { expired: 4 }, undefined],
  ])('%s: %j, and it is looked at until its event is out', async (status, states, counts, wakeIn) => {
    const job = await aJob(...states);
    const rolled = await rollUp(context(NOW + 5), job.jobId);
    const none = { pending: 0, accepted: 0, rejected: 0, unknown: 0, cancelled: 0, expired: 0 };
    const changed = status === 'queued' ? { rev: 1, updatedAt: NOW } : { rev: 2, updatedAt: NOW + 5 };
    expect(rolled?.job).toMatchObject({ status, ...changed, counts: { total: 4, ...none, ...counts } });
    expect(rolled?.job.timeline.map(({ event }) => event)).toEqual(status === 'queued' ? ['queued'] : ['queued', status]);
    const outbox = status in EVENT_OF ? [{ status, rev: 2, at: NOW + 5, counts: rolled?.job.counts }] : undefined;
    expect(rolled?.job.outbox).toEqual(outbox);
    // The look that was planned when the job was made comes soon enough: moving it would cost a write in the index.
    expect(rolled?.job.wakeAt).toBe(NOW + SWEEP_AFTER);
    expect(await readJob(context(), job.jobId)).toEqual(rolled);
    const lists = { byCaller: true, byStatus: status !== 'completed', asQueued: status === 'queued' };
    expect(await listed(job, status)).toEqual({ open: true, ...lists });

    if (rolled) await removePublished(context(), rolled.job, rolled.job.outbox ?? []);
    const later = await rollUp(context(NOW + 5), job.jobId);
    const wakeAt = wakeIn === 3_600_000 ? NOW + 5 + wakeIn : wakeIn && NOW + SWEEP_AFTER;
    expect(later?.job).toEqual({ ...rolled?.job, outbox: undefined, openShard: later?.job.openShard, wakeAt });
    expect(await listed(job, status)).toEqual({ open: wakeIn !== undefined, ...lists });
  });

  test('by twenty at once: the same in the end, and the revision counts who wrote', async () => {
    const job = await aJob({ state: 'accepted' }, { state: 'accepted' });
    const all = await Promise.all(Array.from({ length: 20 }, () => rollUp(context(), job.jobId)));
    const rolled = await readJob(context(), job.jobId);
    expect(rolled?.job).toMatchObject({ status: 'completed', counts: { total: 4, accepted: 4 } });
    expect(rolled?.job.timeline.filter(({ event }) => event === 'completed')).toHaveLength(1);
    for (const each of all) expect(each?.job.status).toBe('completed');
    expect(rolled?.job.rev).toBe(1 + new Set(all.map((each) => each?.job.rev)).size);
  });

  test('one that was overtaken reads again before it writes', async () => {
    const job = await aJob({ state: 'accepted' }, { state: 'sending' });
    const overtake = async () => {
      await writeBatch(context(), job.jobId, 2, { state: 'accepted' });
      await rollUp(context(), job.jobId);
    };
    let writes = 0;
    const proxy = await startProxy(address.endpoint, (request, carryOut) => {
      const first = request.name === 'UpdateItem JOB' && writes++ === 0;
      return (first ? holdBefore(overtake) : pass)(request, carryOut);
    });
    try {
      const rolled = await rollUp(openTestContext({ ...address, endpoint: proxy.url }), job.jobId);
      expect(rolled?.job).toMatchObject({ status: 'completed', rev: 2, counts: { accepted: 4 } });
      expect((await readJob(context(), job.jobId))?.job).toEqual(rolled?.job);
    } finally {
      await proxy.stop();
    }
  });

  test('a job that is completed stays so; one that is reopened is listed again', async () => {
    const job = await aJob({ state: 'unknown' }, { state: 'accepted' });
    await rollUp(context(), job.jobId);
    await writeBatch(context(), job.jobId, 1, { state: 'rejected' });
    const completed = await rollUp(context(), job.jobId);
    expect(completed?.job).toMatchObject({
      status: 'completed',
      rev: 3,
      outbox: [
        { status: 'attention', rev: 2 },
        { status: 'completed', rev: 3 },
      ],
    });
    if (completed) await removePublished(context(), completed.job, completed.job.outbox ?? []);
    expect(await listed(job, 'completed')).toMatchObject({ open: false, byStatus: false });
    await writeBatch(context(), job.jobId, 1, { state: 'waiting', try: 2 });
    expect((await rollUp(context(), job.jobId))?.job).toMatchObject({ status: 'sending', rev: 4 });
    expect(await listed(job, 'sending')).toMatchObject({ open: true, byStatus: true });
  });

  test('what is not sealed, or has expired, is not there', async () => {
    const job = await aJob();
    expect(await readJob(context(), 'job_none')).toBeUndefined();
    expect(await rollUp(context(), 'job_none')).toBeUndefined();
    expect(await context().table.get(jobKey('job_none'))).toBeUndefined();
    expect(await readJob(context(job.expiresAt * 1000 - 1), job.jobId)).toBeDefined();
    expect(await readJob(context(job.expiresAt * 1000), job.jobId)).toBeUndefined();
  });

  test('the last batch that is counted down starts it, and a counter that is wrong starts it sooner', async () => {
    const job = await aJob();
    expect([await countDown(context(), job), await countDown(context(), job), await countDown(context(), job)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(await countDown(context(), { ...job, batchCount: 1 })).toBe(true);
    expect(await countDown(context(), { jobId: 'job_none', batchCount: 5 })).toBe(true);
    expect(await context().table.get(remainingKey('job_none'))).toBeUndefined();
  });
});
