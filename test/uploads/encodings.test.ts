import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeGb18030 } from '../support/gb18030.ts';
import { phone } from '../support/job-context.ts';
import { type IncomingFileRequest, Uploads } from './fixture.ts';

const uploads = new Uploads();
const csv = `手机号,0\n${phone(0)},张三\n${phone(1)},𠮷野\n`;
const texts = { [phone(0)]: '【云】你好张三', [phone(1)]: '【云】你好𠮷野' };
const utf16 = (text: string, mark = '\ufeff') => Buffer.from(mark + text, 'utf16le');

describe('the encoding of a file', () => {
  it.each<[string, Buffer, string, IncomingFileRequest?]>([
    ['UTF-8', Buffer.from(csv), 'utf-8'],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${csv}`), 'utf-8'],
    ['GB18030', encodeGb18030(csv), 'gb18030'],
    ['GB18030 that is named', encodeGb18030(csv), 'gb18030', { encoding: 'gbk' }],
    ['GB18030 with its mark', Buffer.concat([Buffer.from([0x84, 0x31, 0x95, 0x33]), encodeGb18030(csv)]), 'gb18030'],
    ['UTF-16, little end first', utf16(csv), 'utf-16le'],
    ['UTF-16, big end first', utf16(csv).swap16(), 'utf-16be'],
    ['UTF-16 without a mark that is named', utf16(csv, ''), 'utf-16le', { encoding: 'utf-16le' }],
  ])('%s is found, and said', async (_name, bytes, encoding, request) => {
    const { job, texts: sent } = await uploads.split(bytes, request);
    expect(job.file?.found).toMatchObject({ encoding, separator: ',' });
    expect(sent).toEqual(texts);
  });

  it('in ASCII alone is UTF-8', async () => {
    expect((await uploads.split(`phone,0\n${phone(0)},a\n`)).job.file?.found?.encoding).toBe('utf-8');
  });

  it('is GB18030 although its first lines could be UTF-8 as well', async () => {
    // 小 is D0 A1 in GB18030, which in UTF-8 is a letter of the Cyrillic alphabet.
    const bytes = encodeGb18030(`phone,0\n${phone(0)},小\n${phone(1)},张三\n`);
    expect(bytes.subarray(0, 24).toString()).toContain('С');
    const { job, texts: sent } = await uploads.split(bytes);
    expect([job.file?.found?.encoding, Object.values(sent)]).toEqual(['gb18030', ['【云】你好小', '【云】你好张三']]);
  });

  it('is UTF-8 where letters of two bytes are all that it has', async () => {
    const { job, texts: sent } = await uploads.split(`phone,0\n${phone(0)},Смирнов\n`);
    expect([job.file?.found?.encoding, sent[phone(0)]]).toEqual(['utf-8', '【云】你好Смирнов']);
  });

  const gbLine = encodeGb18030(`${phone(2)},李四\n`);
  it.each<[string, Buffer, object, IncomingFileRequest?]>([
    ['a line of GB18030 in UTF-8', Buffer.concat([Buffer.from(csv), gbLine]), { code: 'encoding-mixed', line: 4 }],
    [
      'a line of UTF-8 in GB18030',
      Buffer.concat([encodeGb18030(csv), Buffer.from(`${phone(2)},李四\n`)]),
      { code: 'encoding-mixed', line: 4 },
    ],
    ['neither', Buffer.concat([encodeGb18030(csv), Buffer.from([0xff, 0x0a])]), { code: 'encoding-mixed', line: 4 }],
    ['a mark against what is said', utf16(csv), { code: 'encoding-mismatch' }, { encoding: 'gb18030' }],
    ['GB18030 that is said to be UTF-8', encodeGb18030(csv), { code: 'encoding-mixed', line: 1 }, { encoding: 'utf-8' }],
    ['UTF-16 without a mark', utf16(csv, ''), { code: 'not-text', detail: expect.stringContaining('recipientsFrom.encoding') }],
    ['a workbook of old', Buffer.from('d0cf11e0a1b11ae1', 'hex'), { code: 'not-text', detail: expect.stringContaining('.xls') }],
    ['gzip', gzipSync(csv), { code: 'not-text', detail: expect.stringContaining('gzip') }],
    ['a PDF', Buffer.from('%PDF-1.7\n'), { code: 'not-text', detail: expect.stringContaining('PDF') }],
  ])('%s is refused', async (_name, bytes, refusal, request) => {
    const { job, payloads } = await uploads.split(bytes, { badLines: 'skip', ...request });
    expect(job).toMatchObject({ status: 'refused', file: { refusal } });
    expect(payloads).toEqual([]);
  });

  it('half a pair of UTF-16 is a bad line', async () => {
    const bytes = Buffer.concat([utf16(`phone,0\n${phone(0)},a`), Buffer.from([0x3d, 0xd8]), utf16(`\n${phone(1)},b\n`, '')]);
    const { job } = await uploads.split(bytes, { badLines: 'skip' });
    expect(job).toMatchObject({ recipients: 1, file: { progress: { badLines: { first: [{ line: 2, code: 'replacement-character' }] } } } });
  });
});
