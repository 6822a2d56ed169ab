import { describe, expect, test } from 'vitest';
import { combine, type Part } from '../../functions/asmx/job-answer.ts';
import type { CustomSendReturn } from '../../functions/shared/customsend/call.ts';
import type { BatchState } from '../../functions/shared/job/states.ts';
import { dialect } from '../support/job-context.ts';

const root = (given: Partial<CustomSendReturn>): CustomSendReturn => ({
  ...{ RetCode: 'Sucess', Message: '', CommonJobID: '1', SpecialJobIDs: '', TotalSendCount: 2, ErrorPhones: '' },
  ...given,
});
const part = (state: BatchState, phones: string[], given?: Partial<CustomSendReturn>, reason?: string): Part => ({
  batch: { state, reason },
  root: given && root(given),
  phones,
});
const answer = (...parts: Part[]) => combine(dialect, 'job_1', parts);

describe('one call', () => {
  test.each<Partial<CustomSendReturn>>([
    { Message: ' <&>\n中文 ', SpecialJobIDs: '7,8', ErrorPhones: ';' },
    { Message: null, CommonJobID: null, SpecialJobIDs: null, ErrorPhones: null },
  ])('that was accepted: the provider’s answer, field by field', (given) => {
    expect(answer(part('accepted', ['a', 'b'], given))).toEqual(root(given));
  });

  test('that was refused: the provider’s answer too', () => {
    const given = { RetCode: 'Faild', Message: '余额不足', CommonJobID: null, TotalSendCount: 0, ErrorPhones: 'a;b' };
    expect(answer(part('rejected', ['a', 'b'], given))).toEqual(root(given));
  });

  test('a count that is missing is counted, since old callers cannot do without', () => {
    expect(answer(part('accepted', ['a', 'b', 'c'], { TotalSendCount: null, ErrorPhones: 'c;' }))).toMatchObject({ TotalSendCount: 2 });
  });

  test('whose outcome is unknown: Faild, names the job and the phones, and says not to send again', () => {
    expect(answer(part('unknown', ['a', 'b'], { RetCode: 'Faild', CommonJobID: '9' }))).toEqual(
      root({
        RetCode: 'Faild',
        Message: 'job_1 may have been sent, its outcome is unknown: do NOT send again to 2 phones: a;b',
        CommonJobID: '',
        TotalSendCount: 0,
      }),
    );
    expect(answer(part('sending', ['a'])).Message).toBe('job_1 is still being sent: do NOT send again to 1 phones: a');
  });

  test('that was never made: Faild, and says that nothing was sent and why', () => {
    const { RetCode, Message, ErrorPhones } = answer(part('cancelled', ['a'], undefined, 'The provider refused the connection.'));
    expect([RetCode, Message, ErrorPhones]).toEqual(['Faild', 'The provider refused the connection. Nothing was sent (job_1).', '']);
  });

  test('that a person settled otherwise than the provider said', () => {
    expect(answer(part('accepted', ['a'], { RetCode: 'Faild', CommonJobID: '9' }))).toMatchObject({ RetCode: 'Sucess', CommonJobID: '9' });
    expect(answer(part('accepted', ['a', 'b']))).toMatchObject({ RetCode: 'Sucess', TotalSendCount: 2 });
  });
});

describe('several calls', () => {
  test('all accepted: ids joined, counts added, each word once', () => {
    expect(
      answer(
        part('accepted', ['a', 'b'], { Message: '成功', CommonJobID: '1', SpecialJobIDs: '2,3' }),
        part('accepted', ['c', 'd'], { Message: '成功', CommonJobID: '4', SpecialJobIDs: '', ErrorPhones: 'd;', TotalSendCount: 1 }),
      ),
    ).toEqual(root({ Message: '成功', CommonJobID: '1;4', SpecialJobIDs: '2;3', TotalSendCount: 3, ErrorPhones: 'd;' }));
  });

  test('any accepted makes Sucess; refused and uncalled phones are in ErrorPhones, unknown ones in Message', () => {
    const got = answer(
      part('accepted', ['a'], { ErrorPhones: 'x' }),
      part('rejected', ['b'], { RetCode: 'Faild', Message: '余额不足' }),
      part('cancelled', ['c']),
      part('unknown', ['d', 'e']),
    );
    expect(got).toMatchObject({ RetCode: 'Sucess', CommonJobID: '1', TotalSendCount: 2, ErrorPhones: 'x;b;c;' });
    expect(got.Message).toBe(
      '余额不足 No call could begin in time. Nothing was sent (job_1). job_1 may have been sent, its outcome is unknown: do NOT send again to 2 phones: d;e',
    );
  });

  test('none accepted: Faild', () => {
    expect(
      answer(part('rejected', ['a'], { RetCode: 'Faild', Message: '一' }), part('rejected', ['b'], { RetCode: 'Faild', Message: '二' })),
    ).toEqual(root({ RetCode: 'Faild', Message: '一 二', CommonJobID: '', TotalSendCount: 0 }));
    expect(answer(part('unknown', ['a']), part('unknown', ['b']))).toMatchObject({
      RetCode: 'Faild',
      Message: expect.stringContaining('a;b'),
    });
  });
});
