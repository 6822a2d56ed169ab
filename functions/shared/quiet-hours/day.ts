import { momentsOf, wallAt } from '../quiet-hours/zone.ts';

const DAY = 24 * 3_600_000;
const QUARTER = 15 * 60_000;

/** The day that the clocks of a zone show at a moment (epoch milliseconds), as `2026-11-27`. */
export function dayAt(zone: string, at: number): string {
  return new Date(wallAt(zone, at)).toISOString().slice(0, 10);
}

/** When a day of a zone begins (epoch milliseconds). Where the clocks skip midnight, it begins where they go on. */
export function startOfDay(zone: string, date: string): number {
  for (let wall = Date.parse(`${date}T00:00:00Z`); ; wall += QUARTER) {
    const [moment] = momentsOf(zone, wall);
    if (moment !== undefined) return moment;
  }
}

/** The day after a day. */
export function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + DAY).toISOString().slice(0, 10);
}
