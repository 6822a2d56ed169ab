import { describe, expect, it } from 'vitest';
import { createRecipientCheck } from '../../functions/shared/message/check-recipient.ts';
import { signatureProblems } from '../../functions/shared/message/signature-rule.ts';
import { rulesFor } from '../../functions/shared/send-request/caller-rules.ts';
import { checkRequest } from '../../functions/shared/send-request/check-request.ts';
import { parseRequest } from '../../functions/shared/send-request/prepare-request.ts';
import { dev } from '../../infra/stages.ts';

const stage = {
  ...{ dialect: dev.dialect, protocol: dev.provider.protocol, providerZone: dev.provider.timeZone },
  limits: {
    ...dev.limits,
    callers: [{ principal: 'arn:aws:iam::123456789012:role/team/crm', scopes: ['send' as const], signatures: ['商店'] }],
  },
};
const crm = rulesFor(stage, 'arn:aws:iam::123456789012:role/crm');

const placesOf = (problems: readonly { place: string; code: string }[]) =>
  problems.filter(({ code }) => code === 'signature-not-allowed').map(({ place }) => place);

describe('the signatures of a caller', () => {
  it.each([
    ['its own', '【商店】您好', []],
    ['its own at the end, and a field', '{0}您好【商店】', []],
    ['none', '您好', ['pattern']],
    ['that of another', '【银行】您好', ['pattern']],
    ['its own and another', '【商店】您好【银行】', ['pattern']],
    ['one that a field makes', '【{0}】您好', ['pattern']],
    ['its own, and an open bracket', '【商店】您好【', ['pattern']],
    ['an empty one', '【】您好', ['pattern']],
  ])('%s: %s', (_what, pattern, places) => {
    expect(placesOf(signatureProblems(['商店'], { pattern, values: [] }))).toEqual(places);
    expect(signatureProblems(undefined, { pattern, values: [['details', '【银行】']] })).toEqual([]);
  });

  it('are found in the values of recipients and of defaultDetail', () => {
    const body = {
      pattern: '【商店】{0}',
      defaultDetail: ['【银行'],
      recipients: [{ phone: '13800138000', detail: ['a】'] }, '13900139000'],
    };
    expect(placesOf(checkRequest(crm, parseRequest(stage, body)).problems)).toEqual(['defaultDetail[0]', 'recipients[0].detail[0]']);
  });

  it('are found in values by name', () => {
    const body = { pattern: '【商店】{name}', recipients: [{ phone: '13800138000', detail: { name: '【银行】' } }] };
    expect(placesOf(checkRequest(crm, parseRequest(stage, body)).problems)).toEqual(['recipients[0].detail.name']);
  });

  it("are found in the provider's own strings", () => {
    const body = { pattern: '【商店】{0}', phones: '13800138000', details: '【银行】', defaultDetail: '】' };
    expect(placesOf(checkRequest(crm, parseRequest(stage, body)).problems)).toEqual(['defaultDetail', 'details']);
  });

  it('are looked at line by line in a file', () => {
    const check = createRecipientCheck(crm.dialect, crm.limits, { pattern: '【商店】{0}' });
    expect(check.problems).toEqual([]);
    expect(check.check({ phone: '13800138000', detail: ['客户'] }, 'line 1')).not.toHaveProperty('problems');
    expect(check.check({ phone: '13800138000', detail: ['【银行】'] }, 'line 2')).toMatchObject({
      problems: [{ code: 'signature-not-allowed' }],
    });
  });

  it('are those of a role, whatever its path, and of no other caller', () => {
    expect(crm.limits.signatures).toEqual(['商店']);
    expect(rulesFor(stage, 'arn:aws:iam::123456789012:role/other')).toBe(stage);
  });
});
