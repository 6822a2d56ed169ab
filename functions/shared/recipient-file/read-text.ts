import type { FileEncoding } from '../files/object-keys.ts';
import { type ByteBlock, readByteBlocks } from './byte-lines.ts';
import { decodeBlock, EncodingFinder, type LineEncoding, recogniseStart, START_BYTES } from './encoding.ts';

/** Whole lines of a file as text, each ending with a line feed but perhaps the last. */
export interface TextBlock {
  text: string;
  /** Of its first line, from 1. */
  firstLine: number;
  /** The bytes of the file up to its end. */
  bytesRead: number;
}

/** Takes down what a file turned out to be. */
export interface EncodingFound {
  encoding?: FileEncoding | undefined;
}

/**
 * Reads a file as text: UTF-8, UTF-16 by its mark, or GB18030 (of which GBK and GB2312 are parts) where the bytes are not UTF-8. All of it has
 * one encoding. Line ends of any kind come out as line feeds. Blocks in which the two cannot be told apart wait until they can.
 * @param found gets the encoding once it is known; a file in ASCII alone counts as UTF-8
 * @throws RefusedFile for what is no text, and for the first line that is in another encoding
 */
export async function* readText(
  chunks: AsyncIterable<Uint8Array>,
  named: FileEncoding | undefined,
  found: EncodingFound,
): AsyncGenerator<TextBlock> {
  const { start, all } = await peek(chunks);
  const { encoding, mark } = recogniseStart(start, named);
  const isWide = encoding === 'utf-16le' || encoding === 'utf-16be';
  const progress = { bytes: 0 };
  const counted = counting(all, progress);
  const bytes = isWide ? toUtf8(skip(counted, mark), encoding) : skip(counted, mark);
  let lineEncoding: LineEncoding | undefined = isWide ? 'utf-8' : (encoding as LineEncoding | undefined);
  const isSure = lineEncoding !== undefined;
  if (encoding) found.encoding = encoding;
  const finder = new EncodingFinder();
  let waiting: ByteBlock[] = [];
  const decode = (block: ByteBlock): TextBlock => ({
    text: withLineFeeds(decodeBlock(block, lineEncoding, isSure)),
    firstLine: block.firstLine,
    bytesRead: progress.bytes,
  });
  for await (const block of readByteBlocks(bytes)) {
    waiting.push(block);
    if (lineEncoding === undefined && !finder.isPlain(block.bytes)) {
      lineEncoding = finder.look(block.bytes);
      if (lineEncoding === undefined) continue;
      found.encoding = lineEncoding;
    }
    for (const one of waiting) yield decode(one);
    waiting = [];
  }
  found.encoding ??= 'utf-8';
  for (const one of waiting) yield decode(one);
}

function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\r\n|\r\n|\r/g, '\n') : text;
}

/** Takes the first bytes of a stream without taking them out of it. */
async function peek(chunks: AsyncIterable<Uint8Array>): Promise<{ start: Buffer; all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let size = 0;
  while (size < START_BYTES) {
    const { value, done } = await iterator.next();
    if (done) break;
    taken.push(value);
    size += value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* taken;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { start: Buffer.concat(taken).subarray(0, START_BYTES), all: all() };
}

async function* counting(chunks: AsyncIterable<Uint8Array>, progress: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    progress.bytes += chunk.length;
    yield chunk;
  }
}

async function* skip(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const chunk of chunks) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}

/** Half a surrogate pair comes out as U+FFFD, which no text may hold: its line is named as any other bad line. */
async function* toUtf8(chunks: AsyncIterable<Uint8Array>, encoding: 'utf-16le' | 'utf-16be'): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
