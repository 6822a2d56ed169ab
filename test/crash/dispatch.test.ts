import { expect } from 'vitest';
import { breakerKey } from '../../functions/shared/job/keys.ts';
import { takePermit } from '../../functions/shared/limiter/limiter.ts';
import { aJob, crashAtEveryStep, type Scenario } from '../support/crash.ts';
import { accepted, type Fate, faild, refusedThenReset, refusedWith } from '../support/provider.ts';
import { phones } from '../support/store.ts';
import { attemptOf, dispatch, rules, type TestSystem } from '../support/system.ts';

const recipients = phones(3);
const CALL = 'provider POST /Services.asmx/CustomSend';
const LIMITER = ['store UpdateItem SLOT', 'store UpdateItem RATE'];

/** A worker gets the first wake-up, and the queue has it back when the worker dies. `makes` of what it sends; the others are accepted. */
const gets = (...fates: Fate[]) =>
  async function prepare(system: TestSystem) {
    await aJob(system, recipients);
    const [first, ...others] = await system.queue.receive();
    for (const message of others) await system.queue.giveBack(message);
    system.provider.next(...fates);
    return async (worker: Parameters<typeof dispatch>[0]) => {
      if (!first) throw new Error('There is no wake-up.');
      const gone = system.queue.giveBack(first);
      await dispatch(worker, attemptOf(first.Body));
      await gone;
    };
  };

/** No slot of a dead worker is lost: a while later all can be taken at once. */
async function expectAllSlots(system: TestSystem): Promise<void> {
  system.pass(90_001);
  const { rest } = system;
  const { maxConcurrentCalls } = rules.limits;
  const permits = await Promise.all(Array.from({ length: maxConcurrentCalls }, () => takePermit(rest.store, rest.callLimits, 0)));
  expect(permits.map((permit) => 'end' in permit)).toEqual(permits.map(() => true));
}

/** Each batch was called for once, and once more for each call that was surely not sent. Only the batch of the dead worker is unknown. */
const expectCalls = (notSent: number) => async (books: Parameters<Scenario['expectEnd']>[0], system: TestSystem) => {
  expect(books?.batches.filter(({ item }) => item.state === 'unknown').length).toBeLessThan(2);
  expect(system.provider.calls.length).toBeLessThanOrEqual(2 + notSent);
  await expectAllSlots(system);
};

crashAtEveryStep('a worker that dispatches dies at any of its requests', {
  'the provider accepts': {
    prepare: gets(),
    makes: [...LIMITER, CALL, 'store UpdateItem B#0000001', 'store PutItem R#0000001#1', 'store UpdateItem LEFT'],
    recipients,
    expectEnd: expectCalls(0),
  },
  'not sent, and accepted the next time; the breaker counts': {
    prepare: gets(refusedWith(429)),
    makes: [CALL, 'store UpdateItem BREAKER', 'queue POST /'],
    recipients,
    expectEnd: expectCalls(1),
  },
  'not sent, which opens the breaker': {
    async prepare(system) {
      await system.rest.store.table.put({ ...breakerKey, failures: 2 });
      return gets(refusedWith(429))(system);
    },
    makes: [CALL, 'store UpdateItem BREAKER', 'queue POST /'],
    recipients,
    expectEnd: expectCalls(1),
  },
  'the trial of an open breaker': {
    async prepare(system) {
      await system.rest.store.table.put({ ...breakerKey, failures: 3, interval: 5_000, openUntil: system.rest.store.now() - 1 });
      return gets(accepted)(system);
    },
    makes: [CALL, 'store UpdateItem BREAKER', 'store UpdateItem LEFT'],
    recipients,
    expectEnd: expectCalls(0),
  },
  'Faild: rejected, with its Message': {
    prepare: gets(faild),
    makes: [CALL, 'store PutItem R#0000001#1'],
    recipients,
    async expectEnd(books, system) {
      const [first] = books?.batches ?? [];
      expect(first?.item.state === 'accepted' || first?.sentIn.length === 0).toBe(true);
      if (first?.item.state === 'rejected') expect(first.item).toMatchObject({ retCode: 'Faild', message: '余额不足' });
      await expectCalls(0)(books, system);
    },
  },
  'the connection breaks: unknown, and never called for again': {
    prepare: gets(refusedThenReset),
    makes: [CALL, 'store UpdateItem BREAKER', 'store UpdateItem JOB'],
    recipients,
    expectEnd: expectCalls(0),
  },
});
