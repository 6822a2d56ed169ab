import { expect } from 'vitest';
import { takePermit } from '../../../functions/shared/dispatch/rate-limiter.ts';
import { limiterKey } from '../../../functions/shared/dynamodb/keys.ts';
import type { Audit } from '../../support/audit.ts';
import { aJob, crashAtEveryStep } from '../../support/crash.ts';
import { phones } from '../../support/job-context.ts';
import { accepted, type CallScript, faild, refusedThenReset, refusedWith } from '../../support/provider.ts';
import type { TestSystem } from '../../support/system.ts';
import { attemptOf, dispatch, rules } from '../../support/worker-client.ts';

/** Two batches, or one. */
const several = phones(3);
const one = phones(2);
const CALL = 'provider POST /Services.asmx/CustomSend';
const LIMITER = 'table UpdateItem LIMITER';

/** A worker gets the first dispatch message, which the queue delivers again when the worker has died. Its call meets this scenario, all others are accepted. */
const gets = (recipients: readonly string[], scenario: CallScript) =>
  async function prepare(system: TestSystem) {
    await aJob(system, recipients);
    const [first, ...others] = await system.queue.receive();
    for (const message of others) await system.queue.giveBack(message);
    system.provider.next(scenario);
    return async (worker: Parameters<typeof dispatch>[0]) => {
      if (!first) throw new Error('There is no dispatch message.');
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
  const permits = await Promise.all(Array.from({ length: maxConcurrentCalls }, () => takePermit(rest.context, rest.callLimits, 0)));
  expect(permits.map((permit) => 'end' in permit)).toEqual(permits.map(() => true));
}

/** Each batch was called for once, and once more for each call that was surely not sent. Only the batch of the dead worker may be unknown. */
const expectCalls =
  (most: number) =>
  (audit: Audit | undefined, { provider }: TestSystem): void => {
    expect(audit?.batches.filter(({ item }) => item.state === 'unknown').length).toBeLessThan(2);
    expect(provider.calls.length).toBeLessThanOrEqual(most);
  };

crashAtEveryStep('a worker that dispatches dies at any of its requests', {
  'the provider accepts': {
    prepare: gets(several, accepted),
    makes: [LIMITER, CALL, 'table UpdateItem B#0000001', 'table PutItem R#0000001#1', 'table UpdateItem REMAINING'],
    recipients: several,
    async expectEnd(audit, system) {
      expectCalls(2)(audit, system);
      await expectAllSlots(system);
    },
  },
  'not sent, and accepted the next time; the breaker counts': {
    prepare: gets(one, refusedWith(429)),
    makes: [CALL, LIMITER, 'queue POST /'],
    recipients: one,
    expectEnd: expectCalls(2),
  },
  'not sent, which opens the breaker': {
    async prepare(system) {
      await system.rest.context.table.put({ ...limiterKey, failures: 2 });
      return gets(one, refusedWith(429))(system);
    },
    makes: [CALL, LIMITER, 'queue POST /'],
    recipients: one,
    expectEnd: expectCalls(2),
  },
  'the half-open probe of an open breaker': {
    async prepare(system) {
      await system.rest.context.table.put({ ...limiterKey, failures: 3, interval: 5_000, openUntil: system.rest.context.now() - 1 });
      return gets(one, accepted)(system);
    },
    makes: [CALL, LIMITER, 'table UpdateItem JOB'],
    recipients: one,
    expectEnd: expectCalls(1),
  },
  'Faild: rejected, with its Message': {
    prepare: gets(one, faild),
    makes: [CALL, 'table UpdateItem JOB'],
    recipients: one,
    expectEnd(audit, system) {
      const [first] = audit?.batches ?? [];
      expect(first?.item.state === 'accepted' || first?.sentIn.length === 0).toBe(true);
      if (first?.item.state === 'rejected') expect(first.item).toMatchObject({ retCode: 'Faild', message: '余额不足' });
      expectCalls(1)(audit, system);
    },
  },
  'the connection breaks: unknown, and never called for again': {
    prepare: gets(one, refusedThenReset),
    makes: [CALL, LIMITER, 'table UpdateItem JOB'],
    recipients: one,
    expectEnd: expectCalls(1),
  },
});
