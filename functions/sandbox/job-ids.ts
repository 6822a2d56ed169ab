/** Makes the ids of jobs: digits, as the provider's are, rising with time and unique. */
export type JobIds = () => string;

/**
 * Milliseconds, a counter and a random part: two processes that start in the same millisecond differ in the last.
 * @param now milliseconds since 1970. @param random at least 0, below 1.
 */
export function createJobIds(now: () => number, random: () => number): JobIds {
  let counter = 0;
  return () => {
    counter = (counter + 1) % 10_000;
    const suffix = Math.floor(random() * 1_000_000);
    return `${now()}${String(counter).padStart(4, '0')}${String(suffix).padStart(6, '0')}`;
  };
}
