import type { Message, Payload } from './message.ts';
import { parsePattern, renderParts } from './pattern.ts';

/** UTF-16 code units in a message of one segment, and in each segment of a longer one (the rest is its header). */
const SINGLE = 70;
const CONCATENATED = 67;

/**
 * How many SMS segments the text takes as UCS-2: up to 70 code units are one, longer texts take one for each 67. The
 * signature is part of the text. An empty text is 0. An emoji outside the basic plane counts as two units, and may lie
 * on a segment's border, as in the platforms' bills, which only divide.
 */
export function countSegments(text: string): number {
  if (text === '') return 0;
  return text.length <= SINGLE ? 1 : Math.ceil(text.length / CONCATENATED);
}

/** SMS segments of all texts of a batch; `undefined` for the provider's own strings, which cannot be read for certain. */
export function segmentsOf(message: Message, payload: Payload): number | undefined {
  if (message.form === 'strings' || payload.form === 'strings') return undefined;
  if (payload.form === 'rendered') return countSegments(payload.text) * payload.recipients.length;
  const { parts } = parsePattern(message.pattern);
  return payload.recipients.reduce((sum, { detail }) => sum + countSegments(renderParts(parts, detail ?? message.defaultDetail)), 0);
}
