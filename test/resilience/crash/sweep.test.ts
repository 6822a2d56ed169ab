import { expect } from 'vitest';
import { cancel } from '../../../functions/shared/job/cancel.ts';
import { claimBatch } from '../../../functions/shared/job/claim.ts';
import { LEASE, LEASE_GRACE, SWEEP_AFTER } from '../../../functions/shared/job/deadlines.ts';
import type { BatchItem } from '../../../functions/shared/job/items.ts';
import { batchKey } from '../../../functions/shared/dynamodb/keys.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { aJob, crashAtEveryStep } from '../../support/crash.ts';
import { dispatch, type Participant } from '../../support/worker-client.ts';
import { acceptedThenReset } from '../../support/provider.ts';
import { phones } from '../../support/store.ts';
import type { TestSystem } from '../../support/system.ts';
import { startWorker } from '../../support/worker.ts';

const DAY = 24 * 3_600_000;
const recipients = phones(3);
const sweeps = (worker: Participant) => sweep({ ...worker, report: () => undefined }, Number.POSITIVE_INFINITY);

/** Somebody claimed the first batch of a job and was never heard of again. */
async function aLostClaim(system: TestSystem): Promise<void> {
  const jobId = await aJob(system, recipients);
  await claimBatch(system.rest.store, (await system.rest.store.table.get<BatchItem>(batchKey(jobId, 1))) as BatchItem);
  system.pass(LEASE + LEASE_GRACE + 1_000);
}

crashAtEveryStep('a worker that sweeps dies at any of its requests', {
  'a lease that ran out: unknown, and nothing else is': {
    async prepare(system) {
      await aLostClaim(system);
      return sweeps;
    },
    makes: ['store UpdateItem B#0000001', 'store UpdateItem JOB'],
    recipients,
    expectEnd(books, { provider }) {
      expect(books?.batches.map(({ item }) => [item.state, item.code])).toEqual([
        ['unknown', 'lease-ended'],
        ['accepted', 'accepted'],
      ]);
      expect(provider.phones().sort()).toEqual(recipients.slice(2));
    },
  },
  'a job whose wake-ups were never queued': {
    async prepare(system) {
      await aJob(system, recipients, false);
      system.pass(SWEEP_AFTER + 1_000);
      return sweeps;
    },
    makes: ['queue POST /', 'store UpdateItem JOB'],
    recipients,
    expectEnd: (books) => expect(books?.job).toMatchObject({ status: 'completed', counts: { accepted: 3 } }),
  },
  'a job whose cancel stopped half-way: what was not sent then is not sent': {
    async prepare(system) {
      const jobId = await aJob(system, recipients);
      await dispatch(system.rest, { jobId, batch: 1, try: 1 });
      const marked = await startWorker(system.world, { at: 2, when: 'after', by: 'death' });
      const participant = system.join(marked.surroundings);
      await Promise.race([marked.interrupted, cancel(participant.store, jobId, 'caller')]);
      participant.close();
      await marked.stop();
      system.pass(1_000);
      return sweeps;
    },
    makes: ['store UpdateItem B#0000002', 'store UpdateItem JOB'],
    recipients,
    expectEnd(books, { provider }) {
      expect(books?.job).toMatchObject({ counts: { accepted: 2, cancelled: 1 } });
      expect(provider.phones()).toEqual(recipients.slice(0, 2));
    },
  },
  'a job whose validity has ended': {
    async prepare(system) {
      await aJob(system, recipients, false);
      system.pass(DAY + 1_000);
      return sweeps;
    },
    makes: ['store UpdateItem B#0000001', 'store UpdateItem JOB'],
    recipients,
    expectEnd(books, { provider }) {
      expect(books?.job).toMatchObject({ status: 'expired', counts: { expired: 3 } });
      expect(provider.calls).toEqual([]);
    },
  },
  'a job that waits for a person for weeks does not expire': {
    async prepare(system) {
      const jobId = await aJob(system, recipients.slice(0, 2));
      system.provider.next(acceptedThenReset);
      await system.goOn(jobId);
      system.pass(28 * DAY);
      return sweeps;
    },
    makes: ['store UpdateItem KEY', 'store UpdateItem PAY', 'store UpdateItem B#0000001', 'store UpdateItem LEFT', 'store UpdateItem JOB'],
    recipients: recipients.slice(0, 2),
    expectEnd(books, { rest: { store } }) {
      expect(books?.job.status).toBe('attention');
      expect((books?.job.expiresAt ?? 0) * 1000).toBeGreaterThan(store.now() + 25 * DAY);
    },
  },
});
