import { createHash } from 'node:crypto';

/** Bytes of a phone in a hint: two different phones share them once in 16 million. */
const BYTES = 3;
/** Jobs with more recipients have no hint: it would be billed with every write of the job. */
const MOST_PHONES = 100;

/** The phones of a small job in short, by which a search passes over jobs that cannot have the one that it looks for. */
export function phoneHint(phones: readonly string[]): Uint8Array | undefined {
  if (phones.length === 0 || phones.length > MOST_PHONES) return undefined;
  return Buffer.concat(phones.map(digestOf));
}

/** Whether the job of a hint may have a phone. Without a hint it may. */
export function mayHavePhone(hint: Uint8Array | undefined, phone: string): boolean {
  if (hint === undefined) return true;
  const wanted = digestOf(phone);
  const bytes = Buffer.from(hint);
  for (let at = 0; at < bytes.length; at += BYTES) if (bytes.subarray(at, at + BYTES).equals(wanted)) return true;
  return false;
}

function digestOf(phone: string): Buffer {
  return createHash('sha256').update(phone).digest().subarray(0, BYTES);
}
