import { expect } from 'vitest';
import type { WaitingBatch } from '../../../functions/shared/job/batch-item.ts';
import { cancel } from '../../../functions/shared/job/cancel.ts';
import { claimBatch } from '../../../functions/shared/job/claim.ts';
import { LEASE, LEASE_GRACE, SWEEP_AFTER } from '../../../functions/shared/job/deadlines.ts';
import { readJobAndBatch } from '../../../functions/shared/job/job-table.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { aJob, crashAtEveryStep, type Scenario } from '../../support/crash.ts';
import { phones } from '../../support/job-context.ts';
import { acceptedThenReset } from '../../support/provider.ts';
import type { TestSystem } from '../../support/system.ts';
import { startWorker } from '../../support/worker.ts';
import { dispatch, type WorkerClient } from '../../support/worker-client.ts';

const DAY = 24 * 3_600_000;
const recipients = phones(3);
const sweeps = (worker: WorkerClient) => sweep({ ...worker, report: () => undefined }, Number.POSITIVE_INFINITY);

/** A worker claimed the first batch of a job and died. */
async function aLostClaim(system: TestSystem): Promise<void> {
  const jobId = await aJob(system, recipients);
  const { batch } = await readJobAndBatch(system.rest.context, jobId, 1);
  await claimBatch(system.rest.context, batch as WaitingBatch);
  system.pass(LEASE + LEASE_GRACE + 1_000);
}

/** It waits for a person, and will for weeks. */
const expectKept: Scenario['expectEnd'] = (audit, { rest: { context } }) => {
  expect(audit?.job.status).toBe('attention');
  expect((audit?.job.expiresAt ?? 0) * 1000).toBeGreaterThan(context.now() + 25 * DAY);
};

crashAtEveryStep('a worker that sweeps dies at any of its requests', {
  'a lease that ran out: unknown, and nothing else is': {
    async prepare(system) {
      await aLostClaim(system);
      return sweeps;
    },
    makes: ['table UpdateItem B#0000001', 'table UpdateItem JOB'],
    recipients,
    expectEnd(audit, { provider }) {
      expect(audit?.batches.map(({ item }) => [item.state, item.code])).toEqual([
        ['unknown', 'lease-ended'],
        ['accepted', 'accepted'],
      ]);
      expect(provider.phones().sort()).toEqual(recipients.slice(2));
    },
  },
  'a job whose dispatch messages were never queued': {
    async prepare(system) {
      await aJob(system, recipients, false);
      system.pass(SWEEP_AFTER + 1_000);
      return sweeps;
    },
    makes: ['queue POST /', 'table UpdateItem JOB'],
    recipients,
    expectEnd: (audit) => expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 3 } }),
  },
  'a job whose cancel stopped half-way: what was not sent then is not sent': {
    async prepare(system) {
      const jobId = await aJob(system, recipients);
      await dispatch(system.rest, { jobId, batch: 1, try: 1 });
      const marked = await startWorker(system.harness, { at: 2, when: 'after', by: 'death' });
      const client = system.join(marked.addresses);
      await Promise.race([marked.interrupted, cancel(client.context, jobId, { by: 'caller' })]);
      client.close();
      await marked.stop();
      system.pass(1_000);
      return sweeps;
    },
    makes: ['table UpdateItem B#0000002', 'table UpdateItem JOB'],
    recipients,
    expectEnd(audit, { provider }) {
      expect(audit?.job).toMatchObject({ counts: { accepted: 2, cancelled: 1 } });
      expect(provider.phones()).toEqual(recipients.slice(0, 2));
    },
  },
  'a job whose validity has ended': {
    async prepare(system) {
      await aJob(system, recipients, false);
      system.pass(DAY + 1_000);
      return sweeps;
    },
    makes: ['table UpdateItem B#0000001', 'table UpdateItem JOB'],
    recipients,
    expectEnd(audit, { provider }) {
      expect(audit?.job).toMatchObject({ status: 'expired', counts: { expired: 3 } });
      expect(provider.calls).toEqual([]);
    },
  },
  'a job of several batches that waits for a person for weeks does not expire': {
    async prepare(system) {
      const jobId = await aJob(system, recipients);
      system.provider.next(acceptedThenReset);
      await system.goOn(jobId);
      system.pass(28 * DAY);
      return sweeps;
    },
    makes: [
      'table UpdateItem PAY',
      'table UpdateItem B#0000001',
      'table UpdateItem R#0000002#1',
      'table UpdateItem REMAINING',
      'table UpdateItem JOB',
    ],
    recipients,
    expectEnd: expectKept,
  },
  'a job of one batch that waits for a person for weeks does not expire': {
    async prepare(system) {
      const jobId = await aJob(system, recipients.slice(0, 2));
      system.provider.next(acceptedThenReset);
      await system.goOn(jobId);
      system.pass(28 * DAY);
      return sweeps;
    },
    makes: ['table UpdateItem JOB'],
    recipients: recipients.slice(0, 2),
    expectEnd: expectKept,
  },
});
