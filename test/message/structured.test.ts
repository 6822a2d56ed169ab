import { describe, expect, it } from 'vitest';
import { checkStructured, type StructuredInput } from '../../functions/shared/message/check-recipients.ts';
import type { RecipientInput } from '../../functions/shared/message/recipient-input.ts';
import type { Dialect } from '../../functions/shared/settings.ts';

const dialect: Dialect = { confirmed: true, recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: false };
const unconfirmed: Dialect = { ...dialect, confirmed: false };
const limits = { charactersPerMessage: 20 };

const check = (input: StructuredInput) => checkStructured(dialect, limits, input);
const places = (input: StructuredInput) => check(input).problems.map(({ place, code }) => `${place} ${code}`);
const A = '13800138000';
const B = '13900139000';

describe('checkStructured', () => {
  it('takes phones alone, with a detail, and written in many ways', () => {
    const recipients = [A, { phone: '+86 139-0013-9000', detail: ['张三', '100'] }, { phone: '13700137000' }];
    const pattern = '{0}您好，余额{1}元';
    expect(check({ pattern, defaultDetail: ['客户', '0'], recipients })).toEqual({
      message: { form: 'structured', pattern, defaultDetail: ['客户', '0'] },
      problems: [],
      furtherProblems: 0,
      removed: [],
      recipients: [
        { recipient: { phone: A, detail: null } },
        { recipient: { phone: B, detail: ['张三', '100'] } },
        { recipient: { phone: '13700137000', detail: null } },
      ],
    });
  });

  it('takes a separator in the pattern, and an empty field where that is said', () => {
    const input = { pattern: '您好;{0},{1}', recipients: [{ phone: A, detail: ['', 'x'] }] };
    expect(places({ ...input, allowEmpty: true })).toEqual([]);
    expect(places(input)).toEqual(['recipients[0].detail[0] field-empty']);
  });

  it('makes an empty detail of a pattern without fields none', () => {
    const { problems, recipients } = check({ pattern: '您好', defaultDetail: [], recipients: [{ phone: A, detail: [] }] });
    expect(problems).toEqual([]);
    expect(recipients).toEqual([{ recipient: { phone: A, detail: null } }]);
  });

  const one = (detail?: string[]): RecipientInput[] => [{ phone: A, detail }];
  it.each<[string, StructuredInput, string[]]>([
    ['no recipient', { pattern: '您好', recipients: [] }, ['recipients recipients-empty']],
    [
      'a malformed phone',
      { pattern: '您好', recipients: ['12', { phone: '' }] },
      ['[0].phone phone-malformed', '[1].phone phone-malformed'],
    ],
    ['no detail and no default', { pattern: '{0}', recipients: [A] }, ['[0].detail detail-missing']],
    ['a missing field', { pattern: '{0}{1}', recipients: one(['a']) }, ['[0].detail field-missing']],
    ['an empty detail', { pattern: '{0}', defaultDetail: ['x'], recipients: one([]) }, ['[0].detail field-missing']],
    ['a surplus field', { pattern: '{0}', recipients: one(['a', 'b']) }, ['[0].detail field-surplus']],
    ['a detail without a field', { pattern: '您好', recipients: one(['a']) }, ['[0].detail field-surplus']],
    ['a default that does not fit', { pattern: '{0}', defaultDetail: [], recipients: one(['a']) }, ['defaultDetail field-missing']],
    ['a default without a field', { pattern: '您好', defaultDetail: ['a'], recipients: [A] }, ['defaultDetail field-surplus']],
    ['an empty field', { pattern: '您好{0}', recipients: one(['']) }, ['[0].detail[0] field-empty']],
    ['an empty default', { pattern: '您好{0}', defaultDetail: [''], recipients: [A] }, ['defaultDetail[0] field-empty']],
    ['a long text', { pattern: '您好{0}', recipients: one(['x'.repeat(19)]) }, ['[0] text-too-long']],
    ['a long default text', { pattern: '{0}', defaultDetail: ['x'.repeat(21)], recipients: [A, B] }, ['defaultDetail text-too-long']],
    ['a long pattern', { pattern: 'x'.repeat(21), recipients: [A, B] }, ['pattern text-too-long']],
    ['an emoji over the limit', { pattern: `${'x'.repeat(19)}😀`, recipients: [A] }, ['pattern text-too-long']],
    ['a blank text', { pattern: '{0} {1}', allowEmpty: true, recipients: one(['', ' ']) }, ['[0] text-empty']],
    ['a blank pattern', { pattern: ' ', recipients: [A] }, ['pattern pattern-empty']],
    [
      'a wrong pattern',
      { pattern: '{0', recipients: [{ phone: '1', detail: [] }] },
      ['pattern pattern-brace', '[0].phone phone-malformed'],
    ],
  ])('refuses %s', (_, input, expected) => {
    expect(places(input)).toEqual(expected.map((problem) => problem.replace(/^\[/, 'recipients[')));
  });

  it('takes a text of exactly the limit', () => {
    expect(places({ pattern: '您好{0}', recipients: one(['x'.repeat(18)]) })).toEqual([]);
    expect(places({ pattern: `{{${'x'.repeat(19)}`, recipients: [A] })).toEqual([]);
  });

  it('tells everything at once, in the order of the request, 100 of it in words', () => {
    const recipients = Array.from({ length: 250 }, () => ({ phone: '1', detail: ['a;'] }));
    const { problems, furtherProblems } = check({ pattern: '{0}', defaultDetail: [';'], recipients, personalise: 'refuse' });
    expect(problems.slice(0, 3).map(({ place }) => place)).toEqual(['defaultDetail[0]', 'recipients[0].phone', 'recipients[0].detail[0]']);
    expect(problems.length).toBe(100);
    expect(furtherProblems).toBe(401);
  });

  it('shows neither phones nor text in its problems', () => {
    const recipients = [
      { phone: A, detail: ['secret1'] },
      { phone: A, detail: ['secret2'] },
      { phone: '99988877766', detail: ['secret,3'] },
    ];
    const { problems } = check({ pattern: '您好{0}', recipients, personalise: 'refuse' });
    expect(problems.length).toBe(3);
    expect(JSON.stringify(problems)).not.toMatch(/secret|您好|\d{5}/);
  });
});

describe('duplicates of the structured form', () => {
  it('removes a number that comes again with the same text, however both are written', () => {
    const recipients = [A, B, { phone: '+86 138 0013 8000', detail: ['客户'] }, { phone: '0086-13800138000' }];
    const { problems, recipients: kept, removed } = check({ pattern: '{0}您好', defaultDetail: ['客户'], recipients });
    expect(problems).toEqual([]);
    expect(kept.map(({ recipient }) => recipient.phone)).toEqual([A, B]);
    expect(removed).toEqual([
      { place: 'recipients[2]', phone: A, firstPlace: 'recipients[0]' },
      { place: 'recipients[3]', phone: A, firstPlace: 'recipients[0]' },
    ]);
  });

  it('names both places when the texts differ', () => {
    const { problems, removed } = check({
      pattern: '{0}您好',
      defaultDetail: ['客户'],
      recipients: [B, A, { phone: A, detail: ['张三'] }],
    });
    expect(removed).toEqual([]);
    expect(problems).toMatchObject([{ place: 'recipients[2].phone', code: 'phone-duplicate' }]);
    expect(problems[0]?.detail).toContain('recipients[1].phone');
  });
});

describe('an unconfirmed dialect', () => {
  it('takes patterns without fields', () => {
    const { problems, recipients } = checkStructured(unconfirmed, limits, { pattern: '您好;,', recipients: [A] });
    expect(problems).toEqual([]);
    expect(recipients).toEqual([{ recipient: { phone: A, detail: null } }]);
  });
});
