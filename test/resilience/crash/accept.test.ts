import { expect } from 'vitest';
import { createJob } from '../../../functions/api/create-job.ts';
import { CREATING } from '../../../functions/shared/job/deadlines.ts';
import { ProblemError } from '../../../functions/shared/problem/problem.ts';
import type { Audit } from '../../support/audit.ts';
import { crashAtEveryStep, type Scenario } from '../../support/crash.ts';
import { phones } from '../../support/job-context.ts';
import type { TestSystem } from '../../support/system.ts';
import { startWorker } from '../../support/worker.ts';
import { apiRequest, type WorkerClient } from '../../support/worker-client.ts';

/** `POST /v1/jobs` of these recipients, always with the same key. */
const post = (recipients: readonly string[]) => (client: WorkerClient) =>
  createJob(client, apiRequest({ headers: { 'idempotency-key': 'key' }, body: { pattern: '【签名】您好', recipients } }));

/** The same in a stage that limits the recipients of a day. */
const postLimited = (recipients: readonly string[]) => (client: WorkerClient) => {
  const limits = { ...client.rules.limits, maxRecipientsPerDay: 100 };
  return post(recipients)({ ...client, rules: { ...client.rules, limits } });
};

/** The caller asks again with the same key and body; told that another function is at it, once more when that one's time is over. */
const askAgain =
  (recipients: readonly string[], postTo = post) =>
  async ({ rest, pass }: TestSystem) => {
    const refused = await postTo(recipients)(rest).then(
      () => undefined,
      (error) => error,
    );
    if (!refused) return;
    expect(refused).toBeInstanceOf(ProblemError);
    expect(refused.document).toMatchObject({ code: 'idempotency-key-in-use', retry: true });
    pass(CREATING + 1_000);
    await postTo(recipients)(rest);
  };

/** Three batches, two, or one. */
const three = phones(5);
const several = phones(3);
const one = phones(2);
const MAKES = ['table PutItem CREATING', 'table PutItem PAY', 'table PutItem B#0000001', 'table PutItem REMAINING'];
const SENDS = ['table PutItem JOB', 'table UpdateItem LIMITER', 'provider POST /Services.asmx/CustomSend', 'table UpdateItem JOB'];

function expectAllAccepted(audit: Audit | undefined): void {
  expect(audit?.job).toMatchObject({ status: 'completed' });
  expect(audit?.job.counts.accepted).toBe(audit?.job.recipients);
}

const scenarios: Record<string, Scenario> = {
  'three batches, and the caller asks again: each recipient is sent to once': {
    prepare: async () => post(three),
    makes: [...MAKES, 'table PutItem B#0000003', 'table PutItem JOB', 'queue POST /', 'table UpdateItem JOB'],
    afterwards: askAgain(three),
    recipients: three,
    expectEnd: expectAllAccepted,
  },
  'two batches, and the caller is gone: all of it or nothing': {
    prepare: async () => post(several),
    makes: [...MAKES, 'table PutItem JOB', 'queue POST /', 'table UpdateItem JOB'],
    recipients: several,
    expectEnd(audit, { provider }) {
      if (audit) expectAllAccepted(audit);
      else expect(provider.calls).toEqual([]);
    },
  },
  'the second request takes over from a first that died before the seal': {
    async prepare(system) {
      const first = await startWorker(system.harness, { at: 7, when: 'after', by: 'death' });
      const client = system.join(first.addresses);
      await Promise.race([first.interrupted, post(several)(client)]);
      await first.stop();
      client.close();
      system.pass(CREATING + 1_000);
      return post(several);
    },
    makes: ['table UpdateItem JOB', 'table PutItem PAY', 'table PutItem JOB', 'queue POST /'],
    afterwards: askAgain(several),
    recipients: several,
    expectEnd: expectAllAccepted,
  },
  'one batch, sent within the request: once, or unknown': {
    prepare: async () => post(one),
    makes: SENDS,
    afterwards: askAgain(one),
    recipients: one,
    expectEnd: (audit) => expect(['completed', 'attention']).toContain(audit?.job.status),
  },
  'one batch, sent within the request, and the caller is gone: once, unknown, or nothing': {
    prepare: async () => post(one),
    makes: SENDS,
    recipients: one,
    expectEnd(audit, { provider }) {
      if (audit) expect(['completed', 'attention']).toContain(audit.job.status);
      else expect(provider.calls).toEqual([]);
    },
  },
};

/** The day is counted before anything is stored, so that a crash may take from it without a job, and never sends more than it allows. */
const limited: Record<string, Scenario> = {
  'two batches': {
    prepare: async () => postLimited(several),
    makes: ['table UpdateItem DAY', ...MAKES, 'table PutItem JOB', 'queue POST /', 'table UpdateItem JOB'],
    afterwards: askAgain(several, postLimited),
    recipients: several,
    expectEnd: expectAllAccepted,
  },
  'one batch, sent within the request': {
    prepare: async () => postLimited(one),
    makes: ['table UpdateItem DAY', ...SENDS],
    afterwards: askAgain(one, postLimited),
    recipients: one,
    expectEnd: (audit) => expect(['completed', 'attention']).toContain(audit?.job.status),
  },
};

crashAtEveryStep('a worker that accepts in a stage with a limit a day dies at any of its requests', limited);
crashAtEveryStep('a worker that accepts dies at any of its requests', scenarios);
