import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readDayUsage } from '../../functions/shared/usage/day-usage.ts';
import { phones, readLedger } from '../support/api.ts';
import { closeBreaker, stackOfFile } from '../support/stack.ts';

const REFUSED_NUMBER = '19900000013';
const FAILD = '19900000001';
const RESET = '19900000002';

const { api, system, context } = stackOfFile({ PHONES_PER_CALL: 2 });

const send = async (body: object) => (await api.send({ pattern: 'hi', ...body })).as('Job');
const done = async (jobId: string) => (await api.get(`/v1/jobs/${jobId}?wait=20`)).as('Job');

describe('what was sent to this phone?', () => {
  it('is answered over all jobs, newest first, with text and outcome', async () => {
    const [phone = '', other = '', ...rest] = phones(7);
    const first = await send({ pattern: '{0}', recipients: [{ phone, detail: ['一'], reference: 'order-1' }] });
    await send({ recipients: [other] });
    const large = await send({ recipients: [...rest, phone] });
    await done(large.jobId);
    const found = (await api.get(`/v1/recipients?phone=%2B86${phone}`)).as('FoundRecipients');
    expect(found.next).toBeUndefined();
    expect(found.items).toMatchObject([
      { jobId: large.jobId, phone, outcome: 'accepted', batch: 3, text: 'hi', segments: 1, commonJobId: expect.any(String) },
      { jobId: first.jobId, phone, outcome: 'accepted', text: '一', detail: ['一'], reference: 'order-1' },
    ]);
    expect((await api.get('/v1/recipients?phone=13999999999')).as('FoundRecipients').items).toEqual([]);
  });

  it('goes on page by page, and keeps to its times', async () => {
    const [phone = ''] = phones(1, 100);
    const jobs = [];
    for (const text of ['a', 'b', 'c']) jobs.unshift(await send({ pattern: text, recipients: [phone] }));
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 4 && cursor !== undefined; page++) {
      const { items, next, searchedUntil } = (await api.get(`/v1/recipients?phone=${phone}&limit=1${cursor && `&cursor=${cursor}`}`)).as(
        'FoundRecipients',
      );
      seen.push(...items.map(({ jobId }) => jobId));
      if (next !== undefined) expect(searchedUntil).toBe(items.at(-1)?.createdAt);
      cursor = next as string;
    }
    expect(seen).toEqual(jobs.map(({ jobId }) => jobId));
    const [newest, middle] = jobs;
    const between = `from=${middle?.createdAt}&to=${newest?.createdAt}`;
    const { items } = (await api.get(`/v1/recipients?phone=${phone}&${between}`)).as('FoundRecipients');
    expect(items.map(({ jobId }) => jobId)).toEqual([middle?.jobId]);
    const { next } = (await api.get(`/v1/recipients?phone=${phone}&limit=1`)).as('FoundRecipients');
    const other = await api.get(`/v1/recipients?phone=13900000000&cursor=${next}`);
    expect(other.problem('invalid-request').errors).toMatchObject([{ place: 'cursor', code: 'other-filters' }]);
  });

  it.each(['', '?phone=123', '?phone=13800138000&from=yesterday'])('refuses %j by name', async (query) => {
    const { errors } = (await api.get(`/v1/recipients${query}`)).problem('invalid-request');
    expect(errors).toMatchObject([{ place: query.includes('from') ? 'from' : 'phone' }]);
  });
});

describe('which jobs?', () => {
  it('are found by reference, status and time, as summaries', async () => {
    const reference = randomUUID();
    const [phone = ''] = phones(1, 200);
    const first = await send({ recipients: [phone], reference });
    const later = await send({ recipients: [phone], reference, sendTime: new Date(Date.now() + 3_600_000).toISOString() });
    const list = async (query: string) => (await api.get(`/v1/jobs?${query}`)).as('Jobs').items.map(({ jobId }) => jobId);
    expect(await list(`reference=${reference}`)).toEqual([later.jobId, first.jobId]);
    expect(await list(`reference=${reference}&status=completed`)).toEqual([first.jobId]);
    expect(await list(`reference=${reference}&status=scheduled`)).toEqual([later.jobId]);
    expect(await list('status=scheduled')).toEqual([later.jobId]);
    expect(await list('status=completed&limit=1')).toEqual([first.jobId]);
    expect(await list(`from=${later.createdAt}`)).toEqual([later.jobId]);
    expect(await list(`from=${first.createdAt}&to=${later.createdAt}`)).toEqual([first.jobId]);
    expect(await list(`reference=${reference}x`)).toEqual([]);
    const { items } = (await api.get(`/v1/jobs?reference=${reference}`)).as('Jobs');
    expect(items[1]).toMatchObject({ reference, idempotencyKey: first.idempotencyKey, status: 'completed', counts: { accepted: 1 } });
    expect(Buffer.byteLength(JSON.stringify(items[1]))).toBeLessThan(700);
    (await api.post(`/v1/jobs/${later.jobId}/cancel`, '')).as('CancelledJob');
  });
});

describe('why does it wait?', () => {
  it('says who stopped dispatching, and why', async () => {
    const [phone = ''] = phones(1, 300);
    await api.put('/v1/account/dispatch', { paused: true, why: 'wrong price' });
    const { jobId, batches } = await send({ recipients: [phone] });
    expect(batches[0]?.waiting).toMatchObject({ code: 'paused', detail: expect.stringContaining('local: wrong price') });
    await api.put('/v1/account/dispatch', { paused: false });
    expect((await api.get(`/v1/jobs/${jobId}/batches`)).as('Batches').items[0]?.waiting?.code).toBe('queued');
    await api.post(`/v1/jobs/${jobId}/cancel`, '');
  });

  it('says until when the breaker is open, and the provider says the same', async () => {
    for (const [at, phone] of [RESET, '19900000004', '19900000005'].entries()) {
      expect((await send({ pattern: `${at}`, recipients: [phone] })).status).toBe('attention');
    }
    const [phone = ''] = phones(1, 301);
    const { jobId, batches } = await send({ recipients: [phone] });
    expect(batches[0]?.waiting).toMatchObject({ code: 'breaker-open', until: expect.any(String) });
    const provider = (await api.get('/v1/provider')).as('Provider');
    expect(provider).toMatchObject({
      breaker: { state: 'open', failures: 3, until: batches[0]?.waiting?.until },
      slots: { inUse: 0, limit: 4 },
    });
    expect(provider.lastAnswers[0]).toMatchObject({ code: expect.any(String), jobId: expect.stringMatching(/^job_/) });
    await closeBreaker(context());
    await api.post(`/v1/jobs/${jobId}/cancel`, '');
  });
});

describe('who used how much?', () => {
  it('is what the jobs of the day came to, each time it is asked', async () => {
    const before = (await api.get('/v1/usage')).as('Usage');
    expect(before.items).toHaveLength(1);
    const [sums] = before.items;
    const [one = '', ...several] = phones(6, 400);
    await send({ pattern: 'x'.repeat(71), recipients: [one] });
    await done((await send({ recipients: [...several, REFUSED_NUMBER] })).jobId);
    await send({ recipients: [FAILD] });
    const [after] = (await api.get('/v1/usage')).as('Usage').items;
    const grown = (name: 'jobs' | 'segments' | 'calls') => (after?.[name] ?? 0) - (sums?.[name] ?? 0);
    expect([grown('jobs'), grown('calls'), grown('segments')]).toEqual([3, 5, 8]);
    expect((after?.recipients.accepted ?? 0) - (sums?.recipients.accepted ?? 0)).toBe(6);
    expect((after?.recipients.rejected ?? 0) - (sums?.recipients.rejected ?? 0)).toBe(2);
  });

  it('is the same from what was kept of the day as from the jobs themselves', async () => {
    const [{ date, caller, ...now } = { date: '', caller: '' }] = (await api.get('/v1/usage')).as('Usage').items;
    // An hour later all jobs are old enough to be kept.
    const later = { ...context(), now: () => Date.now() + 3_600_000 };
    const asked = { caller: 'local', date, zone: 'Asia/Shanghai' };
    const first = await readDayUsage(later, asked, Number.POSITIVE_INFINITY);
    expect(first).toEqual({ date, ...now });
    expect(await readDayUsage(later, asked, Number.POSITIVE_INFINITY)).toEqual(first);
    await send({ recipients: phones(1, 450) });
    expect(await readDayUsage(later, asked, Number.POSITIVE_INFINITY)).toMatchObject({ jobs: (first?.jobs ?? 0) + 1 });
    expect(await readDayUsage(later, asked, 0)).toBeUndefined();
    expect(caller).toBe('local');
  });

  it('goes over days, and refuses those that are none', async () => {
    const { items, timeZone } = (await api.get('/v1/usage?from=2026-01-30&to=2026-02-02')).as('Usage');
    expect(timeZone).toBe('Asia/Shanghai');
    expect(items.map(({ date, jobs }) => [date, jobs])).toEqual(
      ['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02'].map((date) => [date, 0]),
    );
    for (const query of ['from=2026-02-30', 'from=2026-01-02&to=2026-01-01', 'from=1999-01-01']) {
      (await api.get(`/v1/usage?${query}`)).problem('invalid-request');
    }
  });
});

describe('send the failed ones again', () => {
  const resend = (jobId: string, body: object, key: string = randomUUID()) =>
    api.post(`/v1/jobs/${jobId}/resend`, body, { 'Idempotency-Key': key });

  it('makes a new job of them with their details, linked both ways, once for each key', async () => {
    const [phone = ''] = phones(1, 500);
    const recipients = [
      { phone, detail: ['甲'] },
      { phone: REFUSED_NUMBER, detail: ['乙'], reference: 'order-9' },
    ];
    const old = await send({ pattern: '{0}您好', recipients, reference: 'march' });
    const key = randomUUID();
    const answer = await resend(old.jobId, { outcomes: ['rejected'] }, key);
    const made = answer.as('Job');
    expect(made).toMatchObject({ resendOf: old.jobId, pattern: '{0}您好', reference: 'march', counts: { total: 1 } });
    const [again] = (await api.get(made.links.recipients)).as('Recipients').items;
    expect(again).toMatchObject({ phone: REFUSED_NUMBER, detail: ['乙'], reference: 'order-9', code: 'number-refused' });
    expect((await done(old.jobId)).resentAs).toEqual([made.jobId]);
    const replayed = await resend(old.jobId, { outcomes: ['rejected'] }, key);
    expect([replayed.status, replayed.headers.get('idempotency-replayed'), replayed.as('Job').jobId]).toEqual([200, 'true', made.jobId]);
    (await resend(old.jobId, { outcomes: ['expired'] }, key)).problem('idempotency-key-reused');
    expect((await done(old.jobId)).resentAs).toEqual([made.jobId]);
  });

  it('names unknown ones only with a reason, and none that was accepted', async () => {
    const { jobId } = await send({ recipients: [RESET] });
    const { errors } = (await resend(jobId, { outcomes: ['unknown'] })).problem('invalid-request');
    expect(errors).toMatchObject([{ place: 'why', code: 'missing' }]);
    (await resend(jobId, { outcomes: ['accepted'] })).problem('invalid-request');
    (await resend(jobId, { outcomes: ['rejected'] })).problem('nothing-to-resend');
    (await api.post(`/v1/jobs/${jobId}/resend`, { outcomes: ['rejected'] })).problem('idempotency-key-missing');
    const before = await readLedger(system().ledger, RESET);
    await closeBreaker(context());
    expect((await resend(jobId, { outcomes: ['unknown'], why: 'the bill does not have it' })).as('Job').resendOf).toBe(jobId);
    expect(await readLedger(system().ledger, RESET)).toHaveLength(before.length + 1);
    expect((await done(jobId)).timeline.at(-1)).toMatchObject({
      event: 'resent',
      detail: expect.stringContaining('the bill does not have it'),
    });
    await closeBreaker(context());
  });

  it('cannot take the strings of the provider apart', async () => {
    const { jobId } = await send({ phones: FAILD, details: '' });
    (await resend(jobId, { outcomes: ['rejected'] })).problem('not-resendable');
  });
});
