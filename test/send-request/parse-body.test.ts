import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashOf } from '../../functions/shared/send-request/body-hash.ts';
import { durationMilliseconds } from '../../functions/shared/send-request/duration.ts';
import { parseBody } from '../../functions/shared/send-request/parse-body.ts';
import { parseRequest } from '../../functions/shared/send-request/prepare-request.ts';
import { MOST_RECIPIENTS } from '../../functions/shared/send-request/request-schema.ts';
import { phone, phones, rules } from '../support/job-context.ts';

const structured = { pattern: '【签名】您好', recipients: ['13800138000'] };
const strings = { pattern: '【签名】您好', phones: '13800138000;' };

/** Places and codes of what is wrong with a body. */
function wrong(body: unknown): [place: string, code: string][] {
  return parseBody(body).errors.problems.map(({ place, code }) => [place, code]);
}

describe('the two forms of a body', () => {
  test('each has its defaults', () => {
    const errors = { problems: [], furtherProblems: 0 };
    expect(parseBody(structured)).toEqual({
      body: { ...structured, smsType: 1, postFixNumber: '', personalise: 'auto', allowEmpty: false },
      errors,
    });
    const inStrings = { ...strings, smsType: 1, postFixNumber: '', defaultDetail: '', details: '' };
    expect(parseBody(strings)).toEqual({ body: inStrings, errors });
  });

  test('they exclude each other', () => {
    expect(wrong({ ...structured, ...strings })).toEqual([['phones', 'forms-mixed']]);
  });

  test.each<[place: string, code: string, body: unknown]>([
    ['body', 'invalid-type', null],
    ['body', 'invalid-type', 'text'],
    ['body', 'invalid-type', []],
    ['recipients', 'missing', { pattern: 'x' }],
    ['pattern', 'missing', { recipients: [] }],
    ['pattern', 'too-long', { ...structured, pattern: 'x'.repeat(10_001) }],
    ['recipients[1]', 'invalid-type', { ...structured, recipients: ['13800138000', 13_900_139_000] }],
    ['recipients[0].phone', 'missing', { ...structured, recipients: [{ detail: [] }] }],
    ['recipients[0].phone', 'invalid-type', { ...structured, recipients: [{ phone: 13_800_138_000 }] }],
    ['recipients[0].detail[1]', 'invalid-type', { ...structured, recipients: [{ phone: '13800138000', detail: ['a', 1] }] }],
    ['recipients[0].name', 'unknown-field', { ...structured, recipients: [{ phone: '13800138000', name: 'x' }] }],
    ['recipients[0].detail', 'invalid-type', { ...structured, recipients: [{ phone: '13800138000', detail: 'a,b' }] }],
    ['defaultDetail', 'invalid-type', { ...structured, defaultDetail: 'a,b' }],
    ['details', 'unknown-field', { ...structured, details: 'a' }],
    ['defaultDetail', 'invalid-type', { ...strings, defaultDetail: ['a'] }],
    ['phones', 'invalid-type', { ...strings, phones: ['13800138000'] }],
    ['smsType', 'invalid-type', { ...structured, smsType: '1' }],
    ['smsType', 'out-of-range', { ...structured, smsType: 2 ** 31 }],
    ['postFixNumber', 'invalid-format', { ...strings, postFixNumber: '10' }],
    ['validFor', 'invalid-value', { ...strings, validFor: 'PT0S' }],
  ])('%s: %s', (place, code, body) => {
    expect(wrong(body)).toEqual([[place, code]]);
  });

  test('every wrong place is named at once, at most a hundred', () => {
    const recipients = Array.from({ length: 150 }, () => ({ name: 'x' }));
    const parsed = parseBody({ recipients, validFor: 'soon' });
    expect(parsed.errors).toMatchObject({ problems: { length: 100 }, furtherProblems: 202 });
  });

  test('a name that no object can have is named, too', () => {
    const body = JSON.parse(
      `{"pattern":"{a}","recipients":[{"phone":"${phone(0)}","detail":{"__proto__":"x","a":"b"}}],"defaultDetail":{"__proto__":"x"}}`,
    );
    expect(wrong(body)).toEqual([
      ['defaultDetail.__proto__', 'unknown-field'],
      ['recipients[0].detail.__proto__', 'unknown-field'],
    ]);
  });

  test('a wrong field beside the message does not hide what is wrong with the message', () => {
    const body = { pattern: '{0}', recipients: ['1380', phone(1)], smsType: 'x', other: 1 };
    const places = ['smsType', 'other', 'recipients[0].phone', 'recipients[0].detail', 'recipients[1].detail'];
    expect(() => parseRequest(rules, body)).toThrow(
      expect.objectContaining({ document: expect.objectContaining({ errors: places.map((place) => expect.objectContaining({ place })) }) }),
    );
  });

  test('more recipients than one request takes are refused before they are looked at', () => {
    expect(() => parseRequest(rules, { pattern: 1, recipients: Array(MOST_RECIPIENTS + 1) })).toThrow(/^too-many-recipients: .* 10001\.$/);
    expect(parseRequest(rules, { pattern: 'x', recipients: phones(MOST_RECIPIENTS) })).toHaveProperty('recipients.length', MOST_RECIPIENTS);
  });
});

describe('the hash of a body', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, inner]) => [name, reversed(inner)]),
    );
  };

  test('does not depend on the order of fields or white space', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (body, spaces) => {
        expect(hashOf(JSON.parse(JSON.stringify(reversed(body), null, spaces)))).toBe(hashOf(body));
      }),
    );
  });

  test.each([
    [{ recipients: ['1', '2'] }, { recipients: ['2', '1'] }],
    [{ smsType: 1 }, { smsType: '1' }],
    [{ detail: null }, {}],
    [{ detail: ['a,b'] }, { detail: ['a', 'b'] }],
    [{ pattern: 'é' }, { pattern: 'e\u0301' }],
  ])('differs between %j and %j', (one, other) => {
    expect(hashOf(one)).not.toBe(hashOf(other));
  });
});

test.each([
  ['PT30M', 30 * 60_000],
  ['PT1S', 1_000],
  ['P1DT1H1M1S', 90_061_000],
  ['P7D', 7 * 24 * 3_600_000],
  ['PT168H', 7 * 24 * 3_600_000],
  ['P7DT1S', undefined],
  ['PT0S', undefined],
  ['P', undefined],
  ['PT', undefined],
  ['P1DT', undefined],
  ['P1W', undefined],
  ['PT1.5H', undefined],
  ['-PT1H', undefined],
  ['pt1h', undefined],
  ['1H', undefined],
])('the duration %s is %s milliseconds', (text, milliseconds) => {
  expect(durationMilliseconds(text)).toBe(milliseconds);
});
