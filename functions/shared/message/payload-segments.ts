import type { Message, Payload } from './message.ts';
import { parsePattern, renderParts } from './pattern.ts';
import { countSegments } from './segments.ts';

/** SMS segments of all texts of a batch; `undefined` for the provider's own strings, which cannot be read for certain. */
export function segmentsOf(message: Message, payload: Payload): number | undefined {
  if (message.form === 'strings' || payload.form === 'strings') return undefined;
  if (payload.form === 'rendered') return countSegments(payload.text) * payload.recipients.length;
  const { parts } = parsePattern(message.pattern);
  return payload.recipients.reduce((sum, { detail }) => sum + countSegments(renderParts(parts, detail ?? message.defaultDetail)), 0);
}
