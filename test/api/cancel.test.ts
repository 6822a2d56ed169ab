import { beforeEach, describe, expect, it } from 'vitest';
import { SETTLE_AFTER } from '../../functions/shared/job/deadlines.ts';
import { phones, readLedger } from '../support/api.ts';
import { writeBatch } from '../support/job-context.ts';
import { closeBreaker, stackOfFile, sweepJob } from '../support/stack.ts';

const UNAVAILABLE = '19900000006';
const LATE = '19900000011';

const { api, system, context } = stackOfFile();
beforeEach(() => closeBreaker(context()));

const send = (recipients: string[]) => api.send({ pattern: 'hi', recipients });
const cancel = async (jobId: string) => (await api.post(`/v1/jobs/${jobId}/cancel`, '')).as('CancelledJob');
const pause = (paused: boolean) => api.put('/v1/account/dispatch', { paused });
const nothing = { stopped: 0, sent: 0, beingSent: 0, unknown: 0 };

describe('a cancel', () => {
  it('stops what waits: none of it is ever sent', async () => {
    const recipients = phones(1_200);
    await pause(true);
    const { jobId } = (await send(recipients)).as('Job');
    const cancelled = await cancel(jobId);
    expect(cancelled.cancellation).toEqual({ ...nothing, stopped: 1_200 });
    expect(cancelled).toMatchObject({ status: 'cancelled', counts: { total: 1_200, cancelled: 1_200, pending: 0 } });
    expect(cancelled.timeline.map(({ event }) => event)).toContain('cancel asked');
    expect(await cancel(jobId)).toEqual(cancelled);

    await pause(false);
    await sweepJob(system(), context(), jobId);
    const [after = ''] = phones(1, 2_000);
    expect((await send([after])).status).toBe(201);
    expect((await readLedger(system().ledger)).map(({ phone }) => phone)).toEqual([after]);
  });

  it('of a job that is over changes nothing, and says what was sent', async () => {
    const [phone = ''] = phones(1, 3_000);
    const job = (await send([phone])).as('Job');
    const { cancellation, ...after } = await cancel(job.jobId);
    expect(cancellation).toEqual({ ...nothing, sent: 1 });
    expect(after).toEqual(job);
  });

  it('while a call is under way says so, and the call keeps its outcome', async () => {
    const sending = send([LATE]);
    const newest = async () => (await api.get('/v1/jobs?limit=1')).as('Jobs').items[0];
    await expect.poll(async () => (await newest())?.status, { timeout: 2_500 }).toBe('sending');
    const jobId = (await newest())?.jobId ?? '';
    expect((await cancel(jobId)).cancellation).toEqual({ ...nothing, beingSent: 1 });
    expect((await sending).as('Job')).toMatchObject({ jobId, counts: { accepted: 1 } });
    expect((await cancel(jobId)).cancellation).toEqual({ ...nothing, sent: 1 });
    expect(await readLedger(system().ledger, LATE)).toHaveLength(1);
  });

  it('leaves what is unknown to a person, who cannot have it sent again', async () => {
    const { jobId } = (await send([UNAVAILABLE])).as('Job');
    const cancelled = await cancel(jobId);
    expect(cancelled).toMatchObject({ status: 'attention', cancellation: { ...nothing, unknown: 1 } });
    await writeBatch(context(), jobId, 1, { claimAt: context().now() - SETTLE_AFTER - 1 });
    const settle = (as: string) => api.post(`/v1/jobs/${jobId}/settle`, { as, why: 'looked', batches: [{ batch: 1, try: 1 }] });
    expect((await settle('resend')).problem('not-settleable').detail).toContain('cancelled');
    expect((await settle('rejected')).as('Job')).toMatchObject({ status: 'completed', outcome: 'rejected' });
  });

  it('of a job that is not there is 404', async () => {
    (await api.post('/v1/jobs/job_01M825K26T6AC49ZQBMDA9YPJJ/cancel', '')).problem('not-found');
  });
});
