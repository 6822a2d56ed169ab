import { randomUUID } from 'node:crypto';
import { ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalSystem } from '../../infra/local/system.ts';
import { type ApiClient, createApiClient, phones, readLedger } from '../support/api.ts';
import { schedulerAt } from '../support/event-engines.ts';
import { startStack } from '../support/stack.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let system: LocalSystem;
let api: ApiClient;
beforeAll(async () => {
  // Type 2 is quiet at night in Shanghai: from 13:00 to 24:00 UTC.
  system = await startStack({ QUIET_HOURS: [{ smsTypes: [2], timeZone: 'Asia/Shanghai', from: '21:00', to: '08:00' }] });
  api = createApiClient(system.api);
});
afterAll(() => system.stop());

const now = async (): Promise<number> => Date.parse(JSON.parse((await api.get('/local/clock')).text).now);
const advance = async (minutes: number): Promise<void> => {
  const { status, text } = await api.post('/local/clock', { advance: `PT${minutes}M` });
  expect(status, text).toBe(200);
};
/** The next moment at which it is so many hours (UTC), at least six hours ahead. */
const nextAt = async (hour: number): Promise<number> => {
  const earliest = (await now()) + 6 * HOUR;
  return Math.ceil((earliest - hour * HOUR) / DAY) * DAY + hour * HOUR;
};
/** The schedules that a job has, once everything that it asked for is done, by what follows its id in their names. */
const schedulesOf = async (jobId: string): Promise<string[]> => {
  await advance(1);
  const client = schedulerAt(system.scheduler);
  const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName: 'sms-local', NamePrefix: jobId }));
  client.destroy();
  return Schedules.map(({ Name = '' }) => Name.slice(jobId.length));
};
const iso = (at: number): string => new Date(at).toISOString();

let used = 0;
/** An order to a phone of its own. */
const anOrder = (more: object) => {
  used += 1;
  const [phone = ''] = phones(1, 700_000 + used);
  const sent = async () => (await readLedger(system.ledger, phone)).map(({ at, sendTime }) => ({ at: Date.parse(at), sendTime }));
  return { order: { pattern: 'hi', recipients: [phone], ...more }, sent };
};
/** A job that waits for its time. */
async function aScheduled(sendTime: number, more: object = {}) {
  const { order, sent } = anOrder({ sendTime: iso(sendTime), ...more });
  const key = randomUUID();
  const answer = await api.send(order, key);
  const job = answer.as('Job');
  const look = async () => (await api.get(job.links.self)).as('Job');
  return { answer, job, sent, look, self: job.links.self, again: () => api.send(order, key) };
}
const cancel = async (self: string) => (await api.post(`${self}/cancel`, '')).as('CancelledJob');

describe('a time that cannot be is refused with a reason, and nothing is stored', () => {
  const local = (sendTime: string, timeZone?: string) => ({ sendTime, timeZone });
  it.each<[string, object | ((at: number) => object), place: string, code: string]>([
    ['in the past', (at: number) => ({ sendTime: iso(at - 1_000) }), 'sendTime', 'time-past'],
    ['over the horizon', (at: number) => ({ sendTime: iso(at + 367 * DAY) }), 'sendTime', 'time-too-far'],
    ['without offset or zone', local('2027-01-01T09:00:00'), 'sendTime', 'time-without-zone'],
    ['in a gap', local('2027-03-14T02:30:00', 'America/New_York'), 'sendTime', 'time-skipped'],
    ['in an overlap', local('2027-11-07T01:30:00', 'America/New_York'), 'sendTime', 'time-repeated'],
    ['in no zone', local('2027-01-01T09:00:00', 'Asia/Nowhere'), 'timeZone', 'time-zone-unknown'],
    ['of no calendar', local('2027-02-29T09:00:00Z'), 'sendTime', 'time-malformed'],
    ['a zone without a time', { timeZone: 'UTC' }, 'timeZone', 'without-send-time'],
    ['a scheduler without a time', { scheduler: 'eventbridge' }, 'scheduler', 'without-send-time'],
    ['no scheduler', { sendTime: '2027-01-01T09:00:00Z', scheduler: 'cron' }, 'scheduler', 'invalid-value'],
    ['no text', { sendTime: 1_798_000_000 }, 'sendTime', 'invalid-type'],
    ['too near for the provider', (at: number) => ({ sendTime: iso(at + 150_000), scheduler: 'provider' }), 'sendTime', 'time-too-near'],
  ])('%s', async (_name, more, place, code) => {
    const { order, sent } = anOrder(typeof more === 'function' ? more(await now()) : more);
    const key = randomUUID();
    const problem = (await api.send(order, key)).problem('invalid-request');
    expect(problem.errors).toMatchObject([{ place, code }]);
    expect(problem.retry).toBe(false);
    expect((await api.post('/v1/preview', order)).status).toBe(problem.errors?.[0]?.code.startsWith('invalid') ? 400 : 200);
    expect(await sent()).toEqual([]);
    // The key was not taken: with another body it would be refused.
    expect((await api.send(anOrder({}).order, key)).status).toBe(201);
  });

  it('all of it at once, also beside what is wrong with the message', async () => {
    const { order } = anOrder({ pattern: '{', sendTime: '2027-01-01T09:00:00' });
    expect((await api.send(order)).problem('invalid-request').errors?.map(({ place }) => place)).toEqual(['pattern', 'sendTime']);
    const preview = (await api.post('/v1/preview', anOrder({ sendTime: iso((await now()) - 1) }).order)).as('Preview');
    expect(preview).toMatchObject({ sendable: false, errors: [{ place: 'sendTime', code: 'time-past' }] });
  });
});

describe('a job for later', () => {
  it('waits for its time, and goes out then, not before', async () => {
    const at = (await now()) + 30 * HOUR;
    const { answer, job, sent, look, again } = await aScheduled(at);
    expect(answer.status).toBe(202);
    expect(job).toMatchObject({ status: 'scheduled', sendTime: iso(at), scheduler: 'eventbridge', cancellable: true });
    expect(Date.parse(job.notAfter)).toBe(at + HOUR);
    await advance(29 * 60);
    expect(await sent()).toEqual([]);
    await advance(120);
    const [message, ...more] = await sent();
    expect([message?.sendTime, more]).toEqual(['', []]);
    expect(message?.at).toBeGreaterThanOrEqual(at);
    expect(message?.at).toBeLessThan(at + 2 * MINUTE);
    expect(await look()).toMatchObject({ status: 'completed', cancellable: false });
    // By now its time is past; the key is looked up first.
    const repeated = await again();
    expect([repeated.status, repeated.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(await sent()).toHaveLength(1);
  });

  it('that is near, without a schedule', async () => {
    const at = (await now()) + 5 * MINUTE;
    const { sent, look } = await aScheduled(at);
    await advance(10);
    expect(await look()).toMatchObject({ status: 'completed' });
    expect((await sent()).map((message) => message.at >= at)).toEqual([true]);
  });

  it('is moved: it goes at the new time only; after that the answer is the truth', async () => {
    const first = (await now()) + 2 * HOUR;
    const { self, sent, job } = await aScheduled(first, { validFor: 'PT30M' });
    expect(await schedulesOf(job.jobId)).toEqual(['-g1']);
    const second = first + DAY;
    const move = (at: number) => api.patch(self, { sendTime: iso(at) });
    const moved = (await move(second)).as('Job');
    expect(moved).toMatchObject({ status: 'scheduled', sendTime: iso(second), notAfter: iso(second + 30 * MINUTE), revision: 2 });
    expect((await move(second)).as('Job')).toEqual(moved);
    expect(await schedulesOf(job.jobId)).toEqual(['-g2']);
    await advance(4 * 60);
    expect(await sent()).toEqual([]);
    await advance(24 * 60);
    expect((await sent()).map(({ at }) => at >= second)).toEqual([true]);
    expect(await schedulesOf(job.jobId)).toEqual([]);
    const tooLate = (await move(second + DAY)).problem('not-reschedulable');
    expect(tooLate.detail).toContain('completed');
    expect((await move(second)).status).toBe(200);
  });

  it('is moved to a time as local people say it, and not to one that cannot be', async () => {
    const { self, look } = await aScheduled((await now()) + 3 * HOUR);
    const day = iso((await now()) + 3 * DAY).slice(0, 10);
    const moved = (await api.patch(self, { sendTime: `${day}T09:00:00`, timeZone: 'Asia/Shanghai' })).as('Job');
    expect(moved.sendTime).toBe(`${day}T01:00:00.000Z`);
    for (const body of [
      { sendTime: iso((await now()) - 1_000) },
      { sendTime: '2027-03-14T02:30:00', timeZone: 'America/New_York' },
      { sendTime: `${day}T09:00:00` },
      { sendTime: iso((await now()) + 367 * DAY) },
      { sendTime: `${day}T09:00:00Z`, scheduler: 'provider' },
      {},
    ]) {
      (await api.patch(self, body)).problem('invalid-request');
    }
    expect(await look()).toEqual(moved);
    await cancel(self);
  });

  it('is cancelled: it never goes, and cannot be moved any more', async () => {
    const at = (await now()) + 2 * HOUR;
    const { self, sent, job } = await aScheduled(at);
    expect(await schedulesOf(job.jobId)).toEqual(['-g1']);
    const cancelled = await cancel(self);
    expect(await schedulesOf(job.jobId)).toEqual([]);
    expect(cancelled).toMatchObject({ status: 'cancelled', cancellable: false, cancellation: { stopped: 1, sent: 0 } });
    expect((await api.patch(self, { sendTime: iso(at + DAY) })).problem('not-reschedulable').detail).toContain('cancelled');
    await advance(3 * 60);
    expect(await sent()).toEqual([]);
  });

  it('of a stranger is not there, and one that goes at once has no time to change', async () => {
    const { order } = anOrder({});
    const { links } = (await api.send(order)).as('Job');
    (await api.patch(links.self, { sendTime: iso((await now()) + HOUR) })).problem('not-reschedulable');
    (await api.patch('/v1/jobs/job_none', { sendTime: iso((await now()) + HOUR) })).problem('not-found');
  });

  it('from a file: read at once, sent at its time', async () => {
    const at = (await now()) + 2 * HOUR;
    const [one = '', other = ''] = phones(2, 800_000);
    const { uploadId, url, method, headers } = (await api.post('/v1/uploads', { format: 'csv' })).as('UploadAddress');
    await fetch(url, { method, headers, body: `phone\n${one}\n${other}\n` });
    const answer = await api.send({ pattern: 'hi', recipientsFrom: { uploadId }, sendTime: iso(at) });
    const { links, status, sendTime } = answer.as('Job');
    expect([answer.status, status, sendTime]).toEqual([202, 'preparing', iso(at)]);
    await advance(60);
    expect((await api.get(links.self)).as('Job')).toMatchObject({ status: 'scheduled', counts: { pending: 2 } });
    await advance(120);
    expect((await api.get(links.self)).as('Job')).toMatchObject({ status: 'completed', counts: { accepted: 2 } });
    for (const phone of [one, other]) {
      const [message, ...more] = await readLedger(system.ledger, phone);
      expect(more).toEqual([]);
      expect(Date.parse(message?.at ?? '')).toBeGreaterThanOrEqual(at);
    }
  });
});

describe('a job that the provider holds', () => {
  it('goes at once with SendTime in the provider’s zone, and is then beyond reach', async () => {
    const at = (await nextAt(1)) + DAY;
    const { answer, job, sent, self } = await aScheduled(at, { scheduler: 'provider' });
    expect(answer.status).toBe(201);
    const shanghai = `${iso(at + 8 * HOUR).slice(0, 10)} 09:00:00`;
    expect(await sent()).toMatchObject([{ sendTime: shanghai }]);
    expect(job).toMatchObject({ status: 'completed', sendTime: iso(at), providerSendTime: shanghai, cancellable: false });
    expect(Date.parse(job.notAfter)).toBeLessThanOrEqual(at - 2 * MINUTE);
    expect((await cancel(self)).cancellation).toMatchObject({ sent: 1, stopped: 0 });
    expect((await api.patch(self, { sendTime: iso(at + DAY) })).problem('not-reschedulable').detail).toMatch(/provider/);
  });

  it('is expired when it is called less than two minutes ahead, for that would be now', async () => {
    const at = (await now()) + 10 * MINUTE;
    await api.put('/v1/account/dispatch', { paused: true });
    const { answer, sent, look } = await aScheduled(at, { scheduler: 'provider' });
    expect(answer.status).toBe(202);
    await advance(9);
    await api.put('/v1/account/dispatch', { paused: false });
    await advance(30);
    expect(await look()).toMatchObject({ status: 'expired', batches: [{ status: 'expired' }] });
    expect(await sent()).toEqual([]);
  });
});

describe('quiet hours', () => {
  it('refuse a time that falls into them with the next that does not, in the preview and in a reschedule too', async () => {
    const quiet = await nextAt(15);
    const next = iso(quiet + 9 * HOUR);
    const { order, sent } = anOrder({ smsType: 2, sendTime: iso(quiet) });
    const problem = (await api.send(order)).problem('quiet-hours');
    expect([problem.nextAllowedTime, problem.retry]).toEqual([next, false]);
    const preview = (await api.post('/v1/preview', order)).as('Preview');
    expect(preview).toMatchObject({ sendable: false, nextAllowedTime: next, errors: [{ place: 'sendTime', code: 'quiet-hours' }] });
    (await api.send({ ...order, scheduler: 'provider' })).problem('quiet-hours');
    expect((await api.send({ ...order, smsType: 1, sendTime: iso(quiet + 30 * DAY) })).status).toBe(202);

    const { self } = await aScheduled(quiet + 10 * HOUR, { smsType: 2 });
    (await api.patch(self, { sendTime: iso(quiet) })).problem('quiet-hours');
    expect((await api.patch(self, { sendTime: next })).as('Job').sendTime).toBe(next);
    await cancel(self);
    expect(await sent()).toEqual([]);
  });

  it('refuse what would go now, and may be asked again after them; what waits till then waits on', async () => {
    const evening = await nextAt(12);
    const waits = await aScheduled(evening + 55 * MINUTE, { smsType: 2, validFor: 'PT20H' });
    const expires = await aScheduled(evening + 50 * MINUTE, { smsType: 2, validFor: 'PT2H' });
    await advance(Math.ceil((evening + 45 * MINUTE - (await now())) / MINUTE));
    await api.put('/v1/account/dispatch', { paused: true });
    await advance(20);
    await api.put('/v1/account/dispatch', { paused: false });
    const { order, sent } = anOrder({ smsType: 2 });
    const key = randomUUID();
    const refused = await api.send(order, key);
    const next = evening + 12 * HOUR;
    expect(refused.problem('quiet-now')).toMatchObject({ retry: true, nextAllowedTime: iso(next) });
    expect(Number(refused.headers.get('retry-after'))).toBeCloseTo((next - (await now())) / 1000, -2);

    await advance(5);
    expect(await waits.look()).toMatchObject({ status: 'queued', batches: [{ status: 'waiting', notBefore: iso(next) }] });
    expect(await expires.look()).toMatchObject({ status: 'expired' });
    await advance(11 * 60);
    expect(await waits.look()).toMatchObject({ status: 'completed' });
    expect((await waits.sent()).map(({ at }) => at >= next)).toEqual([true]);
    expect(await expires.sent()).toEqual([]);
    expect((await api.send(order, key)).status).toBe(201);
    expect(await sent()).toHaveLength(1);
  });
});
