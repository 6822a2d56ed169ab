import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern, renderPattern } from '../../functions/shared/message/pattern.ts';

describe('parsePattern', () => {
  it.each([
    ['您好', 0],
    ['', 0],
    ['{0}', 1],
    ['【签名】{0}您好，余额{1}元', 2],
    ['{1}{0}{1}', 2],
    ['{{0}}', 0],
    ['{{{0}}}', 1],
  ])('%j has %i fields', (pattern, fields) => {
    expect(parsePattern(pattern)).toMatchObject({ fields, problems: [] });
  });

  it.each([
    ['{', '0'],
    ['您好}', '2'],
    ['{0', '0'],
    ['{0}}', '3'],
    ['{name}', '0, 5'],
    ['{ 0 }', '0, 4'],
    ['{-1}', '0, 3'],
    ['{01}', '0, 3'],
    ['{0,5}', '0, 4'],
    ['{0:N}', '0, 4'],
    ['{}', '0, 1'],
    ['{０}', '0, 2'],
    ['}'.repeat(25), '24'],
    [`${'{ '.repeat(12)}`, '0, 2, 4, 6, 8, 10, 12, 14, 16, 18 and 2 more'],
  ])('names the stray braces of %j', (pattern, positions) => {
    const [problem, ...others] = parsePattern(pattern).problems;
    expect(problem).toMatchObject({ place: 'pattern', code: 'pattern-brace' });
    expect(problem?.detail).toContain(`at position ${positions}.`);
    expect(others).toEqual([]);
  });

  it.each([
    ['{1}', '{0}'],
    ['{0}{2}', '{1}'],
    ['{999}', '{0}'],
  ])('refuses the gap in %s', (pattern, gap) => {
    const { problems } = parsePattern(pattern);
    expect(problems).toMatchObject([{ place: 'pattern', code: 'pattern-gap' }]);
    expect(problems[0]?.detail).toContain(gap);
  });

  it('allows 100 placeholders', () => {
    expect(parsePattern('{0}'.repeat(100)).problems).toEqual([]);
    expect(parsePattern('{0}'.repeat(101)).problems).toMatchObject([{ code: 'pattern-fields' }]);
  });

  it('tells all that is wrong at once', () => {
    expect(parsePattern('{ {2}').problems.map((problem) => problem.code)).toEqual(['pattern-brace', 'pattern-gap']);
  });
});

describe('renderPattern', () => {
  it.each([
    ['【签名】{0}您好，余额{1}元', ['张三', '100'], '【签名】张三您好，余额100元'],
    ['{1}{0}{1}', ['a', 'b'], 'bab'],
    ['{{0}} {0} {{', ['a'], '{0} a {'],
    ['{{{0}}}', ['a'], '{a}'],
    ['{0}', ['{1} $& {{'], '{1} $& {{'],
    ['{0}', ['a', 'surplus'], 'a'],
    ['{0}|{1}', ['', ''], '|'],
  ])('%j with %j', (pattern, detail, text) => {
    expect(renderPattern(pattern, detail)).toBe(text);
  });

  it.each([
    ['{0}', []],
    ['{0}{1}', ['a']],
    ['{0', ['a']],
    ['{1}', ['a', 'b']],
  ])('refuses %j with %j', (pattern, detail) => {
    expect(() => renderPattern(pattern, detail)).toThrow(RangeError);
  });

  it('gives any text back once its braces are doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', '0', '您', '😀') }), (text) => {
        const pattern = text.replace(/[{}]/g, (brace) => brace + brace);
        expect(parsePattern(pattern)).toMatchObject({ fields: 0, problems: [] });
        expect(renderPattern(pattern, [])).toBe(text);
      }),
    );
  });

  it('either finds a problem in a pattern or renders it with as many fields as it says, and with no fewer', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', '{0}', '{1}', '{2}', '0', 'x') }), (pattern) => {
        const { fields, problems } = parsePattern(pattern);
        const render = (count: number) => renderPattern(pattern, Array<string>(count).fill('v'));
        if (problems.length > 0) {
          expect(() => render(9)).toThrow(RangeError);
          return;
        }
        expect(render(fields).split('v').length).toBeGreaterThan(fields);
        if (fields > 0) expect(() => render(fields - 1)).toThrow(RangeError);
      }),
    );
  });
});
