import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CustomSendCall, PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { QUERY_BYTES_LIMIT, requestBytes } from '../../functions/shared/customsend/write-request.ts';
import type { Payload } from '../../functions/shared/message/message.ts';
import { phonesOf } from '../../functions/shared/message/message.ts';
import { writeCall } from '../../functions/shared/message/write-call.ts';
import { splitAudience } from '../../functions/shared/send-request/batcher.ts';
import { type BatchingRules, type Shared, TooLargeError } from '../../functions/shared/send-request/batching.ts';
import { dialect, phone, phones } from '../support/job-context.ts';

const batching: BatchingRules = { dialect, protocol: 'http-post', phonesPerCall: 500, requestBytes: 4_096 };
const structured: Shared = {
  message: { form: 'structured', pattern: '【签名】{0}<&', defaultDetail: ['客户'] },
  smsType: 1,
  postFixNumber: '9',
};
const strings: Shared = {
  ...structured,
  message: { form: 'strings', pattern: '【签名】{0}', defaultDetail: 'x', trailingSeparator: true },
};
const SEND_TIME = '2026-12-01 09:00:00';

/** A token as long as there is room kept for it, encoded: 64 bytes in a query string, 256 elsewhere. */
const tokenOf = ({ protocol }: BatchingRules): string => 't'.repeat(protocol === 'http-get' ? 64 : 256);
const limitOf = (rules: BatchingRules): number =>
  rules.protocol === 'http-get' ? Math.min(QUERY_BYTES_LIMIT, rules.requestBytes) : rules.requestBytes;

/** The bytes that the real request of a batch has. */
function bytesOf(rules: BatchingRules, shared: Shared, payload: Payload): number {
  const call: CustomSendCall = { ...writeCall(rules.dialect, shared, payload, tokenOf(rules)), SendTime: SEND_TIME };
  return requestBytes(rules.protocol, call);
}

/** Batches of recipients whose fields the provider fills in, or of strings. */
function splitIntoBatches(rules: BatchingRules, shared: Shared, payload: Payload): Payload[] {
  if (payload.form === 'strings') return splitAudience(rules, shared, payload);
  return splitAudience(rules, shared, { form: 'structured', recipients: payload.recipients.map((recipient) => ({ recipient })) });
}

const sizes = (batches: readonly Payload[]) => batches.map((batch) => phonesOf(batch).length);
const listOf = (details: readonly (readonly string[] | null)[]): Payload => ({
  form: 'structured',
  recipients: details.map((detail, index) => ({ phone: phone(index), detail })),
});

describe('where one batch ends and the next begins', () => {
  test('by phones', () => {
    const payload = listOf(Array(7).fill(null));
    expect(sizes(splitIntoBatches({ ...batching, phonesPerCall: 3 }, structured, payload))).toEqual([3, 3, 1]);
    expect(sizes(splitIntoBatches({ ...batching, phonesPerCall: 7 }, structured, payload))).toEqual([7]);
  });

  test('by the size of what is stored', () => {
    const payload = listOf(Array(10).fill(['李'.repeat(20_000)]));
    const batches = splitIntoBatches({ ...batching, requestBytes: 40_000_000 }, structured, payload);
    expect(sizes(batches)).toEqual([4, 4, 2]);
    for (const batch of batches) expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThan(300_000);
  });

  const detail = fc.option(fc.array(fc.string({ unit: fc.constantFrom('1', '张', '<', '&', '😀', '%', ' ', '\n') }), { maxLength: 3 }), {
    nil: null,
  });

  test.each(PROTOCOLS)('%s: no recipient is lost, every request fits, and no batch could take the next recipient', (protocol) => {
    const limits = fc.record({ requestBytes: fc.integer({ min: 1_200, max: 3_000 }), phonesPerCall: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(detail, { minLength: 1, maxLength: 150 }), limits, fc.boolean(), (details, limit, trailingSeparator) => {
        const rules = { ...batching, ...limit, protocol, dialect: { ...dialect, trailingSeparator } };
        const payload = listOf(details);
        const batches = splitIntoBatches(rules, structured, payload) as (Payload & { form: 'structured' })[];
        expect(batches.flatMap(({ recipients }) => recipients)).toEqual((payload as (typeof batches)[0]).recipients);
        // Room is kept for two separators with each recipient, also where Details stays empty or nothing ends with one.
        const separators = (count: number) => 6 * count;
        for (const [index, batch] of batches.entries()) {
          expect(bytesOf(rules, structured, batch)).toBeLessThanOrEqual(limitOf(rules));
          const next = batches[index + 1]?.recipients[0];
          if (!next || batch.recipients.length === rules.phonesPerCall) continue;
          const larger: Payload = { form: 'structured', recipients: [...batch.recipients, next] };
          expect(bytesOf(rules, structured, larger) + separators(larger.recipients.length)).toBeGreaterThan(limitOf(rules));
        }
        expect(Math.max(...sizes(batches))).toBeLessThanOrEqual(rules.phonesPerCall);
      }),
      { numRuns: 60 },
    );
  });

  test.each(PROTOCOLS)('%s: the last byte of a request is used and not one more', (protocol) => {
    const payload = listOf(Array(20).fill(['张三']));
    const needed = bytesOf({ ...batching, protocol }, structured, payload);
    expect(sizes(splitIntoBatches({ ...batching, protocol, requestBytes: needed }, structured, payload))).toEqual([20]);
    expect(sizes(splitIntoBatches({ ...batching, protocol, requestBytes: needed - 1 }, structured, payload))).toEqual([19, 1]);
  });

  test('the same rules give the same batches', () => {
    const payload = listOf(Array(200).fill(['张三']));
    expect(splitIntoBatches(batching, structured, payload)).toEqual(
      splitIntoBatches(structuredClone(batching), structured, structuredClone(payload)),
    );
  });
});

describe('what fits into no call', () => {
  test.each([
    [0, [['李'.repeat(2_000)], ['a']]],
    [2, [['a'], null, ['李'.repeat(2_000)]]],
  ])('is named by its index %s', (index, details) => {
    expect(() => splitIntoBatches(batching, structured, listOf(details))).toThrow(new TooLargeError(index));
  });

  test('also when it could be sent but not stored', () => {
    const payload: Payload = { form: 'strings', phones: phones(2), details: `a;${'b'.repeat(250_000)}` };
    expect(() => splitIntoBatches({ ...batching, requestBytes: 1_000_000 }, strings, payload)).toThrow(new TooLargeError(1));
    const unconfirmed = { ...dialect, confirmed: false };
    expect(() => splitIntoBatches({ ...batching, requestBytes: 1_000_000, dialect: unconfirmed }, strings, payload)).toThrow(
      new TooLargeError(0),
    );
  });
});

describe('batches that are filled side by side', () => {
  const many = { ...batching, phonesPerCall: 2 };
  const routed = (index: number, detail: string | null, text?: string) => ({
    recipient: { phone: phone(index), detail: detail === null ? null : [detail] },
    text,
  });

  test('recipients of the very same finished text share calls, without Details', () => {
    const recipients = ['b', 'a', 'b', 'a', 'b'].map((text, index) => routed(index, text, text));
    const batches = splitAudience(many, structured, { form: 'structured', recipients });
    const shown = batches.map((batch) => [batch.form === 'rendered' && batch.text, phonesOf(batch)]);
    expect(shown).toEqual([
      ['b', [phone(0), phone(2)]],
      ['a', [phone(1), phone(3)]],
      ['b', [phone(4)]],
    ]);
    expect(batches.map((batch) => writeCall(dialect, structured, batch, 't'))).toMatchObject([
      { Pattern: 'b', DefaultDetail: '', Details: '', Phones: `${phone(0)};${phone(2)};` },
      { Pattern: 'a' },
      { Pattern: 'b' },
    ]);
  });

  test('what the provider fills in and what is finished here are not mixed', () => {
    const recipients = [routed(0, 'x'), routed(1, 'y,z', 'y,z'), routed(2, 'w')];
    const batches = splitAudience(many, structured, { form: 'structured', recipients });
    expect(batches.map((batch) => [batch.form, phonesOf(batch)])).toEqual([
      ['structured', [phone(0), phone(2)]],
      ['rendered', [phone(1)]],
    ]);
  });

  test.each(PROTOCOLS)('%s: markup goes out over SOAP, in calls of its own, and the rest as ever', (protocol) => {
    const recipients = [routed(0, '<b>'), routed(1, 'x'), routed(2, '&#65;'), routed(3, 'y', '<i>'), routed(4, 'z')];
    const batches = splitAudience({ ...many, protocol }, structured, { form: 'structured', recipients });
    const form = protocol.startsWith('http');
    expect(batches.map((batch) => [batch.protocol, phonesOf(batch)])).toEqual(
      form
        ? [
            ['soap11', [phone(0), phone(2)]],
            [undefined, [phone(1), phone(4)]],
            ['soap11', [phone(3)]],
          ]
        : [
            [undefined, [phone(0), phone(1)]],
            [undefined, [phone(2), phone(4)]],
            [undefined, [phone(3)]],
          ],
    );
  });

  test('a finished text is written so that braces stay braces', () => {
    const [batch] = splitAudience(many, structured, { form: 'structured', recipients: [routed(0, 'x', 'a{0}}')] });
    expect(writeCall(dialect, structured, batch as Payload, 't').Pattern).toBe('a{{0}}}}');
  });

  test('however many texts there are, every recipient is in one batch, and every request fits', () => {
    const texts = fc.array(fc.constantFrom('', '短', '长'.repeat(40), '<b>', 'a,b'), { maxLength: 80 });
    fc.assert(
      fc.property(texts, fc.constantFrom(...PROTOCOLS), (all, protocol) => {
        const rules = { ...batching, protocol, requestBytes: 1_500, phonesPerCall: 7 };
        const recipients = all.map((text, index) => routed(index, 'x', text === '' ? undefined : text));
        const batches = splitAudience(rules, structured, { form: 'structured', recipients });
        expect(batches.flatMap(phonesOf).toSorted()).toEqual(phones(all.length));
        for (const batch of batches) {
          expect(bytesOf({ ...rules, protocol: batch.protocol ?? protocol }, structured, batch)).toBeLessThanOrEqual(limitOf(rules));
          expect(phonesOf(batch).length).toBeLessThanOrEqual(7);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('strings', () => {
  const payload: Payload = { form: 'strings', phones: phones(3), details: 'a;;c' };

  test('are divided with their details where the dialect is confirmed', () => {
    expect(splitIntoBatches({ ...batching, phonesPerCall: 2 }, strings, payload)).toEqual([
      { form: 'strings', phones: phones(2), details: 'a;;' },
      { form: 'strings', phones: phones(3).slice(2), details: 'c;' },
    ]);
  });

  test('that fit into one call stay as they are', () => {
    expect(splitIntoBatches(batching, strings, payload)).toEqual([payload]);
  });

  const unconfirmed = { ...batching, dialect: { ...dialect, confirmed: false } };

  test('with details of an unconfirmed dialect stay in one piece, or do not fit', () => {
    expect(splitIntoBatches({ ...unconfirmed, phonesPerCall: 3 }, strings, payload)).toEqual([payload]);
    expect(() => splitIntoBatches({ ...unconfirmed, phonesPerCall: 2 }, strings, payload)).toThrow(TooLargeError);
  });

  test.each(PROTOCOLS)('in one piece use the last byte too, and not one more: %s', (protocol) => {
    const rules = { ...unconfirmed, protocol };
    const needed = bytesOf(rules, strings, payload);
    expect(splitIntoBatches({ ...rules, requestBytes: needed }, strings, payload)).toEqual([payload]);
    expect(() => splitIntoBatches({ ...rules, requestBytes: needed - 1 }, strings, payload)).toThrow(TooLargeError);
  });

  test('without details are divided even so', () => {
    const plain: Payload = { form: 'strings', phones: phones(3), details: '' };
    expect(sizes(splitIntoBatches({ ...unconfirmed, phonesPerCall: 2 }, strings, plain))).toEqual([2, 1]);
  });
});
