import { isUtf8 } from 'node:buffer';
import { RefusedFile } from './refused-file.ts';

/** Whole lines of a file, in UTF-8. */
export interface Block {
  bytes: Buffer;
  /** Of its first line, from 1. */
  firstLine: number;
  lines: number;
}

/** A recipient is far shorter; without a bound a file without line breaks would have to be held whole (bytes). */
export const LONGEST_LINE = 64 * 1024;

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Cuts a stream into blocks of whole lines, however the stream was cut. A line feed is never part of another character in UTF-8, so
 * the bytes can be cut before they are decoded. @throws RefusedFile for what is not UTF-8 (GBK, UTF-16), and for lines without an end
 */
export async function* readBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  let rest = Buffer.alloc(0);
  let firstLine = 1;
  const blockOf = (bytes: Buffer): Block => {
    const block = { bytes: firstLine === 1 ? withoutMark(bytes) : bytes, firstLine, lines: countLines(bytes, firstLine) };
    if (!isUtf8(block.bytes)) throw notUtf8(block);
    firstLine += block.lines;
    return block;
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) yield blockOf(bytes.subarray(0, end));
    rest = bytes.subarray(end);
    if (rest.length > LONGEST_LINE) throw tooLong(firstLine);
  }
  if (rest.length > 0) yield blockOf(rest);
}

function countLines(bytes: Buffer, firstLine: number): number {
  let lines = 0;
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    if (end - start > LONGEST_LINE) throw tooLong(firstLine + lines);
    lines += 1;
    start = end + 1;
  }
  return lines;
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

function tooLong(line: number): RefusedFile {
  return new RefusedFile('line-too-long', `Line ${line} has more than ${LONGEST_LINE} bytes; lines end with LF or CRLF.`, line);
}

function notUtf8({ bytes, firstLine }: Block): RefusedFile {
  let line = firstLine;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, start) + 1 || bytes.length;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end;
  }
  return new RefusedFile('not-utf8', `Line ${line} is not in UTF-8. Save the file as UTF-8 and upload it again.`, line);
}
