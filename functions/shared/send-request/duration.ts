const PARTS = /^P(?:(\d{1,3})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/;
const WEEK = 7 * 24 * 3_600_000;

/**
 * An ISO 8601 duration of days, hours, minutes and seconds in milliseconds.
 * @param most milliseconds, seven days unless given
 * @returns `undefined` if it is none, zero, or above the most
 */
export function durationMilliseconds(text: string, most = WEEK): number | undefined {
  const match = PARTS.exec(text);
  if (!match) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const milliseconds = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  return milliseconds > 0 && milliseconds <= most ? milliseconds : undefined;
}
