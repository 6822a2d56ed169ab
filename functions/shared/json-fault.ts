/** Where a text stops being JSON, or names a field twice. Lines and columns count from 1, columns in UTF-16 code units. */
export interface JsonFault {
  line: number;
  column: number;
  /** In our own words: the parser's message may quote the text, which holds phones and messages. */
  detail: string;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A string without control characters, with whole escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const BLANK = /[ \t\n\r]*/y;
const LITERAL = /true|false|null/y;

/** What is open: a list, or an object with the names that it has so far. */
type Open = Set<string> | null;

/**
 * Finds the first fault of a JSON text. A name that stands twice in one object is a fault, since a parser would drop one of the values
 * in silence. Goes through the text once and keeps its own stack, so that no depth overflows the call stack.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  let at = 0;
  const open: Open[] = [];
  const skip = () => {
    at = endOf(BLANK, text, at) ?? at;
  };
  const take = (pattern: RegExp): string | undefined => {
    const end = endOf(pattern, text, at);
    if (end === undefined) return undefined;
    const taken = text.slice(at, end);
    at = end;
    return taken;
  };
  /** A name with its colon. @returns what is wrong */
  const name = (names: Set<string>): string | undefined => {
    const start = at;
    const written = take(STRING);
    if (written === undefined) return 'the name of a field is expected, in double quotes.';
    const decoded = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
    if (names.has(decoded)) {
      at = start;
      return 'this field stands in its object before.';
    }
    names.add(decoded);
    skip();
    if (text[at] !== ':') return 'a colon is expected.';
    at += 1;
    return undefined;
  };
  /** A value, or the start of a list or object. @returns what is wrong, or whether a value has ended */
  const value = (): string | boolean => {
    const character = text[at];
    if (character === '[' || character === '{') {
      at += 1;
      const names: Open = character === '{' ? new Set() : null;
      skip();
      if (text[at] === (names ? '}' : ']')) {
        at += 1;
        return true;
      }
      open.push(names);
      return (names && name(names)) || false;
    }
    if (take(STRING) ?? take(NUMBER) ?? take(LITERAL)) return true;
    if (character === undefined) return 'the text ends here, and a value is expected.';
    return character === '"' ? 'this text has no end, or holds what must be escaped.' : 'a value is expected.';
  };
  for (;;) {
    skip();
    let state = value();
    while (state === true) {
      skip();
      if (open.length === 0) return at === text.length ? undefined : faultAt(text, at, 'the document has ended before.');
      const names = open.at(-1) ?? null;
      if (text[at] === (names ? '}' : ']')) {
        open.pop();
        at += 1;
      } else if (text[at] === ',') {
        at += 1;
        skip();
        state = (names && name(names)) || false;
      } else state = `a comma or ${names ? '}' : ']'} is expected.`;
    }
    if (typeof state === 'string') return faultAt(text, at, state);
  }
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function faultAt(text: string, at: number, detail: string): JsonFault {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, detail };
}
