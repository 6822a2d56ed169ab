import { describe, expect, it } from 'vitest';
import { phone, rules } from '../support/job-context.ts';
import { type IncomingFileRequest, Uploads } from './fixture.ts';

const uploads = new Uploads();
const two: IncomingFileRequest = { pattern: '{0}-{1}' };
const named: IncomingFileRequest = { pattern: '{姓名}-{余额}' };
const A = phone(0);

describe('columns', () => {
  it.each<[string, string, IncomingFileRequest, string]>([
    ['phones of another name', `手机号码,0,1\n${A},a,b\n`, two, 'a-b'],
    ['a name in any case, with blanks', `Phone_Number,0,1\n${A},a,b\n`, two, 'a-b'],
    ['a name with what is not seen', `\u200b\u00a0phone\u2066,0,1\n${A},a,b\n`, two, 'a-b'],
    ['the phone in full-width digits', `phone,0,1\n１３８００１３８０００,a,b\n`, two, 'a-b'],
    ['a column that the request names', `客户,联系方式,0,1\nx,${A},a,b\n`, { ...two, phoneColumn: '联系方式' }, 'a-b'],
    ['a choice between two', `phone,手机,0,1\nx,${A},a,b\n`, { ...two, phoneColumn: '手机' }, 'a-b'],
    ['fields in brackets of many kinds', `phone,[1],\${0}\n${A},b,a\n`, two, 'a-b'],
    ['fields by name in any order', `余额,phone,姓名\nb,${A},a\n`, named, 'a-b'],
    ['fields by name in braces', `{余额},phone,{姓名}\nb,${A},a\n`, named, 'a-b'],
    ['fields by name in another case', `phone,BALANCE,Name\n${A},b,a\n`, { pattern: '{name}-{balance}' }, 'a-b'],
    ['a field that is called as the phone is', `phone,电话\n${A},b\n`, { pattern: '{电话}' }, 'b'],
    ['no field by name: the order', `phone,Name,Sum\n${A},a,b\n`, named, 'a-b'],
    ['no field by number: the order', `Name,phone,Sum\na,${A},b\n`, two, 'a-b'],
    ['tabs', `phone\t0\t1\n${A}\ta,b\tc\n`, two, 'a,b-c'],
    ['full-width commas', `phone，0，1\n${A}，a，b\n`, two, 'a-b'],
    ['a comma in the name of a column with semicolons', `"a,b";phone;0;1\nx;${A};a;b\n`, two, 'a-b'],
    ['a line that names the separator', `SEP=|\nphone|0|1\n${A}|a|b\n`, two, 'a-b'],
    ['blank lines before the header', `\n\nphone,0,1\n${A},a,b\n`, two, 'a-b'],
    ['carriage returns alone', `phone,0,1\r${A},a,b\r`, two, 'a-b'],
    ['blank cells too many', `phone,0,1\n${A},a,b,,\u00a0\n`, two, 'a-b'],
  ])('are found: %s', async (_name, content, request, text) => {
    const { job, texts } = await uploads.split(content, request);
    expect(job.file?.refusal).toBeUndefined();
    expect(texts).toEqual({ [A]: text });
  });

  it.each<[string, string, IncomingFileRequest, RegExp]>([
    ['two for the phone', `phone,mobile,0,1\n${A},${A},a,b\n`, two, /"phone" and "mobile"/],
    ['none for the phone', `联系,0,1\n${A},a,b\n`, two, /联系, 0, 1/],
    ['none of the name that the request gives', `phone,0,1\n${A},a,b\n`, { ...two, phoneColumn: '手机' }, /"手机"/],
    ['a number for one field and not for the other', `phone,0,x\n${A},a,b\n`, two, /none is for 1/],
    ['a name for one field and not for the other', `phone,姓名,x\n${A},a,b\n`, named, /none is for 余额/],
    ['numbers for fields with names', `phone,0,1\n${A},a,b\n`, named, /none is for 姓名, 余额/],
    ['one field twice', `phone,0,1,{1}\n${A},a,b,c\n`, two, /"1" and "\{1\}"/],
    ['no names, and a wrong count', `phone,x,y,z\n${A},a,b,c\n`, two, /x, y, z/],
  ])('are refused: %s', async (_name, content, request, detail) => {
    const { job } = await uploads.split(content, { badLines: 'skip', ...request });
    expect(job).toMatchObject({
      status: 'refused',
      file: { refusal: { code: 'header-malformed', line: 1, detail: expect.stringMatching(detail) } },
    });
  });

  it('that the pattern does not need are left out, and listed', async () => {
    const { job } = await uploads.split(`备注,phone,姓名,余额,,部门\nx,${A},a,b,y,z\n`, named);
    expect(job).toMatchObject({ status: 'queued', file: { found: { ignoredColumns: ['备注', '部门', '(column 5)'] } } });
  });

  it('without a name are none, unless they have a value and the order counts', async () => {
    expect((await uploads.split(`phone,x,\n${A},a,\n`)).texts).toEqual({ [A]: '【云】你好a' });
    const { job } = await uploads.split(`phone,x,\n${A},a,b\n`);
    expect(job.file?.progress.badLines.first).toMatchObject([{ line: 2, code: 'cells-mismatch' }]);
  });

  it("of the name reference are the caller's own names for recipients, and no fields", async () => {
    const { recipients, texts } = await uploads.split(`Reference,phone,x\nB-17,${A},a\n,${phone(1)},b\n`);
    expect(recipients).toEqual([
      [
        { phone: A, detail: ['a'], reference: 'B-17' },
        { phone: phone(1), detail: ['b'] },
      ],
    ]);
    expect(texts[A]).toBe('【云】你好a');
  });

  it('show the first three texts while the file is read', async () => {
    const rows = Array.from({ length: 5 }, (_, index) => `${phone(index)},${index}\n`).join('');
    const { job } = await uploads.split(`phone,0\n${rows}`);
    expect(job.file?.found?.firstTexts).toEqual(['【云】你好0', '【云】你好1', '【云】你好2']);
  });
});

describe('quotes that do not fit', () => {
  const rows = (...lines: string[]) => `phone,0\n${lines.join('\n')}\n`;
  it.each<[string, string, string[], number, string]>([
    ['a stray one', rows(`${A},5" pipe`, `${phone(1)},b`), ['b'], 2, 'quote-stray'],
    ['something behind the last', rows(`${A},"a"b`, `${phone(1)},b`), ['b'], 2, 'quote-stray'],
    ['one that is never closed', rows(`${A},a`, `${phone(1)},"b`, `${phone(2)},c`), ['a', 'c'], 3, 'quote-unclosed'],
    ['one that a later line seems to close', rows(`${A},"a`, `${phone(1)},"b"`, `${phone(2)},c`), ['b', 'c'], 2, 'quote-stray'],
    ['one in the last line', rows(`${A},a`, `${phone(1)},"b`), ['a'], 3, 'quote-unclosed'],
    ['one in a long file', rows(`${A},"a`, ...Array.from({ length: 9_000 }, () => `${phone(1)},b`)), ['b'], 2, 'quote-unclosed'],
  ])('%s: the line alone is left out', async (_name, content, values, line, code) => {
    const { job, texts } = await uploads.split(content, { badLines: 'skip', pattern: '{0}' });
    expect(Object.values(texts)).toEqual(values);
    expect(job.file?.progress.badLines).toMatchObject({ count: 1, first: [{ line, place: `line ${line}`, code }] });
    expect(await uploads.split(content)).toMatchObject({ job: { status: 'refused', file: { refusal: { code: 'bad-lines', line } } } });
  });
});

describe('personal texts of a file', () => {
  it('that the dialect cannot carry share calls with all of the very same text', async () => {
    const wide = { pattern: '{0}', personalise: 'rendered' as const };
    const content = `phone,0\n${[0, 1, 2, 3].map((index) => `${phone(index)},${index % 2}`).join('\n')}\n`;
    const { payloads, texts } = await uploads.split(content, wide);
    expect(payloads.map((payload) => payload.form === 'rendered' && [payload.text, payload.recipients.length])).toEqual([
      ['0', 2],
      ['1', 2],
    ]);
    expect(Object.values(texts)).toEqual(['0', '0', '1', '1']);
  });

  it('are refused where they take more calls than the stage makes for a job', async () => {
    const narrow = { ...rules, limits: { ...rules.limits, callsPerJob: 2 } };
    const content = `phone,0\n${[0, 1, 2].map((index) => `${phone(index)},${index}`).join('\n')}\n`;
    const { job } = await uploads.split(content, { personalise: 'rendered', rules: narrow });
    expect(job).toMatchObject({ status: 'refused', file: { refusal: { code: 'too-many-calls' } } });
  });

  it('may be empty where that is said, and are filled in from the default where there is one', async () => {
    const content = `phone,0,1\n${A},,b\n${phone(1)},,\n`;
    const pattern = '您好{0}{1}';
    expect(Object.values((await uploads.split(content, { pattern, allowEmpty: true })).texts)).toEqual(['您好b', '您好']);
    expect(Object.values((await uploads.split(content, { pattern, defaultDetail: ['x', 'y'] })).texts).toSorted()).toEqual([
      '您好xb',
      '您好xy',
    ]);
    expect((await uploads.split(content, { pattern })).job.file?.progress.badLines.first.map(({ code }) => code)).toEqual([
      'field-empty',
      'detail-missing',
    ]);
  });
});
