import { expect, test } from 'vitest';
import { sendBatch } from '../../functions/shared/dispatch/send-batch.ts';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { SETTLE_AFTER } from '../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJobAndBatch } from '../../functions/shared/job/job-table.ts';
import { settle } from '../../functions/shared/job/settle.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { aRequest, onEveryEngine, openSender, openTestContext, phones, rules, writeBatch } from '../support/job-context.ts';
import { acceptedThenReset, startProvider } from '../support/provider.ts';

const DAY = 24 * 3_600_000;

onEveryEngine('a resend', (address) => {
  test('long after the validity of its job leads to exactly one more call, within an hour', async () => {
    const provider = await startProvider();
    const at = (offset: number) => openTestContext(address, { now: () => Date.now() + offset });
    const send = (offset: number, attempt: number) =>
      sendBatch(
        openSender(at(offset), provider.url),
        { jobId: job.jobId, batch: 1, try: attempt },
        { permitWait: 20_000, deadline: Date.now() + 5_000 },
      );
    const { job } = await acceptRequest(at(0), rules, aRequest(phones(2)));
    const decide = (offset: number, as: 'resend' | 'accepted', attempt: number) =>
      settle(at(offset), job, { jobId: job.jobId, batch: 1, try: attempt, as, by: 'operator', why: 'not in the bill' });
    try {
      provider.next(acceptedThenReset);
      expect(await send(0, 1)).toMatchObject({ state: 'unknown' });
      expect(await decide(SETTLE_AFTER - 1_000, 'resend', 1)).toMatchObject({ kind: 'too-early' });
      expect(await decide(DAY, 'resend', 1)).toMatchObject({ kind: 'settled', batch: { state: 'waiting', try: 2 } });
      expect(await decide(DAY, 'resend', 1)).toMatchObject({ kind: 'same' });
      expect(await decide(DAY, 'accepted', 1)).toMatchObject({ kind: 'decided', settlement: { as: 'resend', by: 'operator' } });
      expect((await at(0).table.get<JobItem>(jobKey(job.jobId)))?.notAfter).toBeLessThan(Date.now() + DAY);
      expect(await send(DAY + 60_000, 2)).toMatchObject({ state: 'accepted', try: 2 });
      expect(await send(DAY + 60_000, 2)).toBeUndefined();
      expect(provider.calls).toHaveLength(2);
    } finally {
      await provider.stop();
    }
  });

  test('that could not be sent within an hour expires', async () => {
    const provider = await startProvider();
    const context = openTestContext(address, { now: () => Date.now() + DAY + 3_601_000 });
    const { job } = await acceptRequest(openTestContext(address), rules, aRequest(phones(2)));
    await writeBatch(openTestContext(address), job.jobId, 1, { try: 2, notAfter: Date.now() + DAY + 3_600_000 });
    try {
      const sender = openSender(context, provider.url);
      await sendBatch(sender, { jobId: job.jobId, batch: 1, try: 2 }, { permitWait: 20_000, deadline: Date.now() + 5_000 });
      expect((await readJobAndBatch(context, job.jobId, 1)).batch).toMatchObject({ state: 'expired' });
      expect(provider.calls).toEqual([]);
    } finally {
      await provider.stop();
    }
  });
});
