import { LONGEST_LINE, tooLong } from './byte-lines.ts';
import type { TextBlock } from './read-text.ts';

/** A record of a CSV file by the line on which it begins (from 1), or why that line cannot be read. */
export type CsvRecord = { line: number } & ({ cells: readonly string[] } | { malformed: keyof typeof MALFORMED });

/** What can be wrong with the quotes of a line. */
export const MALFORMED = {
  'quote-stray': 'A quote stands inside of a value that is not in quotes, or something follows the quote that ends a value.',
  'quote-unclosed': 'A quote is opened and not closed.',
} as const;

/** A record as it was found in a text, with where it ends; `open` when the text ends inside of quotes. */
type Found = { cells: readonly string[]; end: number } | { malformed: 'quote-stray' } | 'open';

/** Reads the record that begins at `start`. @param separator between cells */
export function readRecord(text: string, start: number, separator: string): Found {
  const feed = text.indexOf('\n', start);
  const end = feed < 0 ? text.length : feed;
  const line = text.slice(start, end);
  return line.includes('"') ? readQuoted(text, start, separator) : { cells: line.split(separator), end };
}

function readQuoted(text: string, start: number, separator: string): Found {
  const cells: string[] = [];
  for (let at = start; ; ) {
    const cell = text[at] === '"' ? readQuotedCell(text, at + 1) : readPlainCell(text, at, separator);
    if (typeof cell === 'string') return cell === 'open' ? 'open' : { malformed: cell };
    cells.push(cell.value);
    at = cell.end;
    if (at === text.length || text[at] === '\n') return { cells, end: at };
    if (!text.startsWith(separator, at)) return { malformed: 'quote-stray' };
    at += separator.length;
  }
}

function readQuotedCell(text: string, start: number): { value: string; end: number } | 'open' {
  let value = '';
  for (let from = start; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return 'open';
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

function readPlainCell(text: string, start: number, separator: string): { value: string; end: number } | 'quote-stray' {
  const ends = [text.indexOf(separator, start), text.indexOf('\n', start)].filter((at) => at >= 0);
  const end = Math.min(...ends, text.length);
  const value = text.slice(start, end);
  return value.includes('"') ? 'quote-stray' : { value, end };
}

/**
 * Reads the records of a CSV file (RFC 4180). A value in quotes may have several lines. Where quotes do not fit, the line is named and reading
 * goes on at the next line: behind a quote that is never closed, every other line can still be a record.
 */
export class CsvRecords {
  readonly separator: string;
  #rest = '';
  #line = 1;

  constructor(separator: string, firstLine: number) {
    this.separator = separator;
    this.#line = firstLine;
  }

  /** Takes more lines. Its records must all be taken before the next lines come. @throws RefusedFile for a line that is too long */
  read({ text }: Pick<TextBlock, 'text'>): Iterable<CsvRecord> {
    return this.#take(this.#rest + text, false);
  }

  end(): Iterable<CsvRecord> {
    return this.#take(this.#rest, true);
  }

  /** One by one, so that none lives longer than it takes to read it: a million of them would fill the memory. */
  *#take(text: string, isAll: boolean): Generator<CsvRecord> {
    let at = 0;
    while (at < text.length) {
      const record = readRecord(text, at, this.separator);
      if (record === 'open' && !isAll && text.length - at <= LONGEST_LINE) break;
      if (typeof record === 'object' && 'cells' in record) {
        if (record.end - at > LONGEST_LINE) throw tooLong(this.#line);
        yield { line: this.#line, cells: record.cells };
        this.#line += 1 + (record.cells.some((cell) => cell.includes('\n')) ? feedsIn(text, at, record.end) : 0);
        at = record.end + 1;
      } else {
        yield { line: this.#line, malformed: record === 'open' ? 'quote-unclosed' : record.malformed };
        this.#line += 1;
        at = text.indexOf('\n', at) + 1 || text.length + 1;
      }
    }
    this.#rest = text.slice(at);
  }
}

function feedsIn(text: string, start: number, end: number): number {
  return text.slice(start, end).split('\n').length - 1;
}
