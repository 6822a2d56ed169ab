import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Requested, type TakeRequestDeps, takeRequest } from '../../functions/events/take-request.ts';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { newUploadId, uploadKey } from '../../functions/shared/files/object-keys.ts';
import { CREATING } from '../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import type { FileTask } from '../../functions/shared/queues/files-queue.ts';
import { type DynamoDbEngine, startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { onlyJob } from '../support/crash.ts';
import { phones } from '../support/job-context.ts';
import { type Engines, openEngines, startSystem, type TestSystem } from '../support/system.ts';
import { startWorker } from '../support/worker.ts';
import { SOURCE } from '../support/worker-client.ts';

let dynalite: DynamoDbEngine;
let engines: Engines;
let system: TestSystem;
/** UnauthorisedSources that were counted, and tasks for files. */
let seen: { unauthorisedSources: number; tasks: FileTask[] };
beforeAll(async () => {
  dynalite = await startDynalite();
  engines = await openEngines(dynalite.endpoint);
});
beforeEach(async () => {
  system = await startSystem(engines);
  seen = { unauthorisedSources: 0, tasks: [] };
});
afterEach(() => system.stop());
afterAll(async () => {
  await engines.stop();
  await dynalite.stop();
});

const caller = 'event:111111111111/shop';
const body = { pattern: '【签名】您好', recipients: phones(3) };
const requested = (detail: object, { account, source }: { account: string; source: string } = SOURCE): Requested => ({
  ...{ id: randomUUID(), account, source, 'detail-type': 'Send Requested' },
  detail: { version: 1, idempotencyKey: 'key', ...detail },
});

const deps = (more: Partial<TakeRequestDeps> = {}): TakeRequestDeps => ({
  ...system.rest,
  counters: {
    unauthorisedSources(count) {
      seen.unauthorisedSources += count;
    },
  },
  tasks: { send: async (task) => void seen.tasks.push(task) },
  ...more,
});
const take = (event: Requested, more: Partial<TakeRequestDeps> = {}) => takeRequest(deps(more), event);

const jobOf = (jobId: string) => system.rest.context.table.get<JobItem>(jobKey(jobId));
/** That nothing was made, sent or queued. */
async function expectNothing(): Promise<void> {
  expect(await onlyJob(system)).toBeUndefined();
  expect([await system.queue.receive(), await system.eventsQueue.receive(), seen.tasks, system.provider.calls]).toEqual([[], [], [], []]);
}

test('put twice, with two event ids and one key: one job, sent once', async () => {
  const [one, other] = await Promise.all([take(requested(body)), take(requested(body)).catch(() => undefined)]);
  const later = await take(requested(body));
  expect(new Set([one, other, later].flatMap((taken) => (taken && 'jobId' in taken ? [taken.jobId] : []))).size).toBe(1);
  const jobId = (await onlyJob(system)) as string;
  await system.goOn(jobId);
  expect(system.provider.phones().sort()).toEqual(phones(3));
  expect(await jobOf(jobId)).toMatchObject({ caller, key: 'key', status: 'completed' });
  expect(system.bus.details()).toMatchObject([{ name: 'Job Completed', jobId, caller, idempotencyKey: 'key', counts: { accepted: 3 } }]);
});

test('one batch is queued like several: nothing is sent within the event', async () => {
  expect(await take(requested({ ...body, recipients: phones(1) }))).toMatchObject({ made: true });
  expect(system.provider.calls).toEqual([]);
  expect(await system.queue.receive()).toHaveLength(1);
});

test('a time to come is looked at then', async () => {
  const sendTime = new Date(system.rest.context.now() + 60_000).toISOString();
  const taken = await take(requested({ ...body, sendTime }));
  const { jobId } = taken as { jobId: string };
  expect(await jobOf(jobId)).toMatchObject({ status: 'scheduled', gen: 1 });
  expect(await system.queue.receive()).toEqual([]);
});

test('the body of another request under the same key is refused, and the first goes on', async () => {
  await take(requested(body));
  expect(await take(requested({ ...body, pattern: '别的' }))).toEqual({ refused: 'idempotency-key-reused' });
  expect(system.bus.details()).toMatchObject([{ name: 'Send Refused', idempotencyKey: 'key', problem: { status: 422, retry: false } }]);
});

test.each([
  ['no key', { idempotencyKey: undefined }, 'idempotency-key-missing', undefined],
  ['a key that is no text', { idempotencyKey: 5 }, 'idempotency-key-missing', undefined],
  ['a key of 256 characters', { idempotencyKey: 'k'.repeat(256) }, 'idempotency-key-missing', undefined],
  ['no version', { version: undefined }, 'invalid-request', ['version']],
  ['another version', { version: 2 }, 'invalid-request', ['version']],
  ['no recipients', { recipients: undefined }, 'invalid-request', ['recipients']],
  [
    'several wrong places',
    { recipients: ['1', '13800138000', { phone: 'x' }], smsType: 'a' },
    'invalid-request',
    ['smsType', 'recipients[0].phone', 'recipients[2].phone'],
  ],
  ['a time that is past', { sendTime: '2020-01-01T00:00:00Z' }, 'invalid-request', ['sendTime']],
  ['two forms', { phones: '13800138000;' }, 'invalid-request', ['phones']],
])('%s: refused with the problem document, and nothing is made', async (_what, detail, type, places) => {
  const event = requested({ ...body, ...detail });
  expect(await take(event)).toEqual({ refused: type });
  const [told, ...more] = system.bus.details();
  expect(more).toEqual([]);
  expect(told).toMatchObject({ name: 'Send Refused', version: 1, caller, request: { eventId: event.id, ...where(event) } });
  expect(told?.problem).toMatchObject({ code: type, status: 400, retry: false });
  const { errors } = { ...(told?.problem as { errors?: { place: string }[] }) };
  expect(errors?.map(({ place }) => place)).toEqual(places);
  expect(told?.idempotencyKey).toBe(type === 'idempotency-key-missing' ? undefined : 'key');
  expect(JSON.stringify(told)).not.toContain('13800138000');
  await expectNothing();
});

const where = ({ account, source }: Requested) => ({ account, source });

test.each([
  ['another source', { ...SOURCE, source: 'unauthorised' }],
  ['another account', { ...SOURCE, account: '222222222222' }],
])('%s makes no job, and is seen', async (_what, origin) => {
  const event = requested(body, origin);
  expect(await take(event)).toEqual({ refused: 'source-not-allowed' });
  expect(seen.unauthorisedSources).toBe(1);
  expect(system.bus.details()).toMatchObject([
    { name: 'Send Refused', caller: `event:${origin.account}/${origin.source}`, problem: { status: 403 }, request: { eventId: event.id } },
  ]);
  await expectNothing();
});

test("a file that the source's owner uploaded is read", async () => {
  const uploadId = newUploadId('csv');
  const taken = await take(requested({ pattern: '【签名】您好', recipientsFrom: { uploadId } }));
  const { jobId } = taken as { jobId: string };
  expect(await jobOf(jobId)).toMatchObject({ status: 'preparing', caller, file: { object: uploadKey('caller', uploadId) } });
  expect(seen.tasks).toEqual([{ task: 'split', jobId }]);
});

test("the day's limit holds as over HTTPS", async () => {
  const { rules } = system.rest;
  const tight = { rules: { ...rules, limits: { ...rules.limits, maxRecipientsPerDay: 2 } } };
  expect(await take(requested(body), tight)).toEqual({ refused: 'daily-limit-reached' });
  expect(system.bus.details()).toMatchObject([{ problem: { status: 429, retry: true } }]);
  await expectNothing();
});

test('while another function makes the job of the key, the message comes again and no event is published', async () => {
  const dying = await startWorker(system.harness, { at: 4, when: 'before', by: 'death' });
  const worker = system.join(dying.addresses);
  await Promise.race([dying.interrupted, takeRequest(worker, requested(body))]);
  await expect(take(requested(body))).rejects.toMatchObject({ document: { code: 'idempotency-key-in-use' } });
  expect(system.bus.events).toEqual([]);
  system.pass(CREATING + 1_000);
  expect(await take(requested(body))).toMatchObject({ made: true });
  worker.close();
  await dying.stop();
});

test.each(['refuses', 'fails'] as const)('when the bus %s the refusal, the message comes again', async (scenario) => {
  system.bus.next(scenario);
  const event = requested({ ...body, smsType: 'a' });
  await expect(take(event)).rejects.toThrow();
  expect(system.bus.events).toEqual([]);
  await take(event);
  expect(system.bus.details()).toMatchObject([{ name: 'Send Refused' }]);
});

test('when the store does not answer, the message comes again and no event is published', async () => {
  const losing = await startWorker(system.harness, { at: 1, when: 'before', by: 'loss' });
  const worker = system.join(losing.addresses);
  await expect(takeRequest(worker, requested(body))).rejects.toThrow();
  expect(system.bus.events).toEqual([]);
  expect(await take(requested(body))).toMatchObject({ made: true });
  worker.close();
  await losing.stop();
});
