import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, iso, MINUTE, schedulingOfFile } from '../support/scheduling.ts';

const { api, now, advance, nextAt, aRequest, aScheduled, cancel } = schedulingOfFile();

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
    const { body, sent } = aRequest(typeof more === 'function' ? more(await now()) : more);
    const key = randomUUID();
    const problem = (await api.send(body, key)).problem('invalid-request');
    expect(problem.errors).toMatchObject([{ place, code }]);
    expect(problem.retry).toBe(false);
    expect((await api.post('/v1/preview', body)).status).toBe(problem.errors?.[0]?.code.startsWith('invalid') ? 400 : 200);
    expect(await sent()).toEqual([]);
    // The key was not taken: with another body it would be refused.
    expect((await api.send(aRequest({}).body, key)).status).toBe(201);
  });

  it('all of it at once, also beside what is wrong with the message', async () => {
    const { body } = aRequest({ pattern: '{', sendTime: '2027-01-01T09:00:00' });
    expect((await api.send(body)).problem('invalid-request').errors?.map(({ place }) => place)).toEqual(['pattern', 'sendTime']);
    const preview = (await api.post('/v1/preview', aRequest({ sendTime: iso((await now()) - 1) }).body)).as('Preview');
    expect(preview).toMatchObject({ sendable: false, errors: [{ place: 'sendTime', code: 'time-past' }] });
  });
});

describe('quiet hours', () => {
  it('refuse a time that falls into them with the next that does not, in the preview and in a reschedule too', async () => {
    const quiet = await nextAt(15);
    const next = iso(quiet + 9 * HOUR);
    const { body, sent } = aRequest({ smsType: 2, sendTime: iso(quiet) });
    const problem = (await api.send(body)).problem('quiet-hours');
    expect([problem.nextAllowedTime, problem.retry]).toEqual([next, false]);
    const preview = (await api.post('/v1/preview', body)).as('Preview');
    expect(preview).toMatchObject({ sendable: false, nextAllowedTime: next, errors: [{ place: 'sendTime', code: 'quiet-hours' }] });
    (await api.send({ ...body, scheduler: 'provider' })).problem('quiet-hours');
    expect((await api.send({ ...body, smsType: 1, sendTime: iso(quiet + 30 * DAY) })).status).toBe(202);

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
    const { body, sent } = aRequest({ smsType: 2 });
    const key = randomUUID();
    const refused = await api.send(body, key);
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
    expect((await api.send(body, key)).status).toBe(201);
    expect(await sent()).toHaveLength(1);
  });
});
