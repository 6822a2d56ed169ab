import { expect } from 'vitest';
import { type Requested, takeRequest } from '../../../functions/events/take-request.ts';
import { cancel } from '../../../functions/shared/job/cancel.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import type { Audit } from '../../support/audit.ts';
import type { BusScenario } from '../../support/bus.ts';
import { aJob, crashAtEveryStep, onlyJob, type Scenario } from '../../support/crash.ts';
import { phones } from '../../support/job-context.ts';
import { acceptedThenReset } from '../../support/provider.ts';
import type { TestSystem } from '../../support/system.ts';
import { upload } from '../../support/uploads.ts';
import { publishAll, SOURCE, type WorkerClient } from '../../support/worker-client.ts';

const several = phones(3);
const sweeps = (worker: WorkerClient) => sweep({ ...worker, report: () => undefined }, Number.POSITIVE_INFINITY);

/** A job with an event in its outbox; the message that asked for publication was lost. */
async function aJobWithOutbox(system: TestSystem): Promise<string> {
  const jobId = await aJob(system, several);
  await system.drain();
  for (const message of await system.eventsQueue.receive()) await system.eventsQueue.remove(message);
  return jobId;
}

/** A worker publishes a job's outbox; the bus does this with its first request. */
const puts = (scenario: BusScenario): Pick<Scenario, 'prepare' | 'recipients' | 'expectEnd'> => ({
  async prepare(system) {
    const jobId = await aJobWithOutbox(system);
    system.bus.next(scenario);
    return (worker) => publishAll(worker, [jobId]).catch(() => undefined);
  },
  recipients: several,
  expectEnd: (audit) => expect(audit?.job).toMatchObject({ status: 'completed', counts: { accepted: 3 } }),
});

const request = (detail: object, source = SOURCE.source): Requested => ({
  ...{ id: 'event', account: SOURCE.account, source, 'detail-type': 'Send Requested' },
  detail: { version: 1, idempotencyKey: 'key', pattern: '【签名】您好', ...detail },
});

/** A request comes as an event. It comes again when the worker that took it is gone; and once more, as queues do. */
const taken = (event: Requested): Pick<Scenario, 'prepare' | 'afterwards'> => ({
  prepare: async () => (worker) => takeRequest(worker, event),
  async afterwards(system) {
    await again(system, event);
    await takeRequest(system.rest, event);
  },
});

/** The message comes again when the key of the worker that died is free. */
async function again(system: TestSystem, event: Requested): Promise<void> {
  await takeRequest(system.rest, event).catch(() => undefined);
  system.pass(60_000);
}

/** Nothing was made or sent, and the caller was told why, each time the same. */
const expectRefused =
  (type: string): Scenario['expectEnd'] =>
  (audit: Audit | undefined, { bus, provider }) => {
    expect([audit, provider.calls]).toEqual([undefined, []]);
    expect(bus.events.length).toBeGreaterThan(0);
    for (const detail of bus.details()) {
      expect(detail).toMatchObject({ name: 'Send Refused', idempotencyKey: 'key', request: { eventId: 'event' }, problem: { code: type } });
    }
  };

crashAtEveryStep('a worker of the events function dies at any of its requests', {
  'it publishes an outbox': { ...puts('takes'), makes: ['table BatchGetItem JOB', 'bus POST /', 'table UpdateItem JOB'] },
  'the bus refuses the event within its answer': { ...puts('refuses'), makes: ['bus POST /'] },
  'the answer of the bus is lost': { ...puts('loses the answer'), makes: ['bus POST /'] },
  'the sweep finds a job with an outbox that is over': {
    async prepare(system) {
      await aJobWithOutbox(system);
      system.pass(61_000);
      return sweeps;
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    recipients: several,
    expectEnd: (audit) => expect(audit?.job.status).toBe('completed'),
  },
  'the sweep finds a job with an outbox that waits for a person': {
    async prepare(system) {
      system.provider.next(acceptedThenReset);
      await aJobWithOutbox(system);
      system.pass(61_000);
      return sweeps;
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    recipients: several,
    expectEnd: (audit) => expect(audit?.job.status).toBe('attention'),
  },
  'a cancel that stops everything': {
    async prepare(system) {
      const jobId = await aJob(system, several);
      return (worker) => cancel(worker.context, jobId, { by: 'caller' });
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    async afterwards(system) {
      await cancel(system.rest.context, (await onlyJob(system)) as string, { by: 'caller' });
    },
    recipients: several,
    expectEnd(audit, { bus }) {
      expect(audit?.job.status).toBe('cancelled');
      expect(bus.details()).toContainEqual(expect.objectContaining({ name: 'Job Cancelled', counts: audit?.job.counts }));
    },
  },
  'a request becomes a job': {
    ...taken(request({ recipients: several })),
    makes: ['table PutItem CREATING', 'table PutItem B#0000002', 'table PutItem JOB', 'queue POST /'],
    recipients: several,
    expectEnd: (audit) =>
      expect(audit?.job).toMatchObject({ status: 'completed', caller: 'event:111111111111/shop', counts: { accepted: 3 } }),
  },
  'a request has a wrong field': {
    ...taken(request({ recipients: several, postFixNumber: '0' })),
    makes: ['bus POST /'],
    recipients: [],
    expectEnd: expectRefused('invalid-request'),
  },
  'a request comes from a source that is not allowed': {
    ...taken(request({ recipients: several }, 'unauthorised')),
    makes: ['bus POST /'],
    recipients: [],
    expectEnd: expectRefused('source-not-allowed'),
  },
  'the file of a job has a bad line': {
    async prepare(system, engines) {
      const file = await upload(engines, system, [...several, '123']);
      await file.post(system.rest);
      const [message] = await file.queue.receive();
      if (!message) throw new Error('No message asks to read the file.');
      await file.queue.giveBack(message);
      return (worker) => file.split(worker, message.Body);
    },
    makes: ['table UpdateItem JOB', 'queue POST /'],
    recipients: [],
    expectEnd(audit, { bus, provider }) {
      expect([audit?.job.status, provider.calls]).toEqual(['refused', []]);
      const problem = { code: 'file-refused', errors: [{ place: 'line 5.phone', code: 'phone-malformed' }] };
      expect(bus.details().at(-1)).toMatchObject({ name: 'Send Refused', jobId: audit?.job.jobId, problem });
    },
  },
});
