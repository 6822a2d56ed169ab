import { CsvError, parse } from 'csv-parse';
import { type Line, placeOfLine } from './file-line.ts';
import { type Block, LONGEST_LINE } from './read-blocks.ts';
import { RefusedFile } from './refused-file.ts';

/** The column that holds the phone; its name may be written in any case. */
const PHONE = 'phone';
/** Names that say which field a column holds: `0`, `detail0`, `{0}`. */
const FIELD = /^(?:\{(\d{1,3})\}|(?:detail)?(\d{1,3}))$/i;

/** Where the cells of a record belong. */
interface Columns {
  count: number;
  phone: number;
  /** The column of each field. */
  fields: readonly number[];
}

/**
 * Reads a CSV file (RFC 4180, LF or CRLF) with a header. One column is `phone`; the others are the fields of the pattern in their
 * order, unless all of them are named by their number. A recipient whose cells are all empty brings no detail of its own.
 * @throws RefusedFile for a header that does not fit, and where quotes do not: behind them nobody can say where a record begins
 */
export async function* readCsv(blocks: AsyncIterable<Block>, fields: number): AsyncGenerator<Line[]> {
  let columns: Columns | undefined;
  let lines: Line[] = [];
  const records = readRecords((record, number) => {
    if (record.length === 1 && record[0]?.trim() === '') return;
    if (columns) lines.push(lineOf(record, number, columns));
    else columns = readHeader(record, number, fields);
  });
  for await (const { bytes } of blocks) {
    await records.write(bytes);
    yield lines;
    lines = [];
  }
  await records.end();
  yield lines;
}

/** Reads records and hands on each with the line on which it begins. @param take may throw */
function readRecords(take: (record: readonly string[], number: number) => void) {
  let [nextLine, blankLines] = [1, 0];
  const parser = parse({
    ...{ relax_column_count: true, skip_empty_lines: true, max_record_size: LONGEST_LINE },
    // Given, not guessed from the first line: a file whose line ends differ would have its lines run together.
    record_delimiter: ['\r\n', '\n'],
    on_record(record: string[], { empty_lines }) {
      const number = nextLine + (empty_lines - blankLines);
      // Counted here: the parser takes a CRLF inside of a value for two lines.
      nextLine = number + 1 + record.reduce((sum, cell) => sum + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0);
      blankLines = empty_lines;
      take(record, number);
      return null;
    },
  });
  // Every failure also reaches the callback below.
  parser.on('error', () => undefined);
  const finish =
    ({ resolve, reject }: PromiseWithResolvers<void>) =>
    (error?: Error | null) => {
      if (error instanceof CsvError) reject(malformed(error, nextLine + (Number(error.empty_lines) - blankLines)));
      else if (error) reject(error);
      else resolve();
    };
  return {
    write(bytes: Buffer): Promise<void> {
      const written = Promise.withResolvers<void>();
      parser.write(bytes, finish(written));
      return written.promise;
    },
    end(): Promise<void> {
      const ended = Promise.withResolvers<void>();
      parser.end(finish(ended));
      return ended.promise;
    },
  };
}

/** The parser's own messages quote the file, which holds phones and parts of texts. */
const REASONS: Partial<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'a quote stands inside a value that is not in quotes',
  CSV_INVALID_CLOSING_QUOTE: 'something follows the quote that ends a value',
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  CSV_MAX_RECORD_SIZE: 'a record is too long, or a quote is not closed',
};

function malformed({ code }: CsvError, line: number): RefusedFile {
  return new RefusedFile('csv-malformed', `The file cannot be read beyond line ${line}: ${REASONS[code] ?? 'it is not CSV'}.`, line);
}

function readHeader(names: readonly string[], line: number, fields: number): Columns {
  const written = names.map((name) => name.trim().toLowerCase());
  const phone = written.indexOf(PHONE);
  if (phone < 0 || written.lastIndexOf(PHONE) !== phone) {
    throw new RefusedFile('header-malformed', `The first line must be a header with one column ${PHONE}.`, line);
  }
  const others = written.flatMap((name, index) => (index === phone ? [] : [{ index, field: fieldOf(name) }]));
  if (others.length > 0 && others.length !== fields) {
    const detail = `The pattern has ${fields} field(s), the header ${others.length} column(s) beside ${PHONE}.`;
    throw new RefusedFile('header-malformed', detail, line);
  }
  if (others.some(({ field }) => field === undefined)) return { count: names.length, phone, fields: others.map(({ index }) => index) };
  const byField = others.toSorted((one, other) => (one.field ?? 0) - (other.field ?? 0));
  if (byField.some(({ field }, place) => field !== place)) {
    throw new RefusedFile(
      'header-malformed',
      'Columns that are named by the number of their field must be numbered from 0, each once.',
      line,
    );
  }
  return { count: names.length, phone, fields: byField.map(({ index }) => index) };
}

function fieldOf(name: string): number | undefined {
  const [, inBraces, plain] = FIELD.exec(name) ?? [];
  const digits = inBraces ?? plain;
  return digits === undefined ? undefined : Number(digits);
}

function lineOf(record: readonly string[], number: number, { count, phone, fields }: Columns): Line {
  if (record.length !== count) {
    const detail = `The line has ${record.length} cell(s), the header ${count}.`;
    return { number, problems: [{ place: placeOfLine(number), code: 'cells-mismatch', detail }] };
  }
  const values = fields.map((column) => record[column] ?? '');
  return { number, input: { phone: record[phone] ?? '', ...(values.some((value) => value !== '') && { detail: values }) } };
}
