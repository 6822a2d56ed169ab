import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSegments } from '../../functions/shared/message/segments.ts';
import { signatureWarnings } from '../../functions/shared/message/signature.ts';

describe('countSegments', () => {
  it.each([
    [0, 0],
    [1, 1],
    [70, 1],
    [71, 2],
    [134, 2],
    [135, 3],
    [201, 3],
    [202, 4],
    [500, 8],
  ])('%i characters are %i segments', (length, segments) => {
    expect(countSegments('您'.repeat(length))).toBe(segments);
  });

  it('counts the signature, ASCII like everything else, and an emoji as two', () => {
    expect(countSegments(`【签名】${'a'.repeat(66)}`)).toBe(1);
    expect(countSegments(`【签名】${'a'.repeat(67)}`)).toBe(2);
    expect(countSegments('😀'.repeat(35))).toBe(1);
    expect(countSegments('😀'.repeat(36))).toBe(2);
  });

  it('is the least number of segments with room for the text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 71, max: 5000 }), (length) => {
        const segments = countSegments('x'.repeat(length));
        expect(segments * 67).toBeGreaterThanOrEqual(length);
        expect((segments - 1) * 67).toBeLessThan(length);
      }),
    );
  });
});

describe('signatureWarnings', () => {
  it.each([
    ['【签名】您好', []],
    ['您好【十二个字的签名啊啊啊啊】', []],
    ['您好', ['signature-missing']],
    ['【签名您好', ['signature-missing']],
    ['[签名]您好', ['signature-missing']],
    ['【一】您好', ['signature-length']],
    ['【】您好', ['signature-length']],
    ['【一二三四五六七八九十一二三】您好', ['signature-length']],
    ['【签名】您好【签名】', ['signature-repeated']],
  ])('%s: %j', (text, codes) => {
    expect(signatureWarnings(text, 'pattern').map((warning) => warning.code)).toEqual(codes);
  });

  it('stands at the place it was given', () => {
    expect(signatureWarnings('您好', 'recipients[2]')[0]?.place).toBe('recipients[2]');
  });
});
