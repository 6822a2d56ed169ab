/** Control characters other than the line feed and the tab. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const REFUSED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd-\uffff]/;

/** What is wrong with a text, whichever way it came. */
export interface TextProblem {
  code: 'replacement-character' | 'lone-surrogate' | 'control-character' | 'forbidden-character';
  /** For people; never holds the text. */
  detail: string;
}

/** Finds what no message may hold, since it is the trace of a damage or cannot arrive. */
export function problemOfText(text: string): TextProblem | undefined {
  if (!text.isWellFormed()) return { code: 'lone-surrogate', detail: 'It holds half of a surrogate pair, which no encoding can carry.' };
  const found = REFUSED.exec(text)?.[0];
  if (found === undefined) return undefined;
  const name = `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  if (found === '\ufffd') {
    return { code: 'replacement-character', detail: `It holds ${name}: it was read in a wrong encoding before it came here.` };
  }
  if (found > '\ufffd') return { code: 'forbidden-character', detail: `It holds ${name}, which is no character.` };
  return { code: 'control-character', detail: `It holds ${name}, a control character; of those only line feed and tab can be sent.` };
}

/** The text with CR LF as LF: a phone shows one line break for both. */
export function withLineFeeds(text: string): string {
  return text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
}
