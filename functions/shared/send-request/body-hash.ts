import { createHash } from 'node:crypto';

/** SHA-256, hexadecimal, of a parsed body: the same for two bodies that differ only in white space or the order of their fields. */
export function hashOf(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body, sortFields)).digest('hex');
}

function sortFields(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
