import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMobilePhone, maskPhone, normalisePhone } from '../../functions/shared/message/phone.ts';

const mobile = fc.stringMatching(/^1[3-9][0-9]{9}$/);

describe('normalisePhone', () => {
  it.each([
    ['13800138000'],
    ['+8613800138000'],
    ['008613800138000'],
    ['8613800138000'],
    ['+86 138-0013-8000'],
    [' 138 0013 8000\t'],
    ['138\u00a00013\u30008000'],
    ['138\u20130013\uff0d8000'],
    ['\uff0b\uff18\uff16\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10'],
    ['\u202d13800138000\u202c'],
  ])('reads %j', (written) => {
    expect(normalisePhone(written)).toBe('13800138000');
  });

  it.each([
    [''],
    ['1380013800'],
    ['138001380000'],
    ['12800138000'],
    ['03800138000'],
    ['+8513800138000'],
    ['868613800138000'],
    ['+008613800138000'],
    ['86+13800138000'],
    ['1380013800a'],
    ['138.0013.8000'],
    ['13800138000;13900139000'],
    ['①3800138000'],
    ['٠٣٨٠٠١٣٨٠٠٠'],
    [`13800138000${' '.repeat(100)}`],
  ])('does not take %j', (written) => {
    expect(normalisePhone(written)).toBeNull();
  });

  it('reads every mobile number with any prefix and blanks or hyphens between its digits', () => {
    const separators = fc.array(fc.constantFrom('', ' ', '-'), { minLength: 11, maxLength: 11 });
    fc.assert(
      fc.property(mobile, fc.constantFrom('', '+86', '0086', '86'), separators, (phone, prefix, between) => {
        expect(normalisePhone(prefix + [...phone].map((digit, index) => between[index] + digit).join(''))).toBe(phone);
      }),
    );
  });

  it('gives a mobile number or null for any text, and leaves its own results alone', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mobile), (text) => {
        const phone = normalisePhone(text);
        expect(phone === null ? isMobilePhone(text) : !isMobilePhone(phone)).toBe(false);
        if (phone !== null) expect(normalisePhone(phone)).toBe(phone);
      }),
    );
  });
});

describe('isMobilePhone', () => {
  it.each([
    ['13800138000', true],
    ['19900000000', true],
    ['+8613800138000', false],
    ['13800138000\n', false],
    ['12345678901', false],
  ])('%j: %s', (text, expected) => {
    expect(isMobilePhone(text)).toBe(expected);
  });
});

describe('maskPhone', () => {
  it.each([
    ['13800138000', '138****8000'],
    ['+86 138-0013-8000', '138****8000'],
    ['', '****'],
    ['1380013800', '****'],
    ['13800138000;13900139000', '****'],
  ])('%j becomes %s', (phone, masked) => {
    expect(maskPhone(phone)).toBe(masked);
  });

  it('never shows more than seven digits', () => {
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(/^[0-9+;, -]{0,30}$/), mobile), (text) => {
        expect(maskPhone(text).replace(/\D/g, '').length).toBeLessThanOrEqual(7);
      }),
    );
  });
});
