import type { FileFormatFound } from '../job/job-file.ts';
import { OrderedDetail } from '../message/detail.ts';
import { LONGEST_REFERENCE } from '../send-request/request-schema.ts';
import { type Columns, findSeparator, type HeaderRules, isBlank, readHeader } from './csv-header.ts';
import { type CsvRecord, CsvRecords, MALFORMED } from './csv-record.ts';
import { type Line, placeOfLine } from './file-line.ts';
import type { TextBlock } from './read-text.ts';
import { RefusedFile } from './refused-file.ts';

/**
 * Reads a CSV file (RFC 4180) as spreadsheets save it, with a header: the phone's column by its name, fields by name or number, by their
 * order where no column is named so. Rows whose cells are all blank are no rows. A recipient whose fields are all blank brings no
 * detail of its own. Some lines at a time, which are read as they are taken.
 * @throws RefusedFile for a header that does not fit
 */
export async function* readCsv(
  blocks: AsyncIterable<TextBlock>,
  rules: HeaderRules,
  found: FileFormatFound,
): AsyncGenerator<Iterable<Line>> {
  let records: CsvRecords | undefined;
  let columns: Columns | undefined;
  function* linesOf(all: Iterable<CsvRecord>): Generator<Line> {
    for (const record of all) {
      if ('cells' in record && record.cells.every(isBlank)) continue;
      if (columns) yield readRow(record, columns, rules, found);
      else columns = headerOf(record, rules, found);
    }
  }
  for await (const block of blocks) {
    if (records) yield linesOf(records.read(block));
    else {
      const text = block.firstLine === 1 ? block.text.replace(/^\ufeff/, '') : block.text;
      const { separator, skip, lines } = findSeparator(text, rules);
      found.separator = separator;
      records = new CsvRecords(separator, block.firstLine + lines);
      yield linesOf(records.read({ text: text.slice(skip) }));
    }
  }
  if (records) yield linesOf(records.end());
}

function headerOf(record: CsvRecord, rules: HeaderRules, found: FileFormatFound): Columns {
  if ('malformed' in record)
    throw new RefusedFile('header-malformed', `The header cannot be read. ${MALFORMED[record.malformed]}`, record.line);
  const columns = readHeader(record.cells, record.line, rules);
  found.ignoredColumns = [...columns.ignored];
  return columns;
}

function readRow(record: CsvRecord, columns: Columns, rules: HeaderRules, found: FileFormatFound): Line {
  const { line: number } = record;
  const bad = (code: string, detail: string): Line => ({ number, problems: [{ place: placeOfLine(number), code, detail }] });
  if ('malformed' in record) return bad(record.malformed, MALFORMED[record.malformed]);
  const { cells } = record;
  const { count, phone, fields, nameless, byOrder } = columns;
  const surplus = cells.length > count && cells.slice(count).some((cell) => !isBlank(cell));
  const needed = Math.max(phone, ...fields);
  if (surplus || cells.length <= needed) return bad('cells-mismatch', `The line has ${cells.length} cell(s), the header ${count}.`);
  for (const column of nameless) {
    if (isBlank(cells[column] ?? '')) continue;
    if (byOrder) return bad('cells-mismatch', `A value stands in column ${column + 1}, which has no name.`);
    noteNameless(found, column);
  }
  const values = fields.map((column) => cells[column] as string);
  const isDefault = fields.length === 0 || (!rules.keepBlank && values.every(isBlank));
  const detail = isDefault ? undefined : new OrderedDetail(values.map((value) => (isBlank(value) ? '' : value)));
  const reference = columns.reference === undefined ? '' : (cells[columns.reference] ?? '').trim();
  if (reference.length > LONGEST_REFERENCE) return bad('too-long', `The reference is longer than ${LONGEST_REFERENCE} characters.`);
  return { number, input: { phone: cells[phone] as string, detail, ...(reference !== '' && { reference }) } };
}

function noteNameless(found: FileFormatFound, column: number): void {
  const name = `(column ${column + 1})`;
  if (!found.ignoredColumns?.includes(name)) found.ignoredColumns = [...(found.ignoredColumns ?? []), name];
}
