import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { phones, readLedger } from '../support/api.ts';
import { stackOfFile } from '../support/stack.ts';

const { api, system } = stackOfFile();

const body = {
  pattern: '【签名】{0}您好，余额{1}元',
  defaultDetail: ['客户', '0'],
  recipients: ['13800138000', { phone: '+86 139-0013-9000', detail: ['张三', '100'] }],
  smsType: 1,
  postFixNumber: '1',
};

describe('a job', () => {
  it('is sent within the request, can be read back, and is in the ledger once', async () => {
    const sent = await api.send(body);
    const job = sent.as('Job');
    expect(sent.status).toBe(201);
    expect(sent.headers.get('location')).toBe(`/v1/jobs/${job.jobId}`);
    expect(job).toMatchObject({
      ...{ status: 'completed', outcome: 'accepted', caller: 'local', batchCount: 1, pattern: body.pattern, postFixNumber: '1' },
      counts: { total: 2, pending: 0, accepted: 2, rejected: 0, unknown: 0, cancelled: 0, expired: 0 },
    });
    expect((await api.get(job.links.self)).as('Job')).toEqual(job);

    const [batch] = job.batches;
    const ledger = await readLedger(system().ledger);
    expect(ledger.map(({ phone, text, jobId }) => ({ phone, text, jobId }))).toEqual([
      { phone: '13800138000', text: '【签名】客户您好，余额0元', jobId: batch?.commonJobId },
      { phone: '13900139000', text: '【签名】张三您好，余额100元', jobId: batch?.specialJobIds?.[0] },
    ]);
    expect(batch).toMatchObject({ totalSendCount: 2, errorPhones: [], retCode: 'Sucess', httpStatus: 200 });
    expect(job.timeline.map(({ event }) => event)).toEqual(['sending', 'sending', 'accepted', 'completed']);
  });

  it('is the same for the same key and body, however that is written', async () => {
    const key = randomUUID();
    const first = (await api.send(body, key)).as('Job');
    const before = await readLedger(system().ledger);
    const { pattern, ...rest } = body;
    const again = await api.send(`\n ${JSON.stringify({ ...rest, pattern }, null, 2)}`, key);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.links.self);
    expect(again.as('Job')).toEqual(first);
    (await api.send({ ...body, smsType: 2 }, key)).problem('idempotency-key-reused');
    expect(await readLedger(system().ledger)).toEqual(before);
  });

  it('takes keys of 1 to 255 characters', async () => {
    const [one = '', other = ''] = phones(2);
    for (const [key, phone] of [['k', one] as const, ['k'.repeat(255), other] as const]) {
      expect((await api.send({ pattern: 'hi', recipients: [phone] }, key)).status).toBe(201);
    }
  });

  it('goes on in the strings of the provider to the content', async () => {
    const strings = { pattern: '{0},{1}', defaultDetail: ' a,b ', phones: '13100000001;13100000002;', details: ';甲, 乙;' };
    const job = (await api.send(strings)).as('Job');
    expect(job.counts).toMatchObject({ total: 2, accepted: 2 });
    const texts = (await readLedger(system().ledger)).filter(({ phone }) => phone.startsWith('131')).map(({ text }) => text);
    expect(texts).toEqual([' a,b ', '甲, 乙']);
  });

  it('sends a repeated phone with the same text once, and says which was left out', async () => {
    const [phone = '', other = ''] = phones(2, 100);
    const job = (await api.send({ pattern: 'hi', recipients: [phone, other, `+86${phone}`] })).as('Job');
    expect(job.counts.total).toBe(2);
    expect(job.removed).toEqual({ count: 1, places: [{ place: 'recipients[2]', firstPlace: 'recipients[0]' }] });
    expect(await readLedger(system().ledger, phone)).toHaveLength(1);
  });

  it('counts phones that the provider calls wrong as rejected', async () => {
    const [phone = ''] = phones(1, 200);
    const job = (await api.send({ pattern: 'hi', recipients: ['19900000013', phone] })).as('Job');
    expect(job).toMatchObject({ status: 'completed', outcome: 'partial', counts: { total: 2, accepted: 1, rejected: 1 } });
    expect(job.batches[0]?.errorPhones).toEqual(['19900000013']);
    const { items } = (await api.get(`${job.links.recipients}?outcome=rejected`)).as('Recipients');
    expect(items).toMatchObject([{ phone: '19900000013', outcome: 'rejected', text: 'hi' }]);
  });
});

describe('at once', () => {
  const POSTS = 50;

  it('50 requests with one key make one job and one send', async () => {
    const [phone = ''] = phones(1, 1_000);
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: POSTS }, () => api.send({ pattern: 'hi', recipients: [phone] }, key)));
    const waiting = answers.filter(({ status }) => status === 409);
    for (const answer of waiting) {
      expect(answer.problem('idempotency-key-in-use').retry).toBe(true);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const jobs = answers.filter((answer) => !waiting.includes(answer));
    expect(jobs.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(jobs.filter(({ status }) => status === 200)).toHaveLength(jobs.length - 1);
    expect(new Set(jobs.map((answer) => answer.as('Job').jobId)).size).toBe(1);
    expect(await readLedger(system().ledger, phone)).toHaveLength(1);
  });

  it('50 requests with 50 keys make fifty', async () => {
    const [phone = ''] = phones(1, 2_000);
    const answers = await Promise.all(Array.from({ length: POSTS }, () => api.send({ pattern: 'hi', recipients: [phone] })));
    // On a busy machine one may find no free slot in time, and is left to the queue.
    for (const { status, text } of answers) expect([201, 202], text).toContain(status);
    const jobIds = answers.map((answer) => answer.as('Job').jobId);
    expect(new Set(jobIds).size).toBe(POSTS);
    for (const jobId of jobIds) {
      await expect.poll(async () => (await api.get(`/v1/jobs/${jobId}?wait=20`)).as('Job').outcome, { timeout: 60_000 }).toBe('accepted');
    }
    expect(await readLedger(system().ledger, phone)).toHaveLength(POSTS);
  });
});
