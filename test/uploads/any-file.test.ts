import fc from 'fast-check';
import { expect, it } from 'vitest';
import { takeCall } from '../../functions/sandbox/take-call.ts';
import { newUploadId } from '../../functions/shared/files/object-keys.ts';
import type { Message, Payload } from '../../functions/shared/message/message.ts';
import { writeCall } from '../../functions/shared/message/write-call.ts';
import { ProblemError } from '../../functions/shared/problem/problem.ts';
import { FileRecipients } from '../../functions/shared/recipient-file/file-recipients.ts';
import { readLines } from '../../functions/shared/recipient-file/read-lines.ts';
import { RefusedFile } from '../../functions/shared/recipient-file/refused-file.ts';
import { parseFileRequest, prepareFileRequest } from '../../functions/shared/send-request/prepare-file-request.ts';
import { newSnapshot, parseRequest, prepareRequest } from '../../functions/shared/send-request/prepare-request.ts';
import { encodeGb18030 } from '../support/gb18030.ts';
import { rules as base, phone } from '../support/job-context.ts';

const NAMES = ['姓名', 'balance', '城市'];
const pattern = '【签名】{姓名}您好，{balance}元。{城市}';

/** How a program writes a file. */
interface Writing {
  /** Columns in any order: the phone's, the fields', and some that the pattern does not need. */
  columns: readonly string[];
  separator: string;
  lineEnd: string;
  encoding: 'utf-8' | 'utf-8 with its mark' | 'utf-16le' | 'utf-16be' | 'gb18030';
  quoteAll: boolean;
  blankRows: boolean;
  sepLine: boolean;
  /** Bytes in each chunk of the stream. */
  chunkSize: number;
}

const writings: fc.Arbitrary<Writing> = fc.record({
  columns: fc
    .tuple(fc.constantFrom('phone', '手机号', 'Tel', 'Phone Number'), fc.subarray(['备注', 'id', '部门']))
    .chain(([phoneColumn, others]) => fc.shuffledSubarray([phoneColumn, ...NAMES, ...others], { minLength: 4 + others.length })),
  separator: fc.constantFrom(',', ';', '\t', '，'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r\r\n', '\r'),
  encoding: fc.constantFrom('utf-8', 'utf-8 with its mark', 'utf-16le', 'utf-16be', 'gb18030'),
  quoteAll: fc.boolean(),
  blankRows: fc.boolean(),
  sepLine: fc.boolean(),
  chunkSize: fc.integer({ min: 1, max: 40 }),
});

const ordinary = fc.constantFrom(
  '张',
  '三',
  '小',
  '𠮷',
  'a',
  '0',
  ' ',
  ',',
  ';',
  '，',
  '"',
  '{',
  '}',
  '<b>',
  '&#',
  '\n',
  "'",
  '￥',
  '。',
  '\t',
);
const damaged = fc.constantFrom('\u0007', '{0}', '\r\n', '');
const values = fc.string({ unit: fc.oneof({ weight: 40, arbitrary: ordinary }, { weight: 1, arbitrary: damaged }), maxLength: 8 });
const people = fc.array(fc.record(Object.fromEntries(NAMES.map((name) => [name, values]))), { minLength: 1, maxLength: 8 });

function write(
  { columns, separator, lineEnd, encoding, quoteAll, blankRows, sepLine }: Writing,
  all: readonly Record<string, string>[],
): Buffer {
  const cell = (text: string) => (quoteAll || /["\r\n]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text);
  const cellOf = (column: string, person: Record<string, string>, index: number) =>
    NAMES.includes(column) ? (person[column] as string) : column === '备注' || column === 'id' || column === '部门' ? 'x' : phone(index);
  const rows = [columns, ...all.map((person, index) => columns.map((column) => cellOf(column, person, index)))];
  const lines = rows.map((row) => row.map(cell).join(separator));
  if (blankRows) lines.splice(1, 0, columns.map(() => '').join(separator), ' ');
  if (sepLine) lines.unshift(`sep=${separator}`);
  const text = lines.map((line) => line + lineEnd).join('');
  if (encoding === 'gb18030') return encodeGb18030(text);
  if (encoding === 'utf-8') return Buffer.from(text);
  const marked = Buffer.from(`\ufeff${text}`, encoding === 'utf-8 with its mark' ? 'utf8' : 'utf16le');
  return encoding === 'utf-16be' ? marked.swap16() : marked;
}

/** The texts that reach the ledger when these calls are made, by phone. */
function ledgerOf(job: { message: Message; smsType: number; postFixNumber: string }, batches: readonly Payload[], dialect = base.dialect) {
  const texts: Record<string, string> = {};
  for (const batch of batches) {
    const call = writeCall(dialect, job, batch, 'token');
    const { root, messages } = takeCall(call, dialect, () => '1');
    expect(root.RetCode, root.Message ?? '').toBe('Sucess');
    for (const message of messages) texts[message.phone] = message.text;
  }
  return texts;
}

type Sent = Record<string, string> | 'refused';

async function sendFile(bytes: Buffer, chunkSize: number, rules: typeof base): Promise<Sent> {
  const body = parseFileRequest(rules, { pattern, recipientsFrom: { uploadId: newUploadId('csv') } });
  const job = prepareFileRequest(rules, newSnapshot(rules, 0), body, 'caller', 0);
  const recipients = new FileRecipients({ ...job, file: { ...job.source, snapshot: job.snapshot } });
  async function* chunks() {
    for (let start = 0; start < bytes.length; start += chunkSize) yield bytes.subarray(start, start + chunkSize);
  }
  try {
    for await (const lines of readLines(chunks(), recipients.lineRules('csv'), {})) for (const line of lines) recipients.add(line);
  } catch (error) {
    if (error instanceof RefusedFile) return 'refused';
    throw error;
  }
  recipients.end();
  if (recipients.isRefused) return 'refused';
  const payloads = recipients.takeReady().map(({ payload }) => payload);
  return ledgerOf(job, payloads, rules.dialect);
}

function sendJson(all: readonly Record<string, string>[], rules: typeof base): Sent {
  try {
    const recipients = all.map((detail, index) => ({ phone: phone(index), detail }));
    const prepared = prepareRequest(rules, newSnapshot(rules, 0), parseRequest(rules, { pattern, recipients }), 0);
    return ledgerOf(prepared, prepared.batches, rules.dialect);
  } catch (error) {
    if (error instanceof ProblemError) return 'refused';
    throw error;
  }
}

it('however a file is written, its texts are those of the same recipients in JSON, or nothing is sent', async () => {
  const seen = { sent: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(writings, people, fc.boolean(), async (writing, all, confirmed) => {
      const rules = { ...base, dialect: { ...base.dialect, confirmed } };
      const sent = await sendFile(write(writing, all), writing.chunkSize, rules);
      seen[sent === 'refused' ? 'refused' : 'sent'] += 1;
      if (sent === 'refused') return;
      expect(sent).toEqual(sendJson(all, rules));
    }),
    { numRuns: 600 },
  );
  expect(seen.sent).toBeGreaterThan(50);
  expect(seen.refused).toBeGreaterThan(5);
});

it('a file in which every field has a value is sent, however it is written', async () => {
  const plain = fc.string({ unit: fc.constantFrom('张', '三', '𠮷', 'a', '1', ',', ';', '，', '"', '\n'), minLength: 1, maxLength: 6 });
  const some = fc.array(fc.record(Object.fromEntries(NAMES.map((name) => [name, plain.map((value) => `v${value}`)]))), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(writings, some, async (writing, all) => {
      const wanted = all.map(({ 姓名, balance, 城市 }, index) => [phone(index), `【签名】${姓名}您好，${balance}元。${城市}`]);
      expect(await sendFile(write(writing, all), writing.chunkSize, base)).toEqual(Object.fromEntries(wanted));
    }),
    { numRuns: 300 },
  );
});
