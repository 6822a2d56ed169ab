import { expect } from 'vitest';
import { cancelJob } from '../../../functions/api/cancel-job.ts';
import { settleBatches } from '../../../functions/api/settle-batches.ts';
import type { Settlement } from '../../../functions/shared/job/batch-item.ts';
import { SETTLE_AFTER } from '../../../functions/shared/job/deadlines.ts';
import { aJob, crashAtEveryStep, onlyJob, type Scenario } from '../../support/crash.ts';
import { phones } from '../../support/job-context.ts';
import { acceptedThenReset, type CallScript, refusedThenReset } from '../../support/provider.ts';
import type { TestSystem } from '../../support/system.ts';
import { apiRequest, dispatch, tryOf, type WorkerClient } from '../../support/worker-client.ts';

/** Two batches, or one. */
const several = phones(3);
const one = phones(2);

/** A job whose batches became unknown in this way; time enough has passed to settle them. */
async function allUnknown(system: TestSystem, recipients: readonly string[], scenario: CallScript): Promise<string> {
  const jobId = await aJob(system, recipients);
  system.provider.next(scenario, scenario);
  await system.drain();
  system.pass(SETTLE_AFTER + 1_000);
  return jobId;
}

const settles = (as: Settlement['as'], jobId: string, recipients: readonly string[]) => (client: WorkerClient) => {
  const batches = recipients.length > 2 ? [FIRST, { batch: 2, try: 1 }] : [FIRST];
  return settleBatches(client, apiRequest({ jobId, headers: json, body: { as, why: 'asked the provider', batches } }));
};
const FIRST = { batch: 1, try: 1 };
const json = { 'content-type': 'application/json' };

/** A person settles all of them, and does so again afterwards. */
const settled = (
  as: Settlement['as'],
  recipients: readonly string[],
  scenario: CallScript,
): Pick<Scenario, 'prepare' | 'afterwards' | 'recipients'> => ({
  async prepare(system) {
    return settles(as, await allUnknown(system, recipients, scenario), recipients);
  },
  async afterwards(system) {
    await settles(as, (await onlyJob(system)) as string, recipients)(system.rest);
  },
  recipients,
});
/** The only batch of a job stands inside its item. */
const SETTLES_INSIDE = ['table UpdateItem JOB'];
const SETTLES = ['table UpdateItem B#0000001', 'table UpdateItem JOB'];

/** Each of the two was called for exactly once more. */
const expectOneMore: Scenario['expectEnd'] = (audit, { provider }) => {
  expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 3 } });
  expect(audit?.batches.map(({ item }) => item.try)).toEqual([2, 2]);
  const again = provider.calls.filter(({ Token }) => tryOf(Token) === 2).map(({ Phones }) => Phones);
  expect(again.sort()).toEqual([`${several[0]};${several[1]};`, `${several[2]};`]);
};

crashAtEveryStep('a worker that settles or cancels dies at any of its requests', {
  'settling as accepted': {
    ...settled('accepted', one, acceptedThenReset),
    makes: SETTLES_INSIDE,
    expectEnd: (audit) => expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 2 } }),
  },
  'settling as rejected': {
    ...settled('rejected', one, refusedThenReset),
    makes: SETTLES_INSIDE,
    expectEnd: (audit) => expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 0, rejected: 2 } }),
  },
  'settling as to be sent again, though the provider had accepted': {
    ...settled('resend', several, acceptedThenReset),
    makes: [...SETTLES, 'queue POST /'],
    expectEnd: expectOneMore,
  },
  'settling the only batch as to be sent again: once more': {
    ...settled('resend', one, acceptedThenReset),
    makes: [...SETTLES_INSIDE, 'queue POST /'],
    expectEnd(audit) {
      expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 2 } });
      expect(audit?.batches.map(({ item, sentIn }) => [item.try, sentIn])).toEqual([[2, [1, 2]]]);
    },
  },
  'settling as to be sent again, and the person does not ask again': {
    ...settled('resend', several, refusedThenReset),
    makes: [...SETTLES, 'queue POST /'],
    afterwards: async () => undefined,
    expectEnd(audit) {
      for (const { item, sentIn } of audit?.batches ?? []) {
        expect([item.try, item.state, sentIn]).toEqual(item.try === 2 ? [2, 'accepted', [2]] : [1, 'unknown', []]);
      }
    },
  },
  'cancelling, and the caller asks again: nothing more is sent': {
    async prepare(system) {
      const jobId = await aJob(system, several);
      await dispatch(system.rest, { jobId, batch: 1, try: 1 });
      return (client) => cancelJob(client, apiRequest({ jobId }));
    },
    makes: ['table UpdateItem JOB', 'table UpdateItem B#0000002'],
    async afterwards(system) {
      await cancelJob(system.rest, apiRequest({ jobId: (await onlyJob(system)) as string }));
    },
    recipients: several,
    expectEnd(audit, { provider }) {
      expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 2, cancelled: 1 } });
      expect(provider.phones()).toEqual(several.slice(0, 2));
    },
  },
});
