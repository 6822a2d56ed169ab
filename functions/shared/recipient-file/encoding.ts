import { isAscii, isUtf8 } from 'node:buffer';
import type { FileEncoding } from '../files/object-keys.ts';
import { type ByteBlock, linesOf } from './byte-lines.ts';
import { RefusedFile } from './refused-file.ts';

/** How the lines of a file turned out to be written; UTF-16 is read before lines are looked for. */
export type LineEncoding = 'utf-8' | 'gb18030';

/** How many bytes are looked at after the first one that UTF-8 and GB18030 could share, before a file counts as UTF-8. */
const LOOKED_AT = 1024 * 1024;

/** Finds out the encoding of a file from its lines, in order; the same lines give the same answer however they were cut into blocks. */
export class EncodingFinder {
  #doubtful = 0;

  /** Whether a block can be read without knowing more, and none before it waits. */
  isPlain(bytes: Buffer): boolean {
    return this.#doubtful === 0 && isAscii(bytes);
  }

  /**
   * Looks at a block. A line that is no UTF-8 decides for GB18030. Chinese text in UTF-8 takes three bytes a character, and GB18030 hardly ever
   * looks like that; what takes two may be either.
   */
  look(bytes: Buffer): LineEncoding | undefined {
    for (const line of linesOf(bytes)) {
      if (this.#doubtful === 0 && isAscii(line)) continue;
      if (!isUtf8(line)) return 'gb18030';
      if (hasLongSequence(line)) return 'utf-8';
      this.#doubtful += line.length + 1;
      if (this.#doubtful > LOOKED_AT) return 'utf-8';
    }
    return undefined;
  }
}

/** Whether UTF-8 has a character of three bytes or four. */
function hasLongSequence(utf8: Buffer): boolean {
  return utf8.some((byte) => byte >= 0xe0);
}

const strict = new TextDecoder('gb18030', { fatal: true });

/** Decodes whole lines. @param isSure whether the request itself named the encoding @throws RefusedFile that names the line that is otherwise */
export function decodeBlock({ bytes, firstLine }: ByteBlock, encoding: LineEncoding | undefined, isSure: boolean): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (encoding !== 'gb18030') {
    if (isUtf8(bytes)) return bytes.toString();
    throw otherwise(firstLine + indexOfLine(bytes, (line) => !isUtf8(line)), 'utf-8');
  }
  if (!isSure) {
    const mixed = indexOfLine(bytes, (line) => isUtf8(line) && hasLongSequence(line));
    if (mixed >= 0) throw otherwise(firstLine + mixed, 'gb18030');
  }
  try {
    return strict.decode(bytes);
  } catch {
    throw otherwise(firstLine + indexOfLine(bytes, (line) => !isGb18030(line)), 'gb18030');
  }
}

function isGb18030(bytes: Buffer): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function indexOfLine(bytes: Buffer, is: (line: Buffer) => boolean): number {
  let index = 0;
  for (const line of linesOf(bytes)) {
    if (is(line)) return index;
    index += 1;
  }
  return -1;
}

function otherwise(line: number, encoding: LineEncoding): RefusedFile {
  const name = encoding === 'utf-8' ? 'UTF-8' : 'GB18030 (GBK)';
  const detail =
    `Line ${line} is not in ${name}, as the rest of the file seems to be: a file has one encoding. ` +
    'Save it anew, or name its encoding in recipientsFrom.encoding.';
  return new RefusedFile('encoding-mixed', detail, line);
}

/** What the first bytes of a file say about it. */
export interface FileStart {
  encoding?: FileEncoding;
  /** Bytes of the mark that says so. */
  mark: number;
}

/** Byte order marks. */
const MARKS: readonly [bytes: readonly number[], encoding: FileEncoding][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
  [[0x84, 0x31, 0x95, 0x33], 'gb18030'],
];
/** What files of other kinds begin with. */
const OTHER_KINDS: readonly [bytes: readonly number[], detail: string][] = [
  [[0x50, 0x4b, 0x03, 0x04], 'an Excel workbook (.xlsx) or another ZIP archive. Save the sheet as CSV and upload that.'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an Excel workbook (.xls). Save the sheet as CSV and upload that.'],
  [[0x1f, 0x8b], 'compressed with gzip. Upload it unpacked.'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF. Upload the list as CSV.'],
];
/** Bytes that are enough to recognise a file by. */
export const START_BYTES = 1024;

/** Recognises a file by its first bytes. @throws RefusedFile for what is no text, and says what it is instead */
export function recogniseStart(start: Buffer, named: FileEncoding | undefined): FileStart {
  const begins = (bytes: readonly number[]) => bytes.every((byte, index) => start[index] === byte);
  const other = OTHER_KINDS.find(([bytes]) => begins(bytes));
  if (other) throw new RefusedFile('not-text', `The file is ${other[1]}`);
  const wanted = named === 'gbk' || named === 'gb2312' ? 'gb18030' : named;
  const [mark, marked] = MARKS.find(([bytes]) => begins(bytes)) ?? [[]];
  if (wanted !== undefined && marked !== undefined && wanted !== marked) {
    const detail = `The file begins with the mark of ${marked}, and recipientsFrom.encoding says ${named}.`;
    throw new RefusedFile('encoding-mismatch', detail, 1);
  }
  const encoding = wanted ?? marked;
  const isWide = encoding === 'utf-16le' || encoding === 'utf-16be';
  if (!isWide && start.includes(0)) {
    const detail = 'The file holds NUL bytes: it is no text, or it is UTF-16 without a mark, which recipientsFrom.encoding has to name.';
    throw new RefusedFile('not-text', detail, 1);
  }
  return { mark: mark.length, ...(encoding && { encoding }) };
}
