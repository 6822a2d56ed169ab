import { beforeEach, expect, test } from 'vitest';
import { jobKey, limiterKey } from '../../functions/shared/dynamodb/keys.ts';
import type { WaitingBatch } from '../../functions/shared/job/batch-item.ts';
import { claimBatch } from '../../functions/shared/job/claim.ts';
import { readJobAndBatch } from '../../functions/shared/job/job-table.ts';
import { setSwitch } from '../../functions/shared/job/switches.ts';
import type { Attempt } from '../../functions/shared/queues/dispatch-message.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { aRequest, onEveryEngine, openTestContext, phones, rules } from '../support/job-context.ts';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

onEveryEngine('dispatch messages that were lost, for the sweep', (address) => {
  let now = Date.now();
  const context = () => openTestContext(address, { now: () => now });
  /** Of two phones each. */
  const BATCHES = 3;
  let jobId: string;
  beforeEach(async () => {
    const { job } = await acceptRequest(context(), rules, aRequest(phones(BATCHES * 2)));
    jobId = job.jobId;
    await context().table.update(jobKey(jobId), { set: { queuedAt: now } }, []);
  });

  /** What sweeps side by side queue for the job, after some time. */
  async function queuedAfter(milliseconds: number, sweeps = 1): Promise<number[]> {
    now += milliseconds;
    const sent: Attempt[] = [];
    const sweeper = {
      context: context(),
      dispatchQueue: { send: async (attempts: readonly Attempt[]) => void sent.push(...attempts) },
      files: { tasks: { send: async () => undefined } },
      report: (_jobId: string, error: Error) => {
        throw error;
      },
    };
    await context().table.update(jobKey(jobId), { set: { wakeAt: 0 } }, []);
    await Promise.all(Array.from({ length: sweeps }, () => sweep(sweeper, now + MINUTE)));
    return sent.flatMap((attempt) => (attempt.jobId === jobId ? [attempt.batch] : [])).sort();
  }

  test('are missed by the job’s own time, and queued once by sweeps side by side', async () => {
    expect(await queuedAfter(QUARTER - 1_000)).toEqual([]);
    expect(await queuedAfter(2_000, 3)).toEqual([1, 2, 3]);
    expect(await queuedAfter(QUARTER - 1_000)).toEqual([]);
    expect(await queuedAfter(2_000)).toEqual([1, 2, 3]);
  });

  test('are not missed while other batches of the job move on', async () => {
    now += QUARTER - MINUTE;
    const { batch } = await readJobAndBatch(context(), jobId, 1);
    await claimBatch(context(), batch as WaitingBatch);
    expect(await queuedAfter(2 * MINUTE)).toEqual([]);
    expect(await queuedAfter(QUARTER)).toEqual([2, 3]);
  });

  test('are not missed while calling is paused, or stopped by the breaker', async () => {
    await setSwitch(context(), 'all', true, 'operator', 'a test');
    expect(await queuedAfter(QUARTER + 1_000)).toEqual([]);
    await setSwitch(context(), 'all', false, 'operator', 'a test');
    const breaker = { ...limiterKey, failures: 3, interval: MINUTE, openUntil: now + MINUTE };
    await context().table.put(breaker);
    expect(await queuedAfter(MINUTE - 1_000)).toEqual([]);
    // Now it lets a call through, and there must be a message for one.
    expect(await queuedAfter(2_000)).toEqual([1, 2, 3]);
    await context().table.put({ ...limiterKey, failures: 0 });
  });
});
