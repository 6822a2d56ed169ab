import { describe, expect, test } from 'vitest';
import type { Protocol } from '../../functions/shared/customsend/call.ts';
import { phonesOf } from '../../functions/shared/message/message.ts';
import { checkRequest, type SendRules } from '../../functions/shared/send-request/check-request.ts';
import { newSnapshot, parseRequest, prepareRequest } from '../../functions/shared/send-request/prepare-request.ts';
import { rules as base, dialect, limits, phone, phones } from '../support/job-context.ts';

const rulesOf = (protocol: Protocol, other: Partial<SendRules> = {}): SendRules => ({ ...base, protocol, ...other });

/** Places and codes of what is wrong with a body that has the right shape. */
function wrong(rules: SendRules, body: object): [place: string, code: string][] {
  const { problems, furtherProblems } = checkRequest(rules, parseRequest(rules, body));
  expect(furtherProblems).toBe(0);
  return problems.map(({ place, code }) => [place, code]);
}

const pattern = '【签名】{0}您好';
const of = (...details: string[]) => details.map((detail, index) => ({ phone: phone(index), detail: [detail] }));

/** Binding and phones of the calls that a body becomes. */
function callsOf(rules: SendRules, body: object) {
  const { batches } = prepareRequest(rules, newSnapshot(rules, 0), parseRequest(rules, body), 0);
  return batches.map((batch) => [batch.protocol ?? rules.protocol, phonesOf(batch)]);
}

describe('what no message may hold is refused at its place, on every binding', () => {
  test.each<[Protocol, object, [place: string, code: string][]]>([
    ['soap12', { pattern: '【签名】\u0001', recipients: phones(1) }, [['pattern', 'control-character']]],
    ['http-post', { pattern: '【签名】\u0085', recipients: phones(1) }, [['pattern', 'control-character']]],
    ['http-post', { pattern: '【签名】\r', recipients: phones(1) }, [['pattern', 'control-character']]],
    ['http-post', { pattern: '【签名】\ud83d', recipients: phones(1) }, [['pattern', 'lone-surrogate']]],
    ['http-post', { pattern: '【签名】\ufffd', recipients: phones(1) }, [['pattern', 'replacement-character']]],
    ['http-post', { pattern: '【签名】\uffff', recipients: phones(1) }, [['pattern', 'forbidden-character']]],
    ['http-post', { pattern: '【签名】\t\n', recipients: phones(1) }, []],
    ['soap11', { pattern, recipients: of('张三', '\u0000') }, [['recipients[1].detail[0]', 'control-character']]],
    ['http-post', { pattern, defaultDetail: ['\u0007'], recipients: phones(2) }, [['defaultDetail[0]', 'control-character']]],
    [
      'http-post',
      { pattern: '【签名】{姓名}', recipients: [{ phone: phone(0), detail: { 姓名: '\ufffd' } }] },
      [['recipients[0].detail.姓名', 'replacement-character']],
    ],
    [
      'soap11',
      { pattern: '\u0001', phones: phone(0), defaultDetail: '\ufffd', details: '\u0002' },
      [
        ['pattern', 'control-character'],
        ['defaultDetail', 'replacement-character'],
        ['details', 'control-character'],
      ],
    ],
  ])('%s %j', (protocol, body, problems) => {
    expect(wrong(rulesOf(protocol), body)).toEqual(problems);
  });

  test('at most a hundred are spelt out', () => {
    const body = parseRequest(rulesOf('http-post'), { pattern, recipients: of(...Array<string>(150).fill('\u0001')) });
    expect(checkRequest(rulesOf('http-post'), body)).toMatchObject({ problems: { length: 100 }, furtherProblems: 50 });
  });

  test('CR LF becomes LF, in both forms', () => {
    const { message, audience } = checkRequest(base, parseRequest(base, { pattern: 'a\r\n{0}', recipients: of('b\r\nc') }));
    expect([message.pattern, audience]).toMatchObject(['a\n{0}', { recipients: [{ recipient: { detail: ['b\nc'] } }] }]);
    const strings = checkRequest(
      base,
      parseRequest(base, { pattern: 'a\r\nb', phones: phone(0), details: 'c\r\nd', defaultDetail: '\r\n' }),
    );
    expect(strings).toMatchObject({ message: { pattern: 'a\nb', defaultDetail: '\n' }, audience: { details: 'c\nd' }, problems: [] });
  });
});

describe('markup goes out over SOAP where the form bindings refuse it', () => {
  test.each<[Protocol, object, [protocol: string, phones: string[]][]]>([
    ['http-post', { pattern: '【签名】<b>', recipients: phones(1) }, [['soap11', phones(1)]]],
    ['http-get', { pattern: '【签名】&#65;', recipients: phones(1) }, [['soap11', phones(1)]]],
    ['soap12', { pattern: '【签名】<b>&#65;', recipients: phones(1) }, [['soap12', phones(1)]]],
    ['http-post', { pattern, defaultDetail: ['<b>'], recipients: phones(2) }, [['soap11', phones(2)]]],
    [
      'http-post',
      { pattern, recipients: of('张三', '<b>', '< b') },
      [
        ['http-post', [phone(0), phone(2)]],
        ['soap11', [phone(1)]],
      ],
    ],
    ['http-post', { pattern: 'x', phones: phone(0), details: '<b>' }, [['soap11', phones(1)]]],
    ['http-post', { pattern: 'x', phones: phone(0), defaultDetail: '&#1;' }, [['soap11', phones(1)]]],
  ])('%s %j', (protocol, body, calls) => {
    expect(callsOf(rulesOf(protocol), body)).toEqual(calls);
  });

  test('also markup that only the separators of the dialect make', () => {
    const odd = { ...dialect, fieldSeparator: '#' };
    const body = { pattern: '【签名】{0}{1}', recipients: [{ phone: phone(0), detail: ['&', '1'] }] };
    expect(callsOf(rulesOf('http-post', { dialect: odd }), body)).toEqual([['soap11', phones(1)]]);
  });
});

describe('the calls of a message', () => {
  test('a long list is no problem of HTTP GET: it is divided into batches', () => {
    const parsed = parseRequest(rulesOf('http-post'), { pattern: '【签名】您好', recipients: phones(1_000) });
    const rules = rulesOf('http-get', { limits: { ...limits, phonesPerCall: 500 } });
    expect(checkRequest(rules, parsed).problems).toEqual([]);
    expect(prepareRequest(rules, newSnapshot(rules, 0), parsed, 0).batches.length).toBeGreaterThan(5);
  });
});

describe('the message as its job keeps it', () => {
  test('of the structured form: phones normalised, duplicates removed and reported', () => {
    const parsed = parseRequest(rulesOf('http-post'), {
      pattern,
      defaultDetail: ['客户'],
      recipients: ['+86 138-0013-8000', { phone: phone(1), detail: ['张三'] }, phone(0)],
    });
    expect(checkRequest(rulesOf('http-post'), parsed)).toEqual({
      message: { form: 'structured', pattern, defaultDetail: ['客户'] },
      audience: {
        form: 'structured',
        recipients: [{ recipient: { phone: phone(0), detail: null } }, { recipient: { phone: phone(1), detail: ['张三'] } }],
      },
      removed: [{ place: 'recipients[2]', phone: phone(0), firstPlace: 'recipients[0]' }],
      problems: [],
      furtherProblems: 0,
    });
  });

  test.each([
    [true, `${phone(0)};${phone(1)}`, true],
    [false, `${phone(0)};${phone(1)}`, false],
    [false, `${phone(0)};${phone(1)};`, true],
  ])('of the strings form, the dialect being confirmed: %s; phones %s', (confirmed, written, trailingSeparator) => {
    const parsed = parseRequest(rulesOf('http-post'), { pattern, phones: written, details: 'a;b', defaultDetail: 'c' });
    expect(checkRequest(rulesOf('http-post', { dialect: { ...dialect, confirmed } }), parsed)).toMatchObject({
      message: { form: 'strings', pattern, defaultDetail: 'c', trailingSeparator },
      audience: { form: 'strings', phones: phones(2), details: 'a;b' },
      problems: [],
    });
  });
});

test('a recipient that fits into no call is named at its own place, behind removed ones too', () => {
  const rules = rulesOf('http-post', { limits: { ...limits, requestBytes: 1_000 } });
  const parsed = parseRequest(rulesOf('http-post'), {
    pattern,
    recipients: [...of('张三'), ...of('张三'), { phone: phone(1), detail: ['李'.repeat(200)] }],
  });
  const checked = checkRequest(rules, parsed);
  expect(checked).toMatchObject({ problems: [], removed: { length: 1 } });
  expect(() => prepareRequest(rules, newSnapshot(rules, 0), parsed, 0)).toThrow(/^invalid-request: recipients\[2\]: /);
});
