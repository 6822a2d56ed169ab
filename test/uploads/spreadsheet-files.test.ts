import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Uploads } from './fixture.ts';

/** A file as people's programs save it, and what must come of it: the text of each phone, or why it is refused. */
interface FileCase {
  name: string;
  pattern: string;
  base64: string;
  texts?: Record<string, string>;
  refused?: string;
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'spreadsheet-files.json'), 'utf8')) as FileCase[];
const uploads = new Uploads();

describe('a file as a spreadsheet saves it', () => {
  it.each(cases.filter(({ texts }) => texts))('$name', async ({ pattern, base64, texts }) => {
    const { job, texts: sent } = await uploads.split(Buffer.from(base64, 'base64'), { pattern });
    expect(job.file?.refusal).toBeUndefined();
    expect(job.status).toBe('queued');
    expect(sent).toEqual(texts);
  });

  /** What the refusal says, by the name of the case. */
  const reasons: Record<string, object> = {
    'half-numbered-header': { code: 'header-malformed', line: 1, detail: expect.stringContaining('none is for 0') },
    'replacement-characters': { code: 'bad-lines', line: 2 },
    'workbook-named-csv': { code: 'not-text', detail: expect.stringMatching(/Excel workbook.*Save the sheet as CSV/) },
  };

  it.each(cases.filter(({ refused }) => refused))('$name is refused: $refused', async ({ name, pattern, base64 }) => {
    const { job, payloads } = await uploads.split(Buffer.from(base64, 'base64'), { pattern });
    expect(job).toMatchObject({ status: 'refused', file: { refusal: reasons[name] } });
    expect(payloads).toEqual([]);
  });

  it('every case is tried', () => {
    expect(cases.map(({ texts, refused }) => (texts ? 1 : 0) + (refused ? 1 : 0))).toEqual(Array(15).fill(1));
  });

  it('names U+FFFD at its place', async () => {
    const { job } = await uploads.split(`phone,0\n13800138000,\ufffd\n`);
    expect(job.file?.progress.badLines.first).toMatchObject([{ line: 2, place: 'line 2.detail[0]', code: 'replacement-character' }]);
  });
});
