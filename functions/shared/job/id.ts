import { createHash, randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O, U, and sorted like the numbers that it writes. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const DIGITS = 26;

/**
 * The id of the job that a caller's idempotency key stands for: `job_` and 130 bits of a SHA-256. It follows from caller and key, so that
 * the job's own item decides which of several requests creates it.
 */
export function jobIdOf(caller: string, key: string): string {
  const digest = createHash('sha256').update(`${caller}\0${key}`).digest();
  return `job_${Array.from(digest.subarray(0, DIGITS), (byte) => ALPHABET[byte % 32]).join('')}`;
}

/** A ULID: the time (epoch milliseconds) in 10 characters, then 16 random ones. */
export function newUlid(now: number): string {
  let time = now;
  let digits = '';
  for (let index = 0; index < TIME_DIGITS; index++) {
    digits = ALPHABET[time % 32] + digits;
    time = Math.floor(time / 32);
  }
  return digits + Array.from(randomBytes(DIGITS - TIME_DIGITS), (byte) => ALPHABET[byte % 32]).join('');
}
