import type { FileFormat } from '../shared/files/names.ts';
import type { Line } from './file-line.ts';
import type { Block } from './read-blocks.ts';
import { readCsv } from './read-csv.ts';
import { readJsonLines } from './read-json-lines.ts';

/**
 * Reads a file's lines, some at a time. Blank lines are left out. @param fields how many fields the pattern has
 * @throws RefusedFile when the file as a whole makes no sense
 */
export function readLines(format: FileFormat, blocks: AsyncIterable<Block>, fields: number): AsyncIterable<Line[]> {
  return format === 'csv' ? readCsv(blocks, fields) : readJsonLines(blocks);
}
