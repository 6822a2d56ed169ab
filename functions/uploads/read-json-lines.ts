import { parseRecipient } from '../shared/send-request/request-schema.ts';
import { type Line, placeOfLine } from './file-line.ts';
import type { Block } from './read-blocks.ts';

/** Reads a file of JSON values, one a line, each a recipient as in the body of a request: `"13800138000"` or an object. */
export async function* readJsonLines(blocks: AsyncIterable<Block>): AsyncGenerator<Line[]> {
  for await (const { bytes, firstLine } of blocks) {
    const texts = bytes.toString().split('\n');
    yield texts.flatMap((text, index) => (text.trim() === '' ? [] : readLine(text, firstLine + index)));
  }
}

function readLine(text: string, number: number): Line {
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
