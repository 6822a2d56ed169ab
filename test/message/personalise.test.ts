import { describe, expect, it } from 'vitest';
import { checkStructured, type StructuredInput } from '../../functions/shared/message/check-recipients.ts';
import { PERSONALISE } from '../../functions/shared/message/personalise.ts';
import { dialect, phone } from '../support/job-context.ts';

const unconfirmed = { ...dialect, confirmed: false };
const limits = { charactersPerMessage: 100 };
const of = (...details: (string[] | undefined)[]) => details.map((detail, index) => ({ phone: phone(index), detail }));

/** The finished text of each recipient, `null` where the provider fills in the fields, or what is wrong. */
function routes(by: typeof dialect, input: StructuredInput): (string | null)[] {
  const { recipients, problems } = checkStructured(by, limits, input);
  return problems.length > 0 ? problems.map(({ place, code }) => `${place} ${code}`) : recipients.map(({ text }) => text ?? null);
}

const pattern = '您好{0}，{1}';
const recipients = of(['a', 'b'], ['a,c', 'b'], ['1', '2;3']);

describe('personal texts', () => {
  it('go out finished where the dialect cannot carry their values', () => {
    expect(routes(dialect, { pattern, recipients })).toEqual([null, '您好a,c，b', '您好1，2;3']);
  });

  it('of a default that the dialect cannot carry go out finished, and the others by the provider', () => {
    expect(routes(dialect, { pattern, defaultDetail: ['x,y', 'z'], recipients: of(['a', 'b'], undefined) })).toEqual([null, '您好x,y，z']);
  });

  it.each([...PERSONALISE, undefined])('while the dialect is confirmed: %s', (personalise) => {
    const wanted = {
      auto: [null, '您好a,c，b', '您好1，2;3'],
      provider: ['recipients[1].detail[0] separator-in-value', 'recipients[2].detail[1] separator-in-value'],
      rendered: ['您好a，b', '您好a,c，b', '您好1，2;3'],
      refuse: ['recipients[1].detail[0] separator-in-value', 'recipients[2].detail[1] separator-in-value'],
    };
    expect(routes(dialect, { pattern, recipients, personalise })).toEqual(wanted[personalise ?? 'auto']);
  });

  it.each([...PERSONALISE, undefined])('while it is unconfirmed: %s', (personalise) => {
    const finished = ['您好a，b', '您好c，d'];
    const refused = ['pattern dialect-unconfirmed', 'pattern dialect-unconfirmed'];
    const wanted = { auto: finished, provider: [null, null], rendered: finished, refuse: refused };
    expect(routes(unconfirmed, { pattern, recipients: of(['a', 'b'], ['c', 'd']), personalise })).toEqual(wanted[personalise ?? 'auto']);
  });

  it('of a pattern without fields are one text for all, which the dialect does not matter for', () => {
    for (const personalise of PERSONALISE) {
      expect(routes(unconfirmed, { pattern: '您好;,', recipients: of(undefined, []), personalise })).toEqual([null, null]);
    }
  });
});

describe('a finished text that looks like a field, while the dialect is unconfirmed', () => {
  it.each<[string, StructuredInput, string]>([
    ['by a value', { pattern: '您好{0}', recipients: of(['{0}']) }, 'recipients[0].detail[0]'],
    ['by a value of a name', { pattern: '您好{n}', recipients: [{ phone: phone(0), detail: { n: '}' } }] }, 'recipients[0].detail.n'],
    ['by the default', { pattern: '您好{0}', defaultDetail: ['{x}'], recipients: of(undefined) }, 'defaultDetail[0]'],
    ['by the pattern', { pattern: '{{{0}', recipients: of(['a']) }, 'pattern'],
    ['by a pattern without fields', { pattern: '您好}}', recipients: of(undefined) }, 'pattern'],
  ])('is refused at its place: %s', (_name, input, place) => {
    const found = routes(unconfirmed, input);
    expect(new Set(found)).toEqual(new Set([`${place} looks-like-field`]));
    expect(routes(dialect, input)).not.toEqual(found);
  });
});
