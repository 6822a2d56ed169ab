import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { SETTLE_AFTER } from '../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { phones, readLedger } from '../support/api.ts';
import { writeBatch } from '../support/job-context.ts';
import { closeBreaker, stackOfFile } from '../support/stack.ts';

/** Unknown, and in the ledger. */
const TAKEN = '19900000012';
/** Unknown, and not in the ledger. */
const UNAVAILABLE = '19900000006';
const WHY = 'The provider said so on the phone.';

const { api, system, context } = stackOfFile({ PHONES_PER_CALL: 1 });
beforeEach(() => closeBreaker(context()));

/** Sends one batch for each phone, and waits until every call has ended and the job says so. */
async function send(...recipients: string[]) {
  const { jobId, links } = (await api.send({ pattern: randomUUID(), recipients })).as('Job');
  const pending = async () => (await context().table.get<JobItem>(jobKey(jobId)))?.counts.pending;
  await expect.poll(pending, { timeout: 20_000 }).toBe(0);
  return (await api.get(links.self)).as('Job');
}

/** Lets the calls of a job look as old as a person has to wait. */
async function age({ jobId, batches }: { jobId: string; batches: { batch: number }[] }): Promise<void> {
  for (const { batch } of batches) await writeBatch(context(), jobId, batch, { claimAt: context().now() - SETTLE_AFTER - 1 });
}

const settle = (jobId: string, decision: object, headers?: Record<string, string>) =>
  api.post(`/v1/jobs/${jobId}/settle`, { why: WHY, ...decision }, headers);
const first = { batches: [{ batch: 1, try: 1 }] };
const attention = async () => (await api.get('/v1/jobs?status=attention')).as('Jobs').items.map(({ jobId }) => jobId);
const textsTo = async (phone: string, text: string) =>
  (await readLedger(system().ledger, phone)).filter((message) => message.text === text).length;

describe('an unknown batch', () => {
  it('cannot be settled while a function may still be at it', async () => {
    const { jobId } = await send(TAKEN);
    const answer = await settle(jobId, { as: 'accepted', ...first });
    expect(answer.problem('too-early').retry).toBe(true);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(100);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(SETTLE_AFTER / 1000);
  });

  it.each(['accepted', 'rejected'] as const)('is settled as %s: nothing is sent, and who and why stand in the timeline', async (as) => {
    const job = await send(TAKEN);
    const { jobId, pattern, links } = job;
    expect(job).toMatchObject({ status: 'attention', counts: { unknown: 1 } });
    expect(await attention()).toContain(jobId);
    await age(job);
    const settled = (await settle(jobId, { as, ...first })).as('Job');
    expect(settled).toMatchObject({
      ...{ status: 'completed', outcome: as, counts: { [as]: 1, unknown: 0 } },
      batches: [{ status: as, try: 1, settlement: { try: 1, as, by: 'local', why: WHY } }],
    });
    expect(settled.timeline).toContainEqual(expect.objectContaining({ event: `settled: ${as}`, batch: 1, detail: `local: ${WHY}` }));
    expect(await attention()).not.toContain(jobId);

    const again = await settle(jobId, { as, ...first, why: 'Once more.' });
    expect([again.status, again.as('Job')]).toEqual([200, settled]);
    const other = as === 'accepted' ? 'resend' : 'accepted';
    const { detail } = (await settle(jobId, { as: other, ...first })).problem('not-settleable');
    expect(detail).toContain(`local decided "${as}"`);
    expect(detail).toContain(WHY);
    expect((await api.get(links.self)).as('Job')).toEqual(settled);
    expect(await textsTo(TAKEN, pattern)).toBe(1);
  });

  it('is sent exactly once more by resend, however often that is said', async () => {
    const job = await send(TAKEN);
    const { jobId, pattern, links } = job;
    await age(job);
    const resends = await Promise.all(Array.from({ length: 5 }, () => settle(jobId, { as: 'resend', ...first })));
    expect(resends.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await expect
      .poll(async () => (await api.get(`${links.self}?wait=20`)).as('Job').batches, { timeout: 20_000 })
      .toMatchObject([{ try: 2, status: 'unknown', settlement: { try: 1, as: 'resend' } }]);
    expect((await settle(jobId, { as: 'resend', ...first })).as('Job').batches).toMatchObject([{ try: 2, status: 'unknown' }]);
    expect(await textsTo(TAKEN, pattern)).toBe(2);
    (await settle(jobId, { as: 'accepted', ...first })).problem('not-settleable');
    (await settle(jobId, { as: 'accepted', batches: [{ batch: 1, try: 2 }] })).problem('too-early');
  });
});

describe('all unknown batches of a revision', () => {
  it('are settled by If-Match, and the others are left alone', async () => {
    const job = await send(UNAVAILABLE, TAKEN, ...phones(1));
    const { jobId, revision } = job;
    expect(job.counts).toMatchObject({ accepted: 1, unknown: 2 });
    await age(job);
    const unnamed = (await settle(jobId, { as: 'rejected' })).problem('invalid-request');
    expect(unnamed.errors).toMatchObject([{ place: 'If-Match', code: 'missing' }]);
    (await settle(jobId, { as: 'rejected' }, { 'If-Match': String(revision - 1) })).problem('revision-changed');
    const settled = (await settle(jobId, { as: 'rejected' }, { 'If-Match': `"${revision}"` })).as('Job');
    expect(settled).toMatchObject({ status: 'completed', outcome: 'partial', counts: { accepted: 1, rejected: 2, unknown: 0 } });
    expect(settled.batches.map(({ settlement }) => settlement?.as)).toEqual(['rejected', 'rejected', undefined]);
    (await settle(jobId, { as: 'rejected' }, { 'If-Match': String(revision) })).problem('revision-changed');
  });
});

it('a settlement of what is not unknown, or not there, is refused', async () => {
  const { jobId } = await send(...phones(1, 100));
  expect((await settle(jobId, { as: 'resend', ...first })).problem('not-settleable').detail).toContain('it is accepted');
  (await settle(jobId, { as: 'resend', batches: [{ batch: 2, try: 1 }] })).problem('not-found');
  (await settle('job_01M825K26T6AC49ZQBMDA9YPJJ', { as: 'resend', ...first })).problem('not-found');
  const wrong = (await settle(jobId, { as: 'sent', why: '', batches: [] })).problem('invalid-request');
  expect(wrong.errors?.map(({ place }) => place).toSorted()).toEqual(['as', 'batches', 'why']);
});
