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

/** How a step ended: what is wrong, or whether a value has ended. */
type Step = string | boolean;

/**
 * Finds the first fault of a JSON text. A name that stands twice in one object is a fault, since a parser would drop one of the values
 * in silence. Goes through the text once and keeps its own stack, so that no depth overflows the call stack.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  return new JsonScanner(text).findFault();
}

class JsonScanner {
  readonly #text: string;
  readonly #open: Open[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  findFault(): JsonFault | undefined {
    for (;;) {
      this.#skip();
      let step = this.#value();
      while (step === true) {
        this.#skip();
        if (this.#open.length > 0) step = this.#afterValue();
        else return this.#at === this.#text.length ? undefined : faultAt(this.#text, this.#at, 'the document has ended before.');
      }
      if (typeof step === 'string') return faultAt(this.#text, this.#at, step);
    }
  }

  /** A value, or the start of a list or object. */
  #value(): Step {
    const character = this.#text[this.#at];
    if (character === '[' || character === '{') {
      this.#at += 1;
      const names: Open = character === '{' ? new Set() : null;
      this.#skip();
      if (this.#closes(names)) return true;
      this.#open.push(names);
      return (names && this.#name(names)) || false;
    }
    if (this.#take(STRING) ?? this.#take(NUMBER) ?? this.#take(LITERAL)) return true;
    if (character === undefined) return 'the text ends here, and a value is expected.';
    return character === '"' ? 'this text has no end, or holds what must be escaped.' : 'a value is expected.';
  }

  /** What follows a value in its list or object: the end, or a comma and the next name. */
  #afterValue(): Step {
    const names = this.#open.at(-1) ?? null;
    if (this.#closes(names)) {
      this.#open.pop();
      return true;
    }
    if (this.#text[this.#at] !== ',') return `a comma or ${names ? '}' : ']'} is expected.`;
    this.#at += 1;
    this.#skip();
    return (names && this.#name(names)) || false;
  }

  /** A name with its colon. @returns what is wrong */
  #name(names: Set<string>): string | undefined {
    const start = this.#at;
    const written = this.#take(STRING);
    if (written === undefined) return 'the name of a field is expected, in double quotes.';
    const decoded = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
    if (names.has(decoded)) {
      this.#at = start;
      return 'this field stands in its object before.';
    }
    names.add(decoded);
    this.#skip();
    if (this.#text[this.#at] !== ':') return 'a colon is expected.';
    this.#at += 1;
    return undefined;
  }

  /** Takes the bracket that closes an object, or a list. */
  #closes(names: Open): boolean {
    if (this.#text[this.#at] !== (names ? '}' : ']')) return false;
    this.#at += 1;
    return true;
  }

  #skip(): void {
    this.#at = endOf(BLANK, this.#text, this.#at) ?? this.#at;
  }

  #take(pattern: RegExp): string | undefined {
    const end = endOf(pattern, this.#text, this.#at);
    if (end === undefined) return undefined;
    const taken = this.#text.slice(this.#at, end);
    this.#at = end;
    return taken;
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
