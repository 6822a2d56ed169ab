import type { FileFormat } from '../shared/files/names.ts';
import type { Block } from './blocks.ts';
import { readCsv } from './csv.ts';
import { readJsonLines } from './json-lines.ts';
import type { Line } from './line.ts';

/**
 * Reads a file's lines, some at a time. Blank lines are left out. @param fields how many fields the pattern has
 * @throws RefusedFile when the file as a whole makes no sense
 */
export function readLines(format: FileFormat, blocks: AsyncIterable<Block>, fields: number): AsyncIterable<Line[]> {
  return format === 'csv' ? readCsv(blocks, fields) : readJsonLines(blocks);
}
