import { RefusedFile } from './refused-file.ts';

/** Whole lines of a file, as its bytes. */
export interface ByteBlock {
  bytes: Buffer;
  /** Of its first line, from 1. */
  firstLine: number;
}

/** A recipient is far shorter; without a bound a file without line breaks would have to be held whole (bytes). */
export const LONGEST_LINE = 64 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Divides a stream into blocks of whole lines, whatever its chunks are. Neither line feed nor carriage return is part of another character
 * in UTF-8 or GB18030, so the bytes can be divided before they are decoded. @throws RefusedFile for a line without an end
 */
export async function* readByteBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ByteBlock> {
  let rest: Buffer = Buffer.alloc(0);
  let firstLine = 1;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([rest, chunk]);
    const end = endOfLines(bytes);
    rest = bytes.subarray(end);
    if (end > 0) {
      const block = bytes.subarray(0, end);
      yield { bytes: block, firstLine };
      firstLine += countLines(block);
    }
    if (rest.length > LONGEST_LINE) throw tooLong(firstLine);
  }
  if (rest.length > 0) yield { bytes: rest, firstLine };
}

/** Where the last line ends whose end is certain: a carriage return at the very end may have a line feed after it. */
function endOfLines(bytes: Buffer): number {
  const feed = bytes.lastIndexOf(LINE_FEED) + 1;
  let last = bytes.length - 1;
  while (last >= feed && bytes[last] === CARRIAGE_RETURN) last -= 1;
  const returned = last >= feed ? bytes.lastIndexOf(CARRIAGE_RETURN, last) + 1 : 0;
  return Math.max(feed, returned);
}

/** The bytes of each line, without its end. */
export function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const { end, next } = lineEnd(bytes, start);
    yield bytes.subarray(start, end);
    start = next;
  }
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  if (!bytes.includes(CARRIAGE_RETURN)) {
    for (let feed = bytes.indexOf(LINE_FEED); feed >= 0; feed = bytes.indexOf(LINE_FEED, feed + 1)) lines += 1;
    return lines;
  }
  for (let start = 0; start < bytes.length; lines++) start = lineEnd(bytes, start).next;
  return lines;
}

/** Lines end with LF, CR LF, CR CR LF (which programs write that translate line ends twice) or CR. */
function lineEnd(bytes: Buffer, start: number): { end: number; next: number } {
  const feed = bytes.indexOf(LINE_FEED, start);
  const line = feed < 0 ? bytes.length : feed;
  const returned = bytes.subarray(start, line).indexOf(CARRIAGE_RETURN);
  if (returned < 0) return { end: line, next: Math.min(line + 1, bytes.length) };
  const end = start + returned;
  const doubled = bytes[end + 1] === CARRIAGE_RETURN && end + 2 === feed;
  const next = doubled ? feed + 1 : end + 1 === feed ? feed + 1 : end + 1;
  return { end, next };
}

export function tooLong(line: number): RefusedFile {
  return new RefusedFile(
    'line-too-long',
    `Line ${line} is longer than ${LONGEST_LINE} bytes: is it a text file with one recipient a line?`,
    line,
  );
}
