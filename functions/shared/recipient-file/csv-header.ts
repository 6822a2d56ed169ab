import { readRecord } from './csv-record.ts';
import { RefusedFile } from './refused-file.ts';

/** What the header of a file is read for. */
export interface HeaderRules {
  /** How many fields the pattern has, and their names if it names them. */
  fields: number;
  names: readonly string[] | undefined;
  /** Name of the column with the phones; found by itself unless given. */
  phoneColumn?: string | undefined;
  /** Whether fields that are all blank are empty, and do not stand for the default. */
  keepBlank?: boolean;
}

/** Where the cells of a record belong, by index from 0. */
export interface Columns {
  count: number;
  phone: number;
  /** The column of the caller's own names for recipients, if there is one. */
  reference: number | undefined;
  /** The column of each field. None where all recipients have the default. */
  fields: readonly number[];
  /** Columns without a name: no columns unless they have a value. */
  nameless: readonly number[];
  /** Names of the columns that the pattern does not need. */
  ignored: readonly string[];
  /** The fields were found by the order of the columns. */
  byOrder: boolean;
}

/** What may stand between cells, the likeliest first. */
const SEPARATORS = [',', ';', '\t', '，'] as const;
/** A first line that spreadsheets write, and read, to name the separator. */
const SEPARATOR_LINE = /^"?sep=(.)"?[ \t,;]*\n/i;
/** What people call the column of the phones, without case, blanks, `_` and `-`. */
const PHONE_NAMES = new Set(['phone', '手机号', '手机号码', '手机', '电话', 'mobile', 'tel', 'telephone', 'phonenumber']);
/** A field's number, however it is written: `0`, `{0}`, `[0]`, `${0}`, `detail0`. */
const NUMBER = /^(?:detail)?(\d{1,3})$/i;
const BRACKETS = /^(?:\$?\{\s*(.*?)\s*\}|\[\s*(.*?)\s*\])$/;

/** A name as people mean it: without invisible characters and brackets, full-width characters as plain ones. */
function meant(name: string): string {
  const plain = name
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim();
  const [, inBraces, inSquare] = BRACKETS.exec(plain) ?? [];
  return inBraces ?? inSquare ?? plain;
}

function isPhoneName(name: string): boolean {
  return PHONE_NAMES.has(
    meant(name)
      .toLowerCase()
      .replace(/[\s_-]/g, ''),
  );
}

/** Whether a cell is blank to the eye. */
export function isBlank(cell: string): boolean {
  return cell === '' || cell.replace(/\p{Cf}/gu, '').trim() === '';
}

/** The separator that the first lines show, and how many characters and lines stand before the header. */
export function findSeparator(text: string, rules: HeaderRules): { separator: string; skip: number; lines: number } {
  const [line = '', named] = SEPARATOR_LINE.exec(text) ?? [];
  if (named !== undefined) {
    if (/[\p{L}\p{N}"\s]/u.test(named) && named !== '\t') throw malformed('The line sep= names no separator that can be used.', 1);
    return { separator: named, skip: line.length, lines: 1 };
  }
  const skip = /^\s*/.exec(text)?.[0].replace(/[^\n]*$/, '') ?? '';
  const lines = skip.split('\n').length - 1;
  const read = SEPARATORS.map((separator) => ({ separator, cells: cellsOf(text, skip.length, separator) }));
  const score = ({ cells }: (typeof read)[number]) => (cells.some((cell) => isPhone(cell, rules)) ? 1_000_000 : 0) + cells.length;
  const best = read.reduce((one, other) => (score(other) > score(one) ? other : one));
  return { separator: best.separator, skip: skip.length, lines };
}

function cellsOf(text: string, start: number, separator: string): readonly string[] {
  const record = readRecord(text, start, separator);
  return typeof record === 'object' && 'cells' in record ? record.cells : [];
}

function isPhone(cell: string, { phoneColumn }: HeaderRules): boolean {
  return phoneColumn === undefined ? isPhoneName(cell) : meant(cell) === meant(phoneColumn);
}

/** Reads the header of a CSV file. @throws RefusedFile that says what does not fit */
export function readHeader(names: readonly string[], line: number, rules: HeaderRules): Columns {
  const columns = names.map((written, index) => ({ index, written: shown(written), name: meant(written) }));
  const named = columns.filter(({ name }) => name !== '');
  const phone = findPhone(named, line, rules);
  const reference = named.find(({ name }) => name.toLowerCase() === 'reference' && !rules.names?.includes(name))?.index;
  const found = findFields(named, [phone.index, reference], line, rules);
  const used = new Set([phone.index, reference, ...found.fields]);
  return {
    count: names.length,
    phone: phone.index,
    reference,
    ...found,
    nameless: columns.filter(({ name }) => name === '').map(({ index }) => index),
    ignored: named.filter(({ index }) => !used.has(index)).map(({ written }) => written),
  };
}

interface Column {
  index: number;
  written: string;
  name: string;
}

/** A name for people: without what is not seen, and short. */
function shown(name: string): string {
  return [...name.replace(/\p{C}/gu, '').trim()].slice(0, 40).join('');
}

function findPhone(named: readonly Column[], line: number, rules: HeaderRules): Column {
  const all = named.filter(({ written }) => isPhone(written, rules));
  // A field of the text may well be called as the phone's column is.
  const others = all.filter(({ name }) => !rules.names?.includes(name));
  const candidates = all.length > 1 && others.length > 0 ? others : all;
  const [phone, second] = candidates;
  if (phone && !second) return phone;
  if (phone && second) {
    const detail = `The header has two columns for the phone, "${phone.written}" and "${second.written}": name one in recipientsFrom.phoneColumn.`;
    throw malformed(detail, line);
  }
  const wanted = rules.phoneColumn === undefined ? 'a column phone, or 手机号' : `the column "${shown(rules.phoneColumn)}"`;
  throw malformed(`The first line must be a header with ${wanted}. ${listed(named)}`, line);
}

function listed(named: readonly Column[]): string {
  // A file without a header has a person's data in its first line.
  const names = named.map(({ written }) => written).filter((name) => !/\d{5}/.test(name));
  return names.length === 0 ? 'It has no columns with names.' : `Its columns are ${names.slice(0, 20).join(', ')}.`;
}

function findFields(
  named: readonly Column[],
  taken: readonly (number | undefined)[],
  line: number,
  rules: HeaderRules,
): Pick<Columns, 'fields' | 'byOrder'> {
  const { fields, names } = rules;
  if (fields === 0) return { fields: [], byOrder: false };
  const wanted = Array.from({ length: fields }, (_, field) => names?.[field] ?? String(field));
  const found = wanted.map((field) => columnsOf(named, field, names === undefined));
  const hasNumbers = named.some(({ name }) => NUMBER.test(name));
  if (hasNumbers || found.some((columns) => columns.length > 0)) return { fields: byName(wanted, found, named, line), byOrder: false };
  const others = named.filter(({ index }) => !taken.includes(index));
  if (others.length === 0) return { fields: [], byOrder: false };
  if (others.length === fields) return { fields: others.map(({ index }) => index), byOrder: true };
  const detail = `The pattern has ${fields} field(s) (${wanted.join(', ')}), and no column has the name of one. ${listed(named)}`;
  throw malformed(detail, line);
}

/** The columns that a field's name or number stands for; in another case only where none has it exactly. */
function columnsOf(named: readonly Column[], field: string, isNumber: boolean): Column[] {
  if (isNumber) return named.filter(({ name }) => NUMBER.test(name) && Number(NUMBER.exec(name)?.[1]) === Number(field));
  const plain = field.normalize('NFKC');
  const exact = named.filter(({ name }) => name === plain);
  return exact.length > 0 ? exact : named.filter(({ name }) => name.toLowerCase() === plain.toLowerCase());
}

function byName(wanted: readonly string[], found: readonly Column[][], named: readonly Column[], line: number): number[] {
  const missing = wanted.filter((_, field) => found[field]?.length === 0);
  if (missing.length > 0) {
    throw malformed(`Some columns are named after fields, and none is for ${missing.join(', ')}. ${listed(named)}`, line);
  }
  const twice = found.find((columns) => columns.length > 1);
  if (twice) throw malformed(`Two columns are for the same field: "${twice[0]?.written}" and "${twice[1]?.written}".`, line);
  const indexes = found.map(([column]) => (column as Column).index);
  if (new Set(indexes).size < indexes.length) throw malformed(`One column would be for two fields. ${listed(named)}`, line);
  return indexes;
}

function malformed(detail: string, line: number): RefusedFile {
  return new RefusedFile('header-malformed', detail, line);
}
