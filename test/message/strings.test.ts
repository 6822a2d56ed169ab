import { describe, expect, it } from 'vitest';
import { checkStrings, type StringsInput } from '../../functions/shared/message/check-recipients.ts';
import type { Dialect } from '../../functions/shared/settings.ts';

const dialect: Dialect = { confirmed: true, recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: false };
const unconfirmed: Dialect = { ...dialect, confirmed: false };
const limits = { charactersPerMessage: 20 };

const places = (input: StringsInput, by = dialect) => checkStrings(by, limits, input).problems.map(({ place, code }) => `${place} ${code}`);
const A = '13800138000';
const B = '13900139000';

describe('checkStrings', () => {
  it('passes all on as it came, but Phones normalised', () => {
    const input = { pattern: '{0}您好', phones: `+86 138-0013-8000;${B};`, defaultDetail: '客户', details: ';张三;' };
    expect(checkStrings(dialect, limits, input)).toEqual({
      problems: [],
      furtherProblems: 0,
      phones: [A, B],
      content: { Pattern: '{0}您好', DefaultDetail: '客户', Details: ';张三;', Phones: `${A};${B}` },
    });
  });

  it.each([
    [dialect, `${A};${B};`, `${A};${B}`],
    [{ ...dialect, trailingSeparator: true }, `${A};${B}`, `${A};${B};`],
    [unconfirmed, `${A};${B};`, `${A};${B};`],
    [{ ...unconfirmed, trailingSeparator: true }, `${A};${B}`, `${A};${B}`],
  ])('ends Phones by a confirmed dialect, else as it came (%#)', (by, phones, expected) => {
    expect(checkStrings(by, limits, { pattern: '您好', phones }).content).toEqual({
      Pattern: '您好',
      DefaultDetail: '',
      Details: '',
      Phones: expected,
    });
  });

  it.each<[string, StringsInput, string[]]>([
    ['no phone', { pattern: '您好', phones: '' }, ['phones phones-empty']],
    ['a malformed phone', { pattern: '您好', phones: `${A};12;${B}` }, ['phones[1] phone-malformed']],
    ['a gap', { pattern: '您好', phones: `${A};;${B}` }, ['phones[1] phone-malformed']],
    ['another separator', { pattern: '您好', phones: `${A},${B}` }, ['phones[0] phone-malformed']],
    ['a blank pattern', { pattern: '\n', phones: A }, ['pattern pattern-empty']],
    ['more details than phones', { pattern: '{0}', phones: A, details: 'a;b' }, ['details details-surplus']],
    ['a long text', { pattern: '您好{0}', phones: `${A};${B}`, details: `a;${'x'.repeat(19)}` }, ['phones[1] text-too-long']],
    ['a long default', { pattern: '您好{0}', phones: A, defaultDetail: 'x'.repeat(19) }, ['phones[0] text-too-long']],
  ])('refuses %s', (_, input, expected) => {
    expect(places(input)).toEqual(expected);
  });

  it('names both places of any duplicate', () => {
    const { problems } = checkStrings(dialect, limits, { pattern: '{0}', phones: `${A};${B};86${B};${A}`, details: 'a;b;b;a' });
    expect(problems.map(({ place, code }) => `${place} ${code}`)).toEqual(['phones[2] phone-duplicate', 'phones[3] phone-duplicate']);
    expect(problems[0]?.detail).toContain('phones[1]');
    expect(problems[1]?.detail).toContain('phones[0]');
  });

  it('does not judge fields or a text of just the limit, nor a pattern in a syntax of its own', () => {
    expect(places({ pattern: '{0}{1}', phones: A, details: 'a' })).toEqual([]);
    expect(places({ pattern: '您好{0}', phones: A, details: 'x'.repeat(18) })).toEqual([]);
    expect(places({ pattern: '{name', phones: A, details: 'x'.repeat(50) })).toEqual([]);
  });

  it('takes everything but wrong phones while the dialect is unconfirmed', () => {
    expect(places({ pattern: '{0}', phones: A, details: 'a;b' }, unconfirmed)).toEqual([]);
    expect(places({ pattern: 'x'.repeat(50), phones: A }, unconfirmed)).toEqual([]);
    expect(places({ pattern: '您好', phones: '1' }, unconfirmed)).toEqual(['phones[0] phone-malformed']);
  });

  it('counts what it does not spell out', () => {
    const { problems, furtherProblems } = checkStrings(dialect, limits, { pattern: '您好', phones: '1;'.repeat(150) });
    expect([problems.length, furtherProblems]).toEqual([100, 50]);
  });
});
