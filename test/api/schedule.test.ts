import { describe, expect, it } from 'vitest';
import { phones, readLedger } from '../support/api.ts';
import { DAY, HOUR, iso, MINUTE, schedulingOfFile } from '../support/scheduling.ts';

const { api, ledger, now, advance, nextAt, schedulesOf, aRequest, aScheduled, cancel } = schedulingOfFile();

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

  it('of another caller is not there, and one that goes at once has no time to change', async () => {
    const { body } = aRequest({});
    const { links } = (await api.send(body)).as('Job');
    (await api.patch(links.self, { sendTime: iso((await now()) + HOUR) })).problem('not-reschedulable');
    (await api.patch('/v1/jobs/job_none', { sendTime: iso((await now()) + HOUR) })).problem('not-found');
  });

  it('from a file: read at once, sent at its time', async () => {
    const at = (await now()) + 2 * HOUR;
    const [one = '', other = ''] = phones(2, 800_000);
    const { uploadId, url, method, headers } = (await api.post('/v1/uploads', { format: 'csv', size: 30 })).as('UploadAddress');
    await fetch(url, { method, headers, body: `phone\n${one}\n${other}\n` });
    const answer = await api.send({ pattern: 'hi', recipientsFrom: { uploadId }, sendTime: iso(at) });
    const { links, status, sendTime } = answer.as('Job');
    expect([answer.status, status, sendTime]).toEqual([202, 'preparing', iso(at)]);
    await advance(60);
    expect((await api.get(links.self)).as('Job')).toMatchObject({ status: 'scheduled', counts: { pending: 2 } });
    await advance(120);
    expect((await api.get(links.self)).as('Job')).toMatchObject({ status: 'completed', counts: { accepted: 2 } });
    for (const phone of [one, other]) {
      const [message, ...more] = await readLedger(ledger(), phone);
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
