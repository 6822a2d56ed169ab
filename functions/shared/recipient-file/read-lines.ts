import type { FileFormat } from '../files/object-keys.ts';
import type { FileFormatFound, FileReading } from '../job/job-file.ts';
import type { HeaderRules } from './csv-header.ts';
import type { Line } from './file-line.ts';
import { readCsv } from './read-csv.ts';
import { readJsonLines } from './read-json-lines.ts';
import { readText, type TextBlock } from './read-text.ts';

/** How a file turned out to be written, as far as it has been read. */
export type FileFound = FileFormatFound;

/** What a file is read by. */
export interface LineRules extends Pick<FileReading, 'phoneColumn' | 'encoding'>, HeaderRules {
  format: FileFormat;
}

/**
 * Reads a file's lines, some at a time. Blank lines are left out.
 * @param found takes down how the file turned out to be written
 * @param read is told how many bytes have been read
 * @throws RefusedFile when the file as a whole makes no sense
 */
export function readLines(
  chunks: AsyncIterable<Uint8Array>,
  { format, encoding, ...header }: LineRules,
  found: FileFound,
  read: (bytes: number) => void = () => undefined,
): AsyncIterable<Iterable<Line>> {
  const blocks = measured(readText(chunks, encoding, found), read);
  return format === 'csv' ? readCsv(blocks, header, found) : readJsonLines(blocks);
}

async function* measured(blocks: AsyncIterable<TextBlock>, read: (bytes: number) => void): AsyncGenerator<TextBlock> {
  for await (const block of blocks) {
    read(block.bytesRead);
    yield block;
  }
}
