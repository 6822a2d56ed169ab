import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { writeReturn } from '../../functions/shared/asmx-server/write-answer.ts';
import { classifyAnswer } from '../../functions/shared/customsend/classify-answer.ts';
import { notSent, type Outcome, unknown } from '../../functions/shared/customsend/outcome.ts';
import type { Condition } from '../../functions/shared/dynamodb/conditions.ts';
import { answerKey } from '../../functions/shared/dynamodb/keys.ts';
import type { AnswerItem, BatchItem, SendingBatch, WaitingBatch } from '../../functions/shared/job/batch-item.ts';
import { claimBatch } from '../../functions/shared/job/claim.ts';
import type { JobContext } from '../../functions/shared/job/context.ts';
import { LEASE, SEND_BY } from '../../functions/shared/job/deadlines.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJobAndBatch, updateBatch } from '../../functions/shared/job/job-table.ts';
import { recordOutcome } from '../../functions/shared/job/record-outcome.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { aRequest, onEveryEngine, openTestContext, phone, phones, rules } from '../support/job-context.ts';

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

/** Two phones make a job whose batch stands inside its item, three a batch of two with an item of its own. */
describe.each([
  ['inside its job', 2],
  ['in an item of its own', 3],
])('a batch that is stored %s', (_where, recipients) => {
  onEveryEngine('claim and record', (address) => {
    const NOW = Date.now();
    const contextAt = (now: number, random = 0.5): JobContext => openTestContext(address, { now: () => now, random: () => random });

    /** A new job, and its first batch of two phones. */
    async function aJob(): Promise<{ job: JobItem; waiting: WaitingBatch }> {
      const { job } = await acceptRequest(contextAt(NOW), rules, aRequest(phones(recipients)));
      return { job, waiting: (await read(job)) as WaitingBatch };
    }
    const read = async ({ jobId }: JobItem) => (await readJobAndBatch(contextAt(NOW), jobId, 1)).batch as BatchItem;
    const write = async (job: JobItem, set: object, conditions: Condition[] = []) =>
      void (await updateBatch(contextAt(NOW), await read(job), { set: { ...set } }, conditions));

    /** The same, claimed. */
    async function aClaim() {
      const { job, waiting } = await aJob();
      const claimed = (await claimBatch(contextAt(NOW), waiting)) as SendingBatch;
      return {
        job,
        claimed,
        write: (set: object) => write(job, set),
        record: async (outcome: Outcome, context = contextAt(NOW + 10)) =>
          (await recordOutcome(context, claimed, job, outcome, phones(2)))?.batch,
      };
    }

    test('of twenty that want a batch one gets it', async () => {
      const { job, waiting } = await aJob();
      const claims = await Promise.all(Array.from({ length: 20 }, () => claimBatch(contextAt(NOW), waiting)));
      const [won, ...others] = claims.filter((claim) => claim !== undefined);
      expect(others).toEqual([]);
      expect(won).toEqual(await read(job));
      expect(won).toMatchObject({ state: 'sending', try: 1, claimAt: NOW, sendBy: NOW + SEND_BY, leaseEnd: NOW + LEASE });
    });

    test.each<[string, Partial<BatchItem>]>([
      ['is not due yet', { notBefore: NOW + 1 }],
      ['is at another try', { try: 2 }],
      ['is cancelled', { state: 'cancelled' }],
      ['is unknown', { state: 'unknown', claim: 'c', claimAt: NOW }],
    ])('a batch that %s cannot be claimed', async (_what, set) => {
      const { job, waiting } = await aJob();
      await write(job, set);
      const before = await read(job);
      expect(await claimBatch(contextAt(NOW), waiting)).toBeUndefined();
      expect(await read(job)).toEqual(before);
    });

    test('a batch is due from its moment on', async () => {
      const { job, waiting } = await aJob();
      await write(job, { notBefore: NOW });
      expect(await claimBatch(contextAt(NOW), waiting)).toMatchObject({ state: 'sending' });
    });

    test.each<[string, Outcome, Partial<BatchItem>]>([
      ['accepted', answered('Sucess'), { code: 'accepted', httpStatus: 200, retCode: 'Sucess' }],
      ['accepted', answered('Sucess', `+86${phone(1)};13999999999;`), { errorPhones: 1 } as Partial<BatchItem>],
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
      const answer = await contextAt(NOW).table.get<AnswerItem>(answerKey(job.jobId, 1, 1));
      if (outcome.root) expect(answer).toMatchObject({ claim: claimed.claim, answer: outcome.root });
      else expect(answer).toBeUndefined();
    });

    test('not sent: it waits for a growing while, with full jitter, and counts', async () => {
      const { job, record, claimed } = await aClaim();
      const first = await record(notSent('refused'), contextAt(NOW, 0.5));
      expect(first).toMatchObject({ state: 'waiting', try: 1, notSent: 1, notBefore: NOW + 1_000, code: 'refused' });
      expect(await claimBatch(contextAt(NOW + 999), first as WaitingBatch)).toBeUndefined();
      const again = (await claimBatch(contextAt(NOW + 1_000), first as WaitingBatch)) as SendingBatch;
      expect(again.claim).not.toBe(claimed.claim);
      const second = (await recordOutcome(contextAt(NOW + 1_000, 0.5), again, job, notSent('refused'), phones(2)))?.batch;
      expect(second).toMatchObject({ state: 'waiting', notSent: 2, notBefore: NOW + 3_000 });
      expect(second?.timeline.map(({ event }) => event)).toEqual(['waiting', 'sending', 'not sent', 'sending', 'not sent']);
      const third = (await claimBatch(contextAt(NOW + 3_000), second as WaitingBatch)) as SendingBatch;
      const accepted = (await recordOutcome(contextAt(NOW), third, job, answered('Sucess'), phones(2)))?.batch;
      expect(accepted).toMatchObject({ state: 'accepted', notSent: 2 });
      expect(accepted).not.toHaveProperty('notBefore');
    });

    test('not sent for a long time: never more than a minute between two attempts', async () => {
      const { job, claimed } = await aClaim();
      const last = (
        await recordOutcome(contextAt(NOW, 1), { ...claimed, notSent: 2_000 }, { ...job, notAfter: NOW * 2 }, notSent('dns'), [])
      )?.batch;
      expect(last).toMatchObject({ state: 'waiting', notSent: 2_001, notBefore: NOW + 60_000 });
    });

    test('not sent until its validity ended: rejected', async () => {
      const { job, record } = await aClaim();
      const rejected = await record(notSent('refused'), contextAt(job.notAfter, 0.5));
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
        ['as the same', { state: 'accepted', settlement: { try: 1, as: 'accepted', by: 'operator', why: 'asked', at: 1 } }],
        ['otherwise', { state: 'rejected', settlement: { try: 1, as: 'accepted', by: 'operator', why: 'asked', at: 1 } }],
        [
          'by another try that waits',
          { state: 'waiting', try: 2, claim: 'none', settlement: { try: 1, as: 'accepted', by: 'operator', why: 'asked', at: 1 } },
        ],
        [
          'by another try that is being sent',
          { state: 'sending', try: 2, claim: randomUUID(), settlement: { try: 1, as: 'accepted', by: 'operator', why: 'asked', at: 1 } },
        ],
      ])('and after a person settled it, %s, is kept as evidence, the first for good', async (_how, set) => {
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
        await write(job, { try: 2, settlement: { try: 1, as: 'accepted', by: 'operator', why: 'asked', at: 1 } });
        const claimed = (await claimBatch(contextAt(NOW), { ...waiting, try: 2 })) as SendingBatch;
        await write(job, { state: 'unknown' });
        const recorded = (await recordOutcome(contextAt(NOW), claimed, job, answered('Sucess'), phones(2)))?.batch;
        expect(recorded).toMatchObject({
          state: 'accepted',
          try: 2,
          settlement: { try: 1, as: 'accepted', by: 'operator', why: 'asked', at: 1 },
        });
      });
    });

    test('recorded again after another had claimed the same try: that claim stands', async () => {
      const { job, record } = await aClaim();
      const waiting = (await record(notSent('refused'), contextAt(NOW, 0))) as WaitingBatch;
      const claimed = await claimBatch(contextAt(NOW), waiting);
      expect(claimed).toMatchObject({ state: 'sending', try: 1 });
      expect(await record(notSent('refused'))).toBeUndefined();
      expect(await record(answered('Sucess'))).toBeUndefined();
      expect(await read(job)).toEqual(claimed);
    });

    test('recorded twice it stays as it was, with no late answer', async () => {
      const { job, record } = await aClaim();
      const recorded = await record(answered('Sucess'));
      expect(await record(answered('Sucess'), contextAt(NOW + 20))).toEqual(recorded);
      expect(await read(job)).toEqual(recorded);
    });
  });
});
