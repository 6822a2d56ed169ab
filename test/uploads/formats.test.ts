import { describe, expect, it } from 'vitest';
import { phone } from '../support/job-context.ts';
import { type IncomingFileRequest, Uploads } from './fixture.ts';

const uploads = new Uploads();
const split = (content: string | Buffer, request: IncomingFileRequest = {}) => uploads.split(content, request);
const recipient = (index: number, ...detail: string[]) => ({ phone: phone(index), detail: detail.length > 0 ? detail : null });

describe('a file of recipients', () => {
  const csv = `phone,0\n${phone(0)},张三\n${phone(1)},李四\n${phone(2)},王五\n`;
  const wanted = [[recipient(0, '张三'), recipient(1, '李四')], [recipient(2, '王五')]];

  it('becomes batches by the snapshot, a sealed job, and a dispatch message for each', async () => {
    await uploads.messages('dispatchQueue');
    const { job, batches, recipients } = await split(csv);
    expect(recipients).toEqual(wanted);
    expect(batches.map(({ state, recipients: count }) => [state, count])).toEqual([
      ['waiting', 2],
      ['waiting', 1],
    ]);
    expect(job).toMatchObject({ status: 'queued', rev: 2, batchCount: 2, recipients: 3, counts: { total: 3, pending: 3 } });
    expect(job.queuedAt).toBeGreaterThan(0);
    expect(job).not.toHaveProperty('preparedUntil');
    const { jobId } = job;
    expect(await uploads.messages('dispatchQueue')).toEqual([1, 2].map((batch) => ({ jobId, batch, try: 1 })));
    expect(job.file?.progress).toMatchObject({ lines: 4, bytesRead: Buffer.byteLength(csv), batches: 2, recipients: 3 });
  });

  it.each([
    ['CRLF', csv.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${csv}`],
    ['no line end at its end', csv.trimEnd()],
    ['blank lines', csv.replaceAll('\n', '\n\n')],
    ['quotes', csv.replaceAll(/(张三|李四|phone)/g, '"$1"')],
    ['line ends of both kinds', csv.replace('\n', '\r\n')],
    ['decorated phones and an upper-case header', csv.replace(phone(0), '+86 138-0013-8000').replace('phone', ' PHONE ')],
    ['the phone last', csv.replaceAll(/^([^,\n]+),([^\n]+)$/gm, '$2,$1')],
  ])('is read as CSV with %s', async (_name, content) => {
    expect((await split(content)).recipients).toEqual(wanted);
  });

  it('reads quotes, separators and line breaks inside of values', async () => {
    const content = `phone,name\n${phone(0)},"a ""b""\r\nc"\n${phone(1)},d\nx,e\n`;
    const { recipients, job } = await split(content, { badLines: 'skip' });
    expect(recipients).toEqual([[recipient(0, 'a "b"\nc'), recipient(1, 'd')]]);
    expect(job.file?.progress.badLines.first).toMatchObject([{ line: 5, place: 'line 5.phone', code: 'phone-malformed' }]);
  });

  it('puts columns into their fields, by number or by order', async () => {
    const two = { pattern: '【云】{0}-{1}' };
    expect((await split(`1,phone,0\nb,${phone(0)},a\n`, two)).recipients).toEqual([[recipient(0, 'a', 'b')]]);
    expect((await split(`detail1,phone,DETAIL0\nb,${phone(0)},a\n`, two)).recipients).toEqual([[recipient(0, 'a', 'b')]]);
    expect((await split(`city,phone,name\na,${phone(0)},b\n`, two)).recipients).toEqual([[recipient(0, 'a', 'b')]]);
  });

  it('lets empty cells stand for the default detail, all of them or none', async () => {
    const request = { pattern: '【云】{0}-{1}', defaultDetail: ['x', 'y'] };
    const { recipients } = await split(`phone,0,1\n${phone(0)},,\n${phone(1)},a,\n`, request);
    expect(recipients).toEqual([[recipient(0), recipient(1, 'a', 'y')]]);
    expect((await split(`phone\n${phone(0)}\n`, request)).recipients).toEqual([[recipient(0)]]);
  });

  it('is read as JSON lines', async () => {
    const lines = [`"${phone(0)}"`, JSON.stringify({ phone: phone(1), detail: ['李四'] }), '', JSON.stringify({ phone: phone(2) })];
    const request: IncomingFileRequest = { format: 'jsonl', defaultDetail: ['客户'] };
    const want = [[recipient(0), recipient(1, '李四')], [recipient(2)]];
    expect((await split(lines.join('\n'), request)).recipients).toEqual(want);
    expect((await split(`\ufeff${lines.join('\r\n')}\r\n`, request)).recipients).toEqual(want);
  });

  it.each([
    ['without a header', `${phone(0)},a\n`, 'header-malformed', 1],
    ['with two columns for the phone', `phone,phone\n${phone(0)},a\n`, 'header-malformed', 1],
    ['with more columns than fields, none of them named as one', `phone,x,y\n${phone(0)},a,b\n`, 'header-malformed', 1],
    ['with a field that is not in the pattern', `phone,1\n${phone(0)},a\n`, 'header-malformed', 1],
    ['with a quote in its header', `phone,"0\n${phone(0)},a\n`, 'header-malformed', 1],
    ['without recipients', 'phone,0\n', 'recipients-empty', undefined],
    ['that is empty', '', 'recipients-empty', undefined],
    ['with a line without an end', `phone,0\n${phone(0)},${'a'.repeat(70_000)}\n`, 'line-too-long', 2],
  ])('is refused %s, whatever becomes of bad lines', async (_name, content, code, line) => {
    const { job, batches } = await split(content, { badLines: 'skip' });
    expect(job).toMatchObject({ status: 'refused', batchCount: 0, counts: { total: 0 } });
    expect(job.file?.refusal).toMatchObject({ code, ...(line !== undefined && { line }) });
    expect(JSON.stringify(job.file)).not.toContain(phone(0));
    expect(job.outbox).toMatchObject([{ status: 'refused', rev: job.rev }]);
    expect(batches).toEqual([]);
  });

  it('is refused when it was never uploaded', async () => {
    expect((await uploads.split(undefined)).job).toMatchObject({ status: 'refused', file: { refusal: { code: 'file-missing' } } });
  });
});
