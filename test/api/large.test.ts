import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { phones, readLedger } from '../support/api.ts';
import { closeBreaker, stackOfFile } from '../support/stack.ts';

const SILENT = '19900000003';
const CLOSES_PORT = '19900000007';
const TOO_MANY_CALLS = '19900000014';

const { api, system, context } = stackOfFile({ MAX_CONCURRENT_CALLS: 1, PROVIDER_TIMEOUT_MS: 5_000 });
beforeEach(() => closeBreaker(context()));

/** The job as soon as nothing of it is pending, however long that takes. */
async function done(self: string) {
  for (;;) {
    const job = (await api.get(`${self}?wait=20`)).as('Job');
    if (job.counts.pending === 0) return job;
  }
}

const ledgerOf = async (wanted: readonly string[]) =>
  (await readLedger(system().ledger)).map(({ phone }) => phone).filter((phone) => wanted.includes(phone));

describe('202', () => {
  it('a job of several batches goes through the queue, and each recipient is sent to once', async () => {
    const recipients = phones(1_200);
    const answer = await api.send({ pattern: '【签名】您好', recipients });
    const { links, jobId, ...job } = answer.as('Job');
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/v1/jobs/${jobId}`]);
    expect(answer.headers.get('preference-applied')).toBeNull();
    expect(job.batches.map((batch) => batch.recipients)).toEqual([500, 500, 200]);
    const after = await done(links.self);
    expect(after).toMatchObject({ status: 'completed', outcome: 'accepted', counts: { total: 1_200, accepted: 1_200, pending: 0 } });
    expect(after.batches.map((batch) => batch.try)).toEqual([1, 1, 1]);
    expect((await ledgerOf(recipients)).toSorted()).toEqual(recipients);
  });

  it('one batch with Prefer: respond-async goes through the queue, and says so', async () => {
    const [phone = ''] = phones(1, 2_000);
    const headers = { 'Idempotency-Key': randomUUID(), Prefer: 'respond-async' };
    const body = { pattern: 'hi', recipients: [phone] };
    const answer = await api.post('/v1/jobs', body, headers);
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
    expect(await done(answer.as('Job').links.self)).toMatchObject({ status: 'completed', counts: { accepted: 1 } });
    expect((await api.post('/v1/jobs', body, headers)).status).toBe(200);
    expect(await ledgerOf([phone])).toEqual([phone]);
  });

  it('one batch is sent at once when another preference merely holds the word', async () => {
    const headers = { 'Idempotency-Key': randomUUID(), Prefer: 'handling=lenient; note="respond-async"' };
    const answer = await api.post('/v1/jobs', { pattern: 'hi', recipients: phones(1, 2_050) }, headers);
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([201, null]);
  });

  it('one batch that finds no free call within 2 s goes through the queue', async () => {
    const [phone = ''] = phones(1, 2_100);
    const silent = api.send({ pattern: 'hi', recipients: [SILENT] });
    const newest = async () => (await api.get('/v1/jobs?limit=1')).as('Jobs').items[0]?.status;
    await expect.poll(newest, { timeout: 5_000 }).toBe('sending');
    const answer = await api.send({ pattern: 'hi', recipients: [phone] });
    const { links, batches } = answer.as('Job');
    expect([answer.status, batches[0]?.status]).toEqual([202, 'waiting']);
    expect(await ledgerOf([phone])).toEqual([]);
    expect((await silent).as('Job').counts.unknown).toBe(1);
    expect((await done(links.self)).counts.accepted).toBe(1);
    expect(await ledgerOf([phone])).toEqual([phone]);
  });
});

describe('what was not sent', () => {
  it('is taken up again by the queue, once the provider can be reached', async () => {
    const [phone = ''] = phones(1, 3_000);
    expect((await api.send({ pattern: 'hi', recipients: [CLOSES_PORT] })).status).toBe(201);
    const answer = await api.send({ pattern: 'hi', recipients: [phone] });
    const { links, batches } = answer.as('Job');
    expect([answer.status, batches[0]?.code]).toEqual([202, 'refused']);
    const job = await done(links.self);
    expect(job).toMatchObject({ status: 'completed', counts: { accepted: 1 }, batches: [{ try: 1 }] });
    expect(job.timeline.map(({ event }) => event)).toContain('not sent');
    expect(await ledgerOf([phone])).toEqual([phone]);
  });

  it('is given up when its validity ends, and says why', async () => {
    const answer = await api.send({ pattern: 'hi', validFor: 'PT2S', recipients: [TOO_MANY_CALLS] });
    const { counts, batches } = await done(answer.as('Job').links.self);
    // Rejected when its next try would be too late, expired when that try came too late.
    expect(counts).toMatchObject({ total: 1, unknown: 0, accepted: 0 });
    expect(counts.rejected + counts.expired).toBe(1);
    expect(batches[0]).toMatchObject({ try: 1, httpStatus: 429, reason: expect.stringContaining('HTTP 429') });
    expect(await ledgerOf([TOO_MANY_CALLS])).toEqual([]);
  });
});
