import { createHash } from 'node:crypto';
import { base32 } from '../base32.ts';

const DIGITS = 26;

/**
 * The id of the job that a caller's idempotency key stands for: `job_` and 130 bits of a SHA-256. It follows from caller and key, so that
 * the job's own item decides which of several requests creates it.
 */
export function jobIdOf(caller: string, key: string): string {
  const digest = createHash('sha256').update(`${caller}\0${key}`).digest();
  return `job_${base32(digest.subarray(0, DIGITS))}`;
}
