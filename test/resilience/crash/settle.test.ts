import { expect } from 'vitest';
import { cancelJob } from '../../../functions/api/cancel-job.ts';
import { settleBatches } from '../../../functions/api/settle-batches.ts';
import { SETTLE_AFTER } from '../../../functions/shared/job/deadlines.ts';
import type { Settlement } from '../../../functions/shared/job/items.ts';
import { aJob, crashAtEveryStep, onlyJob, type Scenario } from '../../support/crash.ts';
import { apiRequest, dispatch, type Participant, tryOf } from '../../support/worker-client.ts';
import { acceptedThenReset, type Fate, refusedThenReset } from '../../support/provider.ts';
import { phones } from '../../support/store.ts';
import type { TestSystem } from '../../support/system.ts';

/** Two batches, or one. */
const several = phones(3);
const one = phones(2);

/** A job whose batches became unknown in this way; time enough has passed to settle them. */
async function allUnknown(system: TestSystem, recipients: readonly string[], fate: Fate): Promise<string> {
  const jobId = await aJob(system, recipients);
  system.provider.next(fate, fate);
  await system.drain();
  system.pass(SETTLE_AFTER + 1_000);
  return jobId;
}

const settles = (as: Settlement['as'], jobId: string, recipients: readonly string[]) => (participant: Participant) => {
  const batches = recipients.length > 2 ? [FIRST, { batch: 2, try: 1 }] : [FIRST];
  return settleBatches(participant, apiRequest({ jobId, headers: json, body: { as, why: 'asked the provider', batches } }));
};
const FIRST = { batch: 1, try: 1 };
const json = { 'content-type': 'application/json' };

/** A person settles all of them, and does so again afterwards. */
const settled = (
  as: Settlement['as'],
  recipients: readonly string[],
  fate: Fate,
): Pick<Scenario, 'prepare' | 'afterwards' | 'recipients'> => ({
  async prepare(system) {
    return settles(as, await allUnknown(system, recipients, fate), recipients);
  },
  async afterwards(system) {
    await settles(as, (await onlyJob(system)) as string, recipients)(system.rest);
  },
  recipients,
});
const SETTLES = ['store UpdateItem B#0000001', 'store UpdateItem JOB'];

/** Each of the two was called for exactly once more. */
const expectOneMore: Scenario['expectEnd'] = (books, { provider }) => {
  expect(books?.job).toMatchObject({ status: 'completed', counts: { accepted: 3 } });
  expect(books?.batches.map(({ item }) => item.try)).toEqual([2, 2]);
  const again = provider.calls.filter(({ Token }) => tryOf(Token) === 2).map(({ Phones }) => Phones);
  expect(again.sort()).toEqual([`${several[0]};${several[1]};`, `${several[2]};`]);
};

crashAtEveryStep('a worker that settles or cancels dies at any of its requests', {
  'settling as accepted': {
    ...settled('accepted', one, acceptedThenReset),
    makes: SETTLES,
    expectEnd: (books) => expect(books?.job).toMatchObject({ status: 'completed', counts: { accepted: 2 } }),
  },
  'settling as rejected': {
    ...settled('rejected', one, refusedThenReset),
    makes: SETTLES,
    expectEnd: (books) => expect(books?.job).toMatchObject({ status: 'completed', counts: { accepted: 0, rejected: 2 } }),
  },
  'settling as to be sent again, though the provider had accepted': {
    ...settled('resend', several, acceptedThenReset),
    makes: [...SETTLES, 'queue POST /'],
    expectEnd: expectOneMore,
  },
  'settling as to be sent again, and the person does not ask again': {
    ...settled('resend', several, refusedThenReset),
    makes: [...SETTLES, 'queue POST /'],
    afterwards: async () => undefined,
    expectEnd(books) {
      for (const { item, sentIn } of books?.batches ?? []) {
        expect([item.try, item.state, sentIn]).toEqual(item.try === 2 ? [2, 'accepted', [2]] : [1, 'unknown', []]);
      }
    },
  },
  'cancelling, and the caller asks again: nothing more is sent': {
    async prepare(system) {
      const jobId = await aJob(system, several);
      await dispatch(system.rest, { jobId, batch: 1, try: 1 });
      return (participant) => cancelJob(participant, apiRequest({ jobId }));
    },
    makes: ['store UpdateItem JOB', 'store UpdateItem B#0000002'],
    async afterwards(system) {
      await cancelJob(system.rest, apiRequest({ jobId: (await onlyJob(system)) as string }));
    },
    recipients: several,
    expectEnd(books, { provider }) {
      expect(books?.job).toMatchObject({ status: 'completed', counts: { accepted: 2, cancelled: 1 } });
      expect(provider.phones()).toEqual(several.slice(0, 2));
    },
  },
});
