import { expect } from 'vitest';
import { createJob } from '../../../functions/api/create-job.ts';
import { MAKING } from '../../../functions/shared/job/deadlines.ts';
import { ProblemError } from '../../../functions/shared/problem/problem.ts';
import type { Books } from '../../support/audit.ts';
import { crashAtEveryStep, type Scenario } from '../../support/crash.ts';
import { apiRequest, type Participant } from '../../support/worker-client.ts';
import { phones } from '../../support/store.ts';
import type { TestSystem } from '../../support/system.ts';
import { startWorker } from '../../support/worker.ts';

/** `POST /v1/jobs` of these recipients, always with the same key. */
const post = (recipients: readonly string[]) => (participant: Participant) =>
  createJob(participant, apiRequest({ headers: { 'idempotency-key': 'key' }, body: { pattern: '【签名】您好', recipients } }));

/** The caller asks again with the same key and body; told that somebody is at it, once more when that one's time is over. */
const askAgain =
  (recipients: readonly string[]) =>
  async ({ rest, pass }: TestSystem) => {
    const refused = await post(recipients)(rest).then(
      () => undefined,
      (error) => error,
    );
    if (!refused) return;
    expect(refused).toBeInstanceOf(ProblemError);
    expect(refused.document).toMatchObject({ type: 'urn:sms:problem:idempotency-key-in-use', retry: true });
    pass(MAKING + 1_000);
    await post(recipients)(rest);
  };

/** Three batches, two, or one. */
const three = phones(5);
const several = phones(3);
const one = phones(2);
const MAKES = ['store PutItem KEY', 'store UpdateItem DAY', 'store PutItem PAY', 'store PutItem B#0000001', 'store PutItem LEFT'];
const SENDS = ['store UpdateItem B#0000001', 'provider POST /Services.asmx/CustomSend', 'store PutItem R#0000001#1'];

function expectAllAccepted(books: Books | undefined): void {
  expect(books?.job).toMatchObject({ status: 'completed' });
  expect(books?.job.counts.accepted).toBe(books?.job.recipients);
}

const scenarios: Record<string, Scenario> = {
  'three batches, and the caller asks again: everybody is sent to once': {
    prepare: async () => post(three),
    makes: [...MAKES, 'store PutItem B#0000003', 'store PutItem JOB', 'queue POST /', 'store UpdateItem JOB'],
    afterwards: askAgain(three),
    recipients: three,
    expectEnd: expectAllAccepted,
  },
  'two batches, and the caller is gone: all of it or nothing': {
    prepare: async () => post(several),
    makes: [...MAKES, 'store PutItem JOB', 'queue POST /', 'store UpdateItem JOB'],
    recipients: several,
    expectEnd(books, { provider }) {
      if (books) expectAllAccepted(books);
      else expect(provider.calls).toEqual([]);
    },
  },
  'the second request takes over from a first that died before the seal': {
    async prepare(system) {
      const first = await startWorker(system.world, { at: 7, when: 'after', by: 'death' });
      const participant = system.join(first.surroundings);
      await Promise.race([first.interrupted, post(several)(participant)]);
      await first.stop();
      participant.close();
      system.pass(MAKING + 1_000);
      return post(several);
    },
    makes: ['store UpdateItem KEY', 'store PutItem PAY', 'store PutItem JOB', 'queue POST /'],
    afterwards: askAgain(several),
    recipients: several,
    expectEnd: expectAllAccepted,
  },
  'one batch, sent within the request: once, or unknown': {
    prepare: async () => post(one),
    makes: [...SENDS, 'store UpdateItem SLOT', 'store UpdateItem RATE', 'store UpdateItem JOB'],
    afterwards: askAgain(one),
    recipients: one,
    expectEnd: (books) => expect(['completed', 'attention']).toContain(books?.job.status),
  },
};

crashAtEveryStep('a worker that accepts dies at any of its requests', scenarios);
