/** What happened to a job or a batch, when (epoch milliseconds) and why. */
export interface TimelineEntry {
  at: number;
  event: string;
  detail?: string;
  batch?: number;
}

/** Entries that a batch keeps: it must stay small, since every write to it is billed by its whole size. */
const MOST_ENTRIES = 30;
/** How a batch began is always kept; what is dropped is what happened often in between. */
const FIRST_ENTRIES = 5;

/** A timeline with one more entry, shortened in the middle when it would grow too long. */
export function withEntry(timeline: readonly TimelineEntry[], entry: TimelineEntry): TimelineEntry[] {
  const grown = [...timeline, entry];
  if (grown.length <= MOST_ENTRIES) return grown;
  return [...grown.slice(0, FIRST_ENTRIES), ...grown.slice(grown.length - MOST_ENTRIES + FIRST_ENTRIES)];
}
