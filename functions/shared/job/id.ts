import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O, U, and sorted like the numbers that it writes. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/** A new job id: `job_` and a ULID, so that ids sort by the time (epoch milliseconds) at which they were made. */
export function newJobId(now: number): string {
  return `job_${newUlid(now)}`;
}

/** 26 characters: the time (epoch milliseconds), then random. */
export function newUlid(now: number): string {
  let time = now;
  let digits = '';
  for (let index = 0; index < TIME_DIGITS; index++) {
    digits = ALPHABET[time % 32] + digits;
    time = Math.floor(time / 32);
  }
  return digits + Array.from(randomBytes(RANDOM_DIGITS), (byte) => ALPHABET[byte % 32]).join('');
}
