import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkStrings, checkStructured } from '../../functions/shared/message/check-recipients.ts';
import { decodeContent, encodeContent } from '../../functions/shared/message/encoded-content.ts';
import { parsePattern, renderPattern } from '../../functions/shared/message/pattern.ts';
import type { Dialect } from '../../functions/shared/settings.ts';

const limits = { charactersPerMessage: 40 };
const dialects = fc.record<Dialect>({
  confirmed: fc.constant(true),
  recipientSeparator: fc.constantFrom(';', '|'),
  fieldSeparator: fc.constantFrom(',', '\t'),
  trailingSeparator: fc.boolean(),
});

const patterns = fc.constantFrom('您好', '您好{0}', '{0}', '{1}{0}', '{0}{1}{2}{0}', '{{{0}}}', '{0', '{1}');
/** Now and then a separator, or too long, so that about half of the requests are refused. */
const values = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: fc.constantFrom('张', '{', '}', '0', ' ', '😀'), maxLength: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(';', 'a,b', '|', '\t', 'x'.repeat(41)) },
);
const details = (fields: number) =>
  fc.oneof(
    { weight: 30, arbitrary: fc.array(values, { minLength: fields, maxLength: fields }) },
    { weight: 1, arbitrary: fc.array(values, { maxLength: 4 }) },
  );
/** Few enough to come twice, in several ways of writing. */
const phones = fc
  .tuple(fc.constantFrom('', '+86', '86 '), fc.integer({ min: 13800138000, max: 13800138030 }))
  .map(([prefix, phone]) => prefix + phone);

const requests = patterns.chain((pattern) => {
  const detail = details(parsePattern(pattern).fields);
  const recipient = fc.oneof(phones, fc.record({ phone: phones, detail }, { requiredKeys: ['phone'] }));
  return fc.record(
    { pattern: fc.constant(pattern), defaultDetail: detail, recipients: fc.array(recipient, { maxLength: 6 }) },
    { requiredKeys: ['pattern', 'recipients'] },
  );
});

describe('an accepted request', () => {
  it('comes through the content unharmed, and can be rendered within the limit', () => {
    let accepted = 0;
    fc.assert(
      fc.property(dialects, requests, (dialect, input) => {
        const { problems, recipients: routed, removed } = checkStructured(dialect, limits, { ...input, personalise: 'provider' });
        if (problems.length > 0) return;
        const recipients = routed.map(({ recipient }) => recipient);
        accepted += 1;
        const defaultDetail = input.defaultDetail ?? [];
        const content = encodeContent(dialect, { pattern: input.pattern, defaultDetail, recipients });
        expect(decodeContent(dialect, content)).toEqual({ defaultDetail, recipients, problems: [] });
        expect(recipients.length + removed.length).toBe(input.recipients.length);
        expect(new Set(recipients.map(({ phone }) => phone)).size).toBe(recipients.length);
        for (const { detail } of recipients) {
          const text = renderPattern(input.pattern, detail ?? defaultDetail);
          expect(text.trim()).not.toBe('');
          expect(text.length).toBeLessThanOrEqual(limits.charactersPerMessage);
        }
        const strings = {
          pattern: content.Pattern,
          phones: content.Phones,
          defaultDetail: content.DefaultDetail,
          details: content.Details,
        };
        expect(checkStrings(dialect, limits, strings)).toMatchObject({ problems: [], content });
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });

  it('of 10,000 recipients is checked in a moment', () => {
    const dialect: Dialect = { confirmed: true, recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: false };
    const recipients = Array.from({ length: 10_000 }, (_, index) => ({
      phone: `+86 138${String(index).padStart(8, '0')}`,
      detail: ['张三', '100'],
    }));
    const started = performance.now();
    const { problems, recipients: kept } = checkStructured(
      dialect,
      { charactersPerMessage: 500 },
      { pattern: '【签名】{0}您好，余额{1}元', recipients },
    );
    const took = performance.now() - started;
    expect(problems).toEqual([]);
    expect(kept.length).toBe(10_000);
    expect(took).toBeLessThan(1000);
  });
});
