import { expect } from 'vitest';
import { cancelJob } from '../../../functions/api/cancel-job.ts';
import { createJob } from '../../../functions/api/create-job.ts';
import { rescheduleJob } from '../../../functions/api/reschedule-job.ts';
import { CREATING, SWEEP_AFTER } from '../../../functions/shared/job/deadlines.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import type { Audit } from '../../support/audit.ts';
import { crashAtEveryStep, onlyJob, type Scenario } from '../../support/crash.ts';
import { phones } from '../../support/job-context.ts';
import type { TestSystem } from '../../support/system.ts';
import { apiRequest, handleEventsMessage, type WorkerClient } from '../../support/worker-client.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const recipients = phones(3);

const iso = (at: number) => new Date(at).toISOString();
const FAR = 'scheduler POST /schedules/JOB-g1';

/** `POST /v1/jobs` for this time, always with the same key. */
const post = (sendTime: number) => (client: WorkerClient) => {
  const body = { pattern: '【签名】您好', recipients, sendTime: iso(sendTime) };
  return createJob(client, apiRequest({ headers: { 'idempotency-key': 'key' }, body }));
};

/** The caller asks again as soon as no other function can be at it. */
const askAgain =
  (sendTime: number) =>
  async ({ rest, pass }: TestSystem) => {
    pass(CREATING + 1_000);
    await post(sendTime)(rest);
  };

const patch = (jobId: string, sendTime: number) => (client: WorkerClient) =>
  rescheduleJob(client, apiRequest({ jobId, headers: { 'content-type': 'application/json' }, body: { sendTime: iso(sendTime) } }));

/** A job that waits for a time so far ahead; what its acceptance asked for is done, or still in the queue. */
async function aScheduled(system: TestSystem, ahead: number, arranged: boolean): Promise<{ jobId: string; sendTime: number }> {
  const sendTime = system.rest.context.now() + ahead;
  await post(sendTime)(system.rest);
  if (arranged) await system.handleEventsMessages();
  return { jobId: (await onlyJob(system)) ?? '', sendTime };
}

/** Does the message that is in the queue, which delivers it again when the worker that has it dies. */
async function message({ eventsQueue }: TestSystem): Promise<(worker: WorkerClient) => Promise<unknown>> {
  const [message] = await eventsQueue.receive();
  if (!message) throw new Error('There is no message.');
  return async (worker) => {
    const gone = eventsQueue.giveBack(message);
    await handleEventsMessage(worker, message.Body);
    await gone;
  };
}

/** Each recipient got it, once, and none before its time. */
function expectSentInTime(audit: Audit | undefined): void {
  expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 3 } });
  const sendings = audit?.batches.flatMap(({ item }) => item.timeline.filter(({ event }) => event === 'sending')) ?? [];
  for (const { at } of sendings) expect(at).toBeGreaterThanOrEqual(audit?.job.sendTime ?? Number.NaN);
}

const start = Date.now();
const scenarios: Record<string, Scenario> = {
  'a job for later is accepted': {
    prepare: async () => post(start + 2 * HOUR),
    makes: ['table PutItem JOB', 'queue POST /'],
    afterwards: askAgain(start + 2 * HOUR),
    recipients,
    expectEnd: expectSentInTime,
  },
  'a job for soon is accepted, and the caller is gone: all of it or nothing': {
    prepare: async () => post(start + 10 * MINUTE),
    makes: ['table PutItem JOB', 'queue POST /'],
    recipients,
    expectEnd(audit, { provider }) {
      if (audit) expectSentInTime(audit);
      else expect(provider.calls).toEqual([]);
    },
  },
  'its schedule is made': {
    async prepare(system) {
      await aScheduled(system, 2 * HOUR, false);
      return message(system);
    },
    makes: [FAR, 'table UpdateItem JOB'],
    recipients,
    expectEnd: expectSentInTime,
  },
  'its time has come': {
    async prepare(system) {
      await aScheduled(system, 10 * MINUTE, false);
      system.pass(11 * MINUTE);
      return message(system);
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    recipients,
    expectEnd: expectSentInTime,
  },
  'its time and its validity are past': {
    async prepare(system) {
      await aScheduled(system, 10 * MINUTE, false);
      system.pass(2 * HOUR);
      return message(system);
    },
    makes: ['table UpdateItem JOB', 'table UpdateItem B#0000001', 'table UpdateItem B#0000002'],
    recipients,
    expectEnd(audit, { provider }) {
      expect(audit?.job).toMatchObject({ status: 'expired', counts: { expired: 3 } });
      expect(provider.calls).toEqual([]);
    },
  },
  'it is moved to tomorrow, and the caller asks again': {
    async prepare(system) {
      const { jobId, sendTime } = await aScheduled(system, 2 * HOUR, true);
      return patch(jobId, sendTime + DAY);
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    async afterwards(system) {
      const jobId = (await onlyJob(system)) ?? '';
      await patch(jobId, start + 2 * DAY)(system.rest);
    },
    recipients,
    expectEnd(audit) {
      expectSentInTime(audit);
      expect(audit?.job.sendTime).toBe(start + 2 * DAY);
    },
  },
  'it is moved, and the caller is gone: it goes at one of the two times': {
    async prepare(system) {
      const { jobId, sendTime } = await aScheduled(system, 2 * HOUR, true);
      return patch(jobId, sendTime + DAY);
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    recipients,
    expectEnd: expectSentInTime,
  },
  'the schedule of its new time is made, and the old one deleted': {
    async prepare(system) {
      const { jobId, sendTime } = await aScheduled(system, 2 * HOUR, true);
      await patch(jobId, sendTime + DAY)(system.rest);
      return message(system);
    },
    makes: ['scheduler POST /schedules/JOB-g2', 'table UpdateItem JOB'],
    recipients,
    expectEnd: expectSentInTime,
  },
  'it is cancelled': {
    async prepare(system) {
      const { jobId } = await aScheduled(system, 2 * HOUR, true);
      return (worker) => cancelJob(worker, apiRequest({ jobId }));
    },
    makes: ['table UpdateItem JOB', 'table UpdateItem B#0000001', 'queue POST /'],
    recipients,
    expectEnd(audit, { provider }, death) {
      // A worker that died before its first write has cancelled nothing.
      if (death && audit?.job.cancelledAt === undefined) return expectSentInTime(audit);
      expect(audit?.job).toMatchObject({ status: 'cancelled', counts: { cancelled: 3 } });
      expect(provider.calls).toEqual([]);
    },
  },
  'the sweep finds one without a schedule': {
    async prepare(system) {
      await aScheduled(system, 2 * HOUR, false);
      for (const message of await system.eventsQueue.receive()) await system.eventsQueue.remove(message);
      system.pass(SWEEP_AFTER + 1_000);
      return (worker) => sweep({ ...worker, report: () => undefined }, Number.POSITIVE_INFINITY);
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    recipients,
    expectEnd: expectSentInTime,
  },
};

crashAtEveryStep('a job for later: its worker dies at any request', scenarios);
