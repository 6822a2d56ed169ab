import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchContents, Refused, readContents } from '../../functions/asmx/job-contents.ts';
import type { CustomSendCall } from '../../functions/shared/customsend/call.ts';
import type { BatchingSnapshot } from '../../functions/shared/job/batch-item.ts';
import { writeCall } from '../../functions/shared/message/write-call.ts';
import type { SendRules } from '../../functions/shared/send-request/check-request.ts';
import { aCall } from '../support/drop-in.ts';
import { dialect, limits, phone, phones } from '../support/job-context.ts';

const rules: SendRules = { dialect, protocol: 'http-post', limits, providerZone: 'Asia/Shanghai' };
const unconfirmed: SendRules = { ...rules, dialect: { ...dialect, confirmed: false } };
const batching = (of: SendRules): BatchingSnapshot => ({ ...of.limits, ...of, createdAt: 0 });

/** The calls that a request leads to, as the provider would get them. */
function callsOf(of: SendRules, call: CustomSendCall): CustomSendCall[] {
  const contents = readContents(of, call);
  const job = { message: contents.message, smsType: call.SmsType, postFixNumber: call.PostFixNumber, providerSendTime: call.SendTime };
  return batchContents(batching(of), contents, call).map((payload) => writeCall(of.dialect, job, payload, call.Token));
}

const codeOf = (of: SendRules, call: CustomSendCall) => {
  try {
    return callsOf(of, call).length;
  } catch (error) {
    return error instanceof Refused ? error.code : error;
  }
};

const details = { Pattern: '{0}您好', DefaultDetail: '客户', Details: '张三;;' };

describe('the form of the job', () => {
  test.each<[string, SendRules, CustomSendCall, 'structured' | 'strings']>([
    ['by the dialect', rules, aCall(phones(2), details), 'structured'],
    ['an unconfirmed dialect', unconfirmed, aCall(phones(2), details), 'strings'],
    ['no separator at the end', rules, { ...aCall(phones(1)), Phones: phone(0) }, 'strings'],
    ['numbers in other forms', rules, { ...aCall([]), Phones: `+86${phone(0)};` }, 'strings'],
    ['a malformed number, which is the provider’s to name', rules, aCall([phone(0), 'abc']), 'strings'],
    ['a broken pattern, which is the provider’s to refuse', rules, aCall(phones(1), { Pattern: '{0' }), 'strings'],
    ['a missing field', rules, aCall(phones(1), { Pattern: '{0}{1}', DefaultDetail: 'a' }), 'strings'],
    ['no phone at all', rules, aCall([]), 'strings'],
    ['separated by commas', rules, { ...aCall([]), Phones: phones(2).join(',') }, 'strings'],
  ])('%s: %s', (_name, of, call, form) => {
    expect(readContents(of, call).message.form).toBe(form);
    expect(callsOf(of, call)).toEqual([call]);
  });

  test('numbers that something else separates are counted, and go on to the content', () => {
    const call = { ...aCall([]), Phones: `${phone(0)}， ${phone(1)}` };
    const { audience } = readContents(rules, call);
    expect(audience).toMatchObject({ form: 'strings', phones: phones(2), text: call.Phones });
    expect(callsOf(rules, call)).toEqual([call]);
  });

  test('any texts at all: one call carries the very strings, and splitting loses, adds and moves nothing', () => {
    const text = fc.string({ unit: fc.constantFrom('{', '0', '}', ',', ';', '张', ' ', 'a', '\n'), maxLength: 12 });
    const number = fc.oneof(
      fc.nat(60).map(phone),
      fc.constantFrom('', 'abc', ' 13800138000', '+8613800138099', `${phone(70)},${phone(71)}`),
    );
    const call = fc.record({
      Pattern: text,
      DefaultDetail: text,
      Details: text,
      Phones: fc.tuple(fc.uniqueArray(number, { maxLength: 8 }), fc.constantFrom('', ';')).map(([list, end]) => list.join(';') + end),
    });
    fc.assert(
      fc.property(call, fc.boolean(), (given, confirmed) => {
        const of = confirmed ? rules : unconfirmed;
        const whole = { ...aCall([]), ...given };
        const one = { ...of, limits: { ...limits, phonesPerCall: 100 } };
        const count = codeOf(one, whole);
        if (typeof count !== 'number') return void expect(count).toBe('phone-twice');
        expect(callsOf(one, whole)).toEqual([whole]);
        if (typeof codeOf(of, whole) !== 'number') return undefined;
        const parts = callsOf(of, whole);
        const entries = (name: 'Phones', calls: CustomSendCall[]) =>
          calls.flatMap((part) => part[name].split(';')).filter((entry) => entry !== '');
        expect(entries('Phones', parts)).toEqual(entries('Phones', [whole]));
      }),
      { numRuns: 500 },
    );
  });
});

describe('numbers that stand twice', () => {
  test('with the same text: sent to once, and the job says what was left out', () => {
    const call = aCall([phone(0), phone(1), phone(0)]);
    expect(callsOf(rules, call)).toEqual([aCall(phones(2))]);
    expect(readContents(rules, call).removed).toEqual([{ place: 'recipients[2]', phone: phone(0), firstPlace: 'recipients[0]' }]);
  });

  test.each<[string, SendRules, CustomSendCall]>([
    ['with another text', rules, aCall([phone(0), phone(0)], { ...details, Details: '张三;李四;' })],
    ['in strings that cannot be taken apart', unconfirmed, aCall([phone(0), phone(0)])],
    ['in another form', rules, aCall([phone(0), `+86${phone(0)}`])],
    ['between commas', rules, { ...aCall([]), Phones: `${phone(0)},${phone(0)}` }],
  ])('%s: refused', (_name, of, call) => expect(codeOf(of, call)).toBe('phone-twice'));
});

describe('what is refused', () => {
  const allowed: SendRules = { ...rules, limits: { ...limits, allowedPhones: phones(2) } };
  test.each<[string, SendRules, CustomSendCall, string]>([
    ['more phones than four calls take', rules, aCall(phones(9)), 'too-many-phones'],
    ['the same between commas', rules, { ...aCall([]), Phones: phones(9).join(',') }, 'too-many-phones'],
    ['more than one call of what cannot be divided', rules, { ...aCall([]), Phones: phones(3).join(',') }, 'does-not-fit'],
    ['more than one call with details of an unconfirmed dialect', unconfirmed, aCall(phones(3), details), 'does-not-fit'],
    ['a number that the stage does not send to', allowed, aCall(phones(3)), 'phone-not-allowed'],
    ['the same between commas', allowed, { ...aCall([]), Phones: `${phone(0)},${phone(3)}` }, 'phone-not-allowed'],
    ['what may hide a number', allowed, aCall([phone(0), `${phone(3)}x`]), 'phone-not-allowed'],
    ['a text over the limit', rules, aCall(phones(1), { Pattern: 'x'.repeat(501) }), 'text-too-long'],
    ['a text over the limit by its detail', rules, aCall(phones(2), { ...details, Details: `${'x'.repeat(500)};` }), 'text-too-long'],
    ['what no job keeps', unconfirmed, aCall(phones(1), { Pattern: 'x'.repeat(10_001) }), 'too-long'],
    ['bytes of another charset', rules, aCall(phones(1), { Details: '��;' }), 'damaged-text'],
    [
      'markup beside a control character: neither form nor SOAP carries both',
      rules,
      aCall(phones(1), { Pattern: '<b>\u0001' }),
      'cannot-be-encoded',
    ],
    ['half a surrogate pair', rules, aCall(phones(1), { Pattern: '\ud83d' }), 'cannot-be-encoded'],
  ])('%s', (_name, of, call, code) => expect(codeOf(of, call)).toBe(code));

  test('phones that are allowed are sent to', () => expect(codeOf(allowed, aCall(phones(2)))).toBe(1));
  test('eight phones are four calls of two', () => expect(codeOf(rules, aCall(phones(8)))).toBe(4));
});

test('markup goes by SOAP, everything else by the stage’s own binding', () => {
  expect(readContents(rules, aCall(phones(1), { Pattern: '您好' })).protocol).toBe('http-post');
  expect(readContents(rules, aCall(phones(1), { Pattern: '<b>&#' })).protocol).toBe('soap11');
  expect(readContents({ ...rules, protocol: 'http-get' }, aCall(phones(8))).protocol).toBe('http-get');
});
