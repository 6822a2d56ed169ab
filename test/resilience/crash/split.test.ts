import { expect } from 'vitest';
import { sweep } from '../../../functions/sweep/sweep.ts';
import type { Audit } from '../../support/audit.ts';
import { crashAtEveryStep, type Scenario } from '../../support/crash.ts';
import { phones } from '../../support/job-context.ts';
import { upload } from '../../support/uploads.ts';

const recipients = phones(5);

/** Every line is in exactly one batch (the audit checks that against the file), and each recipient is sent to once. */
const expectAllAccepted = (audit: Audit | undefined) =>
  expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 5 }, batchCount: 3 });

/** A worker reads the file, and the queue has the message back when it dies. @param until nothing is left to it: it hands on to the next run */
const reads = (until?: number): Scenario['prepare'] =>
  async function prepare(system, engines) {
    const file = await upload(engines, system, recipients);
    await file.post(system.rest);
    const [message] = await file.queue.receive();
    if (!message) throw new Error('No message asks to read the file.');
    await file.queue.giveBack(message);
    return (worker) => file.split(worker, message.Body, until);
  };

crashAtEveryStep('a worker that reads a file dies at any of its requests', {
  'the request that names the file; the sweep takes up what it left': {
    async prepare(system, engines) {
      const file = await upload(engines, system, recipients);
      return file.post;
    },
    makes: ['table PutItem JOB', 'queue POST /'],
    recipients,
    expectEnd(audit, { provider }) {
      if (audit) expectAllAccepted(audit);
      else expect(provider.calls).toEqual([]);
    },
  },
  'the file is read in one run': {
    prepare: reads(),
    makes: [
      ...['table PutItem PAY', 'table PutItem B#0000003', 'table UpdateItem DAY', 'table PutItem REMAINING'],
      ...['table UpdateItem JOB', 'queue POST /'],
    ],
    recipients,
    expectEnd: expectAllAccepted,
  },
  'a run whose time is over hands on to the next': {
    prepare: reads(0),
    makes: ['table PutItem B#0000001', 'table UpdateItem JOB', 'queue POST /'],
    recipients,
    expectEnd: expectAllAccepted,
  },
  'the sweep starts a run, since the last one died': {
    async prepare(system, engines) {
      const file = await upload(engines, system, recipients);
      await file.post(system.rest);
      for (const message of await file.queue.receive()) await file.queue.remove(message);
      system.pass(3 * 60_000);
      return (worker) => sweep({ ...worker, report: () => undefined }, Number.POSITIVE_INFINITY);
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    recipients,
    expectEnd: expectAllAccepted,
  },
});
