import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderedDetail } from '../../functions/shared/message/detail.ts';
import { phonesOf } from '../../functions/shared/message/message.ts';
import { Duplicates } from '../../functions/shared/recipient-file/duplicates.ts';
import type { Line } from '../../functions/shared/recipient-file/file-line.ts';
import { readLines } from '../../functions/shared/recipient-file/read-lines.ts';
import { csvRow } from '../../functions/uploads/csv-row.ts';
import { phone, phones, rules } from '../support/job-context.ts';
import { Uploads } from './fixture.ts';

const uploads = new Uploads();

describe('bad lines', () => {
  const content = [
    'phone,0',
    `${phone(0)},a`,
    'no-phone,b',
    `${phone(1)},"c\nd"`,
    `${phone(2)}`,
    `${phone(3)},"e"f`,
    `${phone(4)},g`,
    `${phone(0)},other`,
    `${phone(4)},g`,
  ].join('\n');
  const first = [
    { line: 3, place: 'line 3.phone', code: 'phone-malformed' },
    { line: 6, place: 'line 6', code: 'cells-mismatch' },
    { line: 7, place: 'line 7', code: 'quote-stray' },
    { line: 9, place: 'line 9.phone', code: 'phone-duplicate', detail: expect.stringContaining('line 2') },
  ];

  it('refuse the whole job, with number, place and reason', async () => {
    const { job, batches } = await uploads.split(content);
    expect(job).toMatchObject({ status: 'refused', batchCount: 0, file: { refusal: { code: 'bad-lines', line: 3 } } });
    expect(job.file?.progress.badLines).toMatchObject({ count: 4, first });
    expect(batches).toEqual([]);
    expect(JSON.stringify(job.file)).not.toContain(phone(0));
  });

  it('are left out where the caller wants that, and reported all the same', async () => {
    const { job, recipients } = await uploads.split(content, { badLines: 'skip' });
    expect(recipients.flat().map(({ phone: number, detail }) => [number, ...(detail ?? [])])).toEqual([
      [phone(0), 'a'],
      [phone(1), 'c\nd'],
      [phone(4), 'g'],
    ]);
    expect(job).toMatchObject({ status: 'queued', recipients: 3, file: { progress: { badLines: { count: 4, first } } } });
    expect(job.removed).toEqual({ count: 1, places: [{ place: 'line 10', firstPlace: 'line 8' }] });
  });

  it('are all counted, and listed up to a hundred', async () => {
    const lines = Array.from({ length: 250 }, (_, index) => `bad${index},x`);
    const { job } = await uploads.split(`phone,0\n${phone(0)},a\n${lines.join('\n')}`, { badLines: 'skip' });
    expect(job.file?.progress.badLines).toMatchObject({ count: 250, first: { length: 100, 0: { line: 3 }, 99: { line: 102 } } });
  });

  it('of JSON are reported as those of a request', async () => {
    const lines = [
      '{"phone":1}',
      'no JSON',
      '{"phone":"x","extra":1}',
      `{"phone":"${phone(0)}","detail":["a","b"]}`,
      '[]',
      `"${phone(1)}"`,
    ];
    const { job } = await uploads.split(lines.join('\n'), { format: 'jsonl', badLines: 'skip', defaultDetail: ['x'] });
    expect(job).toMatchObject({ status: 'queued', recipients: 1 });
    expect(job.file?.progress.badLines.first.map(({ line, place, code }) => [line, place, code])).toEqual([
      [1, 'line 1.phone', 'invalid-type'],
      [2, 'line 2', 'invalid-json'],
      [3, 'line 3.extra', 'unknown-field'],
      [4, 'line 4.detail', 'field-surplus'],
      [5, 'line 5', 'invalid-type'],
    ]);
  });

  it('are none for markup, which goes out over SOAP, also where only a separator makes it', async () => {
    const dialect = { ...rules.dialect, fieldSeparator: '!', recipientSeparator: '?' };
    const content = `phone,0,1\n${phone(0)},a,<b\n${phone(1)},a<,b\n${phone(2)},a,b<\n${phone(3)},< a,b\n`;
    const wide = { ...rules, dialect, limits: { ...rules.limits, phonesPerCall: 10 } };
    const { job, payloads } = await uploads.split(content, { pattern: '{0}{1}', rules: wide });
    expect(job.status).toBe('queued');
    expect(payloads.map((payload) => [payload.protocol, phonesOf(payload)])).toEqual([
      ['soap11', phones(3)],
      [undefined, [phone(3)]],
    ]);
  });

  it('are those that no call can hold, too', async () => {
    const narrow = { ...rules, limits: { ...rules.limits, requestBytes: 700 } };
    const content = `phone,0\n${phone(0)},a\n${phone(1)},${'长'.repeat(60)}\n`;
    const { job } = await uploads.split(content, { badLines: 'skip', rules: narrow });
    expect(job.file?.progress.badLines.first).toMatchObject([{ line: 3, place: 'line 3', code: 'does-not-fit' }]);
    expect(job.recipients).toBe(1);
  });
});

describe('lines', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '张', ' ', ',', '"', '\n', '\r\n', '😀'), maxLength: 6 });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it('are the same whatever the chunks of the stream, with right numbers', async () => {
    const record = fc.record({ name: cell, blank: fc.nat(2), quote: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 9 })), async (records, cuts) => {
        let text = 'phone,0\n';
        const wanted: Line[] = [];
        for (const [index, { name, blank, quote }] of records.entries()) {
          text += '\n'.repeat(blank);
          const value = name.replaceAll('\r\n', '\n');
          const input = { phone: phone(index), ...(value.trim() !== '' && { detail: new OrderedDetail([value]) }) };
          wanted.push({ number: text.split('\n').length, input });
          text += `${phone(index)},${quote || /[,"\n\r]/.test(name) ? quoted(name) : name}\n`;
        }
        expect(await linesOf(Buffer.from(text), cuts)).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });
});

async function linesOf(bytes: Buffer, cuts: readonly number[]): Promise<Line[]> {
  async function* chunks() {
    let start = 0;
    for (let index = 0; start < bytes.length; index++) {
      const end = start + (cuts[index] ?? 7);
      yield bytes.subarray(start, end);
      start = end;
    }
  }
  const lines: Line[] = [];
  for await (const some of readLines(chunks(), { format: 'csv', fields: 1, names: undefined }, {})) lines.push(...some);
  return lines;
}

describe('duplicates', () => {
  it('are found as a map of all lines would find them', () => {
    const entry = fc.record({ number: fc.nat(6_000), detail: fc.constantFrom('', 'a', 'b') });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 9_000, size: 'max' }), (entries) => {
        const [duplicates, model] = [new Duplicates(), new Map<number, { line: number; detail: string }>()];
        for (const [index, { number, detail }] of entries.entries()) {
          const first = model.get(number);
          const found = duplicates.add(phone(number * 1_000), detail, index + 1);
          expect(found).toEqual(first && { firstLine: first.line, sameDetail: first.detail === detail });
          if (!first) model.set(number, { line: index + 1, detail });
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('a row of CSV', () => {
  it('quotes what needs it, and runs no formula', () => {
    expect(csvRow(['a', 1, 'b,c', 'd"e', 'f\ng', ''])).toBe('a,1,"b,c","d""e","f\ng",\r\n');
    for (const start of ['=', '+', '-', '@', '\t', '＝']) expect(csvRow([`${start}1`])).toBe(`'${start}1\r\n`);
    expect(csvRow(['\r1'])).toBe(`"'\r1"\r\n`);
    expect(csvRow(['1-1', '【云】=1'])).toBe('1-1,【云】=1\r\n');
  });
});
