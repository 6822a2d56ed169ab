import { createHash } from 'node:crypto';

/** A number from 0 up to 1 that follows from these words alone, so that a seed gives the same scenarios whatever comes first. */
export function randomOf(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join('\0')).digest().readUInt32BE() / 2 ** 32;
}

/** The same, a new one at each call. */
export function randoms(...words: readonly (string | number)[]): () => number {
  let count = 0;
  return () => randomOf(...words, count++);
}
