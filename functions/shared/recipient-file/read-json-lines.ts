import { parseRecipient } from '../send-request/parse-body.ts';
import { LONGEST_LINE, tooLong } from './byte-lines.ts';
import { type Line, placeOfLine } from './file-line.ts';
import type { TextBlock } from './read-text.ts';

/** Reads a file of JSON values, one a line, each a recipient as in the body of a request: `"13800138000"` or an object. */
export async function* readJsonLines(blocks: AsyncIterable<TextBlock>): AsyncGenerator<Iterable<Line>> {
  for await (const { text, firstLine } of blocks) {
    const lines = (firstLine === 1 ? text.replace(/^\ufeff/, '') : text).split('\n');
    yield readAll(lines, firstLine);
  }
}

function* readAll(lines: readonly string[], firstLine: number): Generator<Line> {
  for (const [index, line] of lines.entries()) if (line.trim() !== '') yield readLine(line, firstLine + index);
}

function readLine(text: string, number: number): Line {
  if (text.length > LONGEST_LINE) throw tooLong(number);
  const place = placeOfLine(number);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message may quote the line, which holds a phone and parts of a text.
    return { number, problems: [{ place, code: 'invalid-json', detail: 'The line is not JSON.' }] };
  }
  const parsed = parseRecipient(value, place);
  return 'problems' in parsed ? { number, problems: parsed.problems } : { number, input: parsed.recipient };
}
