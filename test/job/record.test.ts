import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { writeReturn } from '../../functions/shared/asmx-server/write-answer.ts';
import { classifyAnswer } from '../../functions/shared/customsend/classify-answer.ts';
import { notSent, type Outcome, unknown } from '../../functions/shared/customsend/outcome.ts';
import { answerKey, batchKey } from '../../functions/shared/dynamodb/keys.ts';
import { type ClaimedBatch, claimBatch } from '../../functions/shared/job/claim.ts';
import type { JobContext } from '../../functions/shared/job/context.ts';
import { LEASE, SEND_BY } from '../../functions/shared/job/deadlines.ts';
import type { AnswerItem, BatchItem, JobItem } from '../../functions/shared/job/items.ts';
import { recordOutcome } from '../../functions/shared/job/record.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { anOrder, onEveryEngine, openTestStore, phone, phones, rules } from '../support/job-context.ts';

const answered = (RetCode: string, ErrorPhones = ''): Outcome => {
  const root = {
    RetCode,
    Message: 'm'.repeat(400),
    CommonJobID: RetCode === 'Sucess' ? '171681123' : '',
    SpecialJobIDs: '',
    TotalSendCount: 1,
    ErrorPhones,
  };
  const { status, headers, body } = writeReturn('form', root);
  return classifyAnswer({ status, contentType: headers['Content-Type'], body: Buffer.from(body), complete: true }, []);
};

onEveryEngine('claim and record', (address) => {
  const NOW = Date.now();
  const storeAt = (now: number, random = 0.5): JobContext => openTestStore(address, { now: () => now, random: () => random });

  /** A new job of one batch of two phones. */
  async function aJob(): Promise<{ job: JobItem; waiting: BatchItem }> {
    const { job } = await acceptRequest(storeAt(NOW), rules, anOrder(phones(2)));
    return { job, waiting: await read(job) };
  }
  const read = async ({ jobId }: JobItem) => (await storeAt(NOW).table.get<BatchItem>(batchKey(jobId, 1))) as BatchItem;

  /** The same, claimed. */
  async function aClaim() {
    const { job, waiting } = await aJob();
    const claimed = (await claimBatch(storeAt(NOW), waiting)) as ClaimedBatch;
    const write = (set: object) => storeAt(NOW).table.update(batchKey(job.jobId, 1), { set: { ...set } }, []);
    return {
      job,
      claimed,
      write,
      record: (outcome: Outcome, context = storeAt(NOW + 10)) => recordOutcome(context, claimed, job, outcome, phones(2)),
    };
  }

  test('of twenty that want a batch one gets it', async () => {
    const { job, waiting } = await aJob();
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimBatch(storeAt(NOW), waiting)));
    const [won, ...others] = claims.filter((claim) => claim !== undefined);
    expect(others).toEqual([]);
    expect(won).toEqual(await read(job));
    expect(won).toMatchObject({ state: 'sending', try: 1, claimAt: NOW, sendBy: NOW + SEND_BY, leaseEnd: NOW + LEASE });
  });

  test.each<[string, Partial<BatchItem>]>([
    ['is not due yet', { notBefore: NOW + 1 }],
    ['is at another try', { try: 2 }],
    ['is cancelled', { state: 'cancelled' }],
    ['is unknown', { state: 'unknown' }],
  ])('a batch that %s cannot be claimed', async (_what, set) => {
    const { job, waiting } = await aJob();
    await storeAt(NOW).table.update(batchKey(job.jobId, 1), { set }, []);
    const before = await read(job);
    expect(await claimBatch(storeAt(NOW), waiting)).toBeUndefined();
    expect(await read(job)).toEqual(before);
  });

  test('a batch is due from its moment on', async () => {
    const { job, waiting } = await aJob();
    await storeAt(NOW).table.update(batchKey(job.jobId, 1), { set: { notBefore: NOW } }, []);
    expect(await claimBatch(storeAt(NOW), waiting)).toMatchObject({ state: 'sending' });
  });

  test.each<[string, Outcome, Partial<BatchItem>]>([
    ['accepted', answered('Sucess'), { code: 'accepted', httpStatus: 200, retCode: 'Sucess', errorPhones: 0 }],
    ['accepted', answered('Sucess', `+86${phone(1)};13999999999;`), { errorPhones: 1 }],
    ['rejected', answered('Faild'), { code: 'faild', httpStatus: 200, retCode: 'Faild' }],
    ['unknown', unknown('timeout'), { code: 'timeout', httpStatus: null, retCode: null, message: null }],
    ['unknown', unknown('http-status', 503), { code: 'http-status', httpStatus: 503 }],
  ])('%s is recorded with what was answered, whole in an item of its own', async (state, outcome, more) => {
    const { job, claimed, record } = await aClaim();
    const recorded = await record(outcome);
    expect(recorded).toEqual(await read(job));
    expect(recorded).toMatchObject({ state, try: 1, claim: claimed.claim, reason: outcome.reason, ...more });
    expect(recorded?.message ?? '').toHaveLength(outcome.root ? 300 : 0);
    expect(recorded).not.toHaveProperty('leaseEnd');
    expect(recorded?.timeline.at(-1)).toEqual({ at: NOW + 10, event: state, detail: outcome.reason });
    const answer = await storeAt(NOW).table.get<AnswerItem>(answerKey(job.jobId, 1, 1));
    if (outcome.root) expect(answer).toMatchObject({ claim: claimed.claim, answer: outcome.root });
    else expect(answer).toBeUndefined();
  });

  test('not sent: it waits for a growing while, with full jitter, and counts', async () => {
    const { job, record, claimed } = await aClaim();
    const first = await record(notSent('refused'), storeAt(NOW, 0.5));
    expect(first).toMatchObject({ state: 'waiting', try: 1, notSent: 1, notBefore: NOW + 1_000, code: 'refused' });
    expect(await claimBatch(storeAt(NOW + 999), first as BatchItem)).toBeUndefined();
    const again = (await claimBatch(storeAt(NOW + 1_000), first as BatchItem)) as ClaimedBatch;
    expect(again.claim).not.toBe(claimed.claim);
    const second = await recordOutcome(storeAt(NOW + 1_000, 0.5), again, job, notSent('refused'), phones(2));
    expect(second).toMatchObject({ state: 'waiting', notSent: 2, notBefore: NOW + 3_000 });
    expect(second?.timeline.map(({ event }) => event)).toEqual(['waiting', 'sending', 'not sent', 'sending', 'not sent']);
    const third = (await claimBatch(storeAt(NOW + 3_000), second as BatchItem)) as ClaimedBatch;
    const accepted = await recordOutcome(storeAt(NOW), third, job, answered('Sucess'), phones(2));
    expect(accepted).toMatchObject({ state: 'accepted', notSent: 2 });
    expect(accepted).not.toHaveProperty('notBefore');
  });

  test('not sent for a long time: never more than a minute between two attempts', async () => {
    const { job, claimed } = await aClaim();
    const last = await recordOutcome(storeAt(NOW, 1), { ...claimed, notSent: 2_000 }, { ...job, notAfter: NOW * 2 }, notSent('dns'), []);
    expect(last).toMatchObject({ state: 'waiting', notSent: 2_001, notBefore: NOW + 60_000 });
  });

  test('not sent until its validity ended: rejected', async () => {
    const { job, record } = await aClaim();
    const rejected = await record(notSent('refused'), storeAt(job.notAfter, 0.5));
    expect(rejected).toMatchObject({ state: 'rejected', code: 'refused', notSent: 1 });
    expect(rejected?.reason).toMatch(/^Not sent until its validity ended: The provider refused the connection/);
  });

  describe('an answer that comes after the lease ran out', () => {
    test.each<[string, Outcome]>([
      ['accepted', answered('Sucess')],
      ['rejected', answered('Faild')],
      ['unknown', unknown('timeout')],
      ['waiting', notSent('too-late')],
    ])('still counts: %s', async (state, outcome) => {
      const { job, write, record } = await aClaim();
      await write({ state: 'unknown', timeline: [{ at: 1, event: 'unknown' }] });
      expect(await record(outcome)).toMatchObject({ state, try: 1 });
      expect(await read(job)).toMatchObject({ state, timeline: [{ event: 'unknown' }, ...(state === 'unknown' ? [] : [{}])] });
      expect(await read(job)).not.toHaveProperty('lateAnswer');
    });

    test.each<[string, Partial<BatchItem>]>([
      ['as the same', { state: 'accepted', settlement: { try: 1, as: 'accepted', by: 'somebody', why: 'asked', at: 1 } }],
      ['otherwise', { state: 'rejected', settlement: { try: 1, as: 'accepted', by: 'somebody', why: 'asked', at: 1 } }],
      [
        'by another try that waits',
        { state: 'waiting', try: 2, claim: 'none', settlement: { try: 1, as: 'accepted', by: 'somebody', why: 'asked', at: 1 } },
      ],
      [
        'by another try that is being sent',
        { state: 'sending', try: 2, claim: randomUUID(), settlement: { try: 1, as: 'accepted', by: 'somebody', why: 'asked', at: 1 } },
      ],
    ])('and after somebody settled it, %s, is kept as evidence, the first for good', async (_how, set) => {
      const { job, write, record } = await aClaim();
      await write(set);
      const settled = await read(job);
      expect(await record(answered('Sucess'))).toBeUndefined();
      const lateAnswer = { at: NOW + 10, try: 1, outcome: 'accepted', code: 'accepted' };
      expect(await read(job)).toEqual({ ...settled, lateAnswer });
      expect(await record(unknown('timeout'))).toBeUndefined();
      expect(await read(job)).toEqual({ ...settled, lateAnswer });
    });

    test('of a try that a settlement had asked for counts too', async () => {
      const { job, waiting } = await aJob();
      await storeAt(NOW).table.update(
        batchKey(job.jobId, 1),
        { set: { try: 2, settlement: { try: 1, as: 'accepted', by: 'somebody', why: 'asked', at: 1 } } },
        [],
      );
      const claimed = (await claimBatch(storeAt(NOW), { ...waiting, try: 2 })) as ClaimedBatch;
      await storeAt(NOW).table.update(batchKey(job.jobId, 1), { set: { state: 'unknown' } }, []);
      const recorded = await recordOutcome(storeAt(NOW), claimed, job, answered('Sucess'), phones(2));
      expect(recorded).toMatchObject({
        state: 'accepted',
        try: 2,
        settlement: { try: 1, as: 'accepted', by: 'somebody', why: 'asked', at: 1 },
      });
    });
  });

  test('recorded again after another had claimed the same try: that claim stands', async () => {
    const { job, record } = await aClaim();
    const waiting = (await record(notSent('refused'), storeAt(NOW, 0))) as BatchItem;
    const claimed = await claimBatch(storeAt(NOW), waiting);
    expect(claimed).toMatchObject({ state: 'sending', try: 1 });
    expect(await record(notSent('refused'))).toBeUndefined();
    expect(await record(answered('Sucess'))).toBeUndefined();
    expect(await read(job)).toEqual(claimed);
  });

  test('recorded twice it stays as it was, with no late answer', async () => {
    const { job, record } = await aClaim();
    const recorded = await record(answered('Sucess'));
    expect(await record(answered('Sucess'), storeAt(NOW + 20))).toEqual(recorded);
    expect(await read(job)).toEqual(recorded);
  });
});
