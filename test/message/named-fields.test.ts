import { describe, expect, it } from 'vitest';
import { checkStructured, type StructuredInput } from '../../functions/shared/message/check-recipients.ts';
import { parseNamedPattern, renderParts } from '../../functions/shared/message/pattern.ts';
import { dialect, phone } from '../support/job-context.ts';

const check = (input: StructuredInput) => checkStructured(dialect, { charactersPerMessage: 100 }, input);
const places = (input: StructuredInput) => check(input).problems.map(({ place, code }) => `${place} ${code}`);
const pattern = '【签名】{姓名}您好，余额{balance}元，{姓名}';
const to = (detail: Record<string, string> | string[]) => [{ phone: phone(0), detail }];

describe('a pattern with names', () => {
  it.each([
    ['{姓名}{b}', ['姓名', 'b'], '{0}{1}'],
    ['{b}{a}{b}', ['b', 'a'], '{0}{1}{0}'],
    ['{_a-1}{Имя}{नाम}', ['_a-1', 'Имя', 'नाम'], '{0}{1}{2}'],
    ['{{a}}{a}{{{a}}}', ['a'], '{{a}}{0}{{{0}}}'],
    [`{${'长'.repeat(40)}}`, ['长'.repeat(40)], '{0}'],
    ['{cafe\u0301}{caf\u00e9}', ['caf\u00e9'], '{0}{0}'],
    ['{0}{1}', undefined, '{0}{1}'],
    ['您好{{', undefined, '您好{{'],
  ])('%s', (written, names, numbered) => {
    expect(parseNamedPattern(written)).toMatchObject({ names, numbered, problems: [] });
  });

  it.each([
    ['{a}{0}', ['pattern-mixed']],
    ['{1a}', ['pattern-brace']],
    ['{first name}', ['pattern-brace']],
    ['{}', ['pattern-brace']],
    [`{${'长'.repeat(41)}}`, ['pattern-brace']],
    ['{__proto__}', ['pattern-brace']],
  ])('%s is refused', (written, codes) => {
    expect(parseNamedPattern(written).problems.map(({ code }) => code)).toEqual(expect.arrayContaining(codes));
  });
});

describe('details by name', () => {
  it('become positions, and nothing changes on the wire', () => {
    const { message, recipients, problems } = check({
      pattern,
      defaultDetail: { balance: '0', 姓名: '客户' },
      recipients: [phone(1), ...to({ balance: '100', 姓名: '张三' })],
    });
    expect(problems).toEqual([]);
    const numbered = '【签名】{0}您好，余额{1}元，{0}';
    expect(message).toEqual({ form: 'structured', pattern: numbered, defaultDetail: ['客户', '0'], written: pattern });
    expect(recipients.map(({ recipient }) => recipient.detail)).toEqual([null, ['张三', '100']]);
    expect(renderParts(parseNamedPattern(pattern).parts, ['张三', '100'])).toBe('【签名】张三您好，余额100元，张三');
  });

  it.each<[string, Record<string, string> | string[], string[]]>([
    ['a missing name', { 姓名: 'a' }, ['recipients[0].detail.balance field-missing']],
    ['an unknown name', { 姓名: 'a', balance: '1', city: 'b' }, ['recipients[0].detail.city field-unknown']],
    [
      'a misspelt name',
      { 姓名: 'a', Balance: '1' },
      ['recipients[0].detail.balance field-missing', 'recipients[0].detail.Balance field-unknown'],
    ],
    ['an empty value', { 姓名: '', balance: '1' }, ['recipients[0].detail.姓名 field-empty']],
    ['a list', ['a', '1'], ['recipients[0].detail detail-not-by-name']],
    ['nothing', {}, ['recipients[0].detail.姓名 field-missing', 'recipients[0].detail.balance field-missing']],
  ])('%s is refused at its place', (_name, detail, wrong) => {
    expect(places({ pattern, recipients: to(detail) })).toEqual(wrong);
  });

  it('say which names there are', () => {
    const [problem] = check({ pattern, recipients: to({ 姓名: 'a' }) }).problems;
    expect(problem?.detail).toContain('姓名, balance');
  });

  it('of a pattern with numbers are refused, and those of defaultDetail named', () => {
    expect(places({ pattern: '{0}', recipients: to({ 0: 'a' }) })).toEqual(['recipients[0].detail detail-by-name']);
    expect(places({ pattern, defaultDetail: { 姓名: 'a' }, recipients: [phone(0)] })).toEqual(['defaultDetail.balance field-missing']);
  });
});

describe('an empty field', () => {
  it('is filled in from the default, one by one', () => {
    const { recipients, problems } = check({
      pattern: '{0}-{1}',
      defaultDetail: ['客户', '0'],
      recipients: [
        { phone: phone(0), detail: ['张三', ''] },
        { phone: phone(1), detail: ['', ''] },
      ],
    });
    expect(problems).toEqual([]);
    expect(recipients.map(({ recipient }) => recipient.detail)).toEqual([
      ['张三', '0'],
      ['客户', '0'],
    ]);
  });

  it('is an error where nothing fills it in, unless it may stay empty', () => {
    const input = { pattern: '您好{0}{1}', recipients: to(['', 'a']) };
    expect(places(input)).toEqual(['recipients[0].detail[0] field-empty']);
    expect(check({ ...input, allowEmpty: true }).recipients).toMatchObject([{ recipient: { detail: ['', 'a'] } }]);
    expect(places({ pattern: '您好{0}', defaultDetail: [''], recipients: [phone(0)] })).toEqual(['defaultDetail[0] field-empty']);
  });

  it('that stands alone is sent as a finished text: the dialect cannot tell it from no detail', () => {
    const { recipients } = check({ pattern: '您好{0}', allowEmpty: true, recipients: to(['']) });
    expect(recipients).toEqual([{ recipient: { phone: phone(0), detail: [''] }, text: '您好' }]);
  });
});
