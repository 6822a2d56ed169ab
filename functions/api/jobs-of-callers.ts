import { callerIndexKey, jobKey, type Key } from '../shared/dynamodb/keys.ts';
import type { JobContext } from '../shared/job/context.ts';

/** A job as the index by caller has it. */
export interface IndexedJob extends Key {
  jobId: string;
  createdAt: string;
  phoneHint?: Uint8Array;
}

/** Where the stream of each caller goes on: after this job, from the start (`null`), or nowhere (`end`). */
export type StreamPosition = ([jobId: string, createdAt: string] | null | 'end')[];

/** A page of an index holds this many entries: some 300 KB with the phones of small jobs. */
const PAGE = 1_000;

interface Stream {
  caller: string;
  entries: IndexedJob[];
  at: StreamPosition[number];
  exhausted: boolean;
}

/** The jobs of several callers, newest first, between two moments. */
export interface JobStream {
  /** The newest job that was not taken yet, without taking it. */
  peek(): Promise<IndexedJob | undefined>;
  take(): void;
  position(): StreamPosition;
}

/** Opens the stream. @param start where an earlier one with the same callers stood */
export function openJobStream(
  context: JobContext,
  callers: readonly string[],
  { atLeast, upTo }: { atLeast: string; upTo: string },
  start: StreamPosition | undefined,
): JobStream {
  const streams = callers.map((caller, index): Stream => {
    const at = start?.[index] ?? null;
    return { caller, entries: [], at, exhausted: at === 'end' };
  });
  let newest: Stream | undefined;

  async function fill(stream: Stream): Promise<void> {
    while (stream.entries.length === 0 && !stream.exhausted) {
      const partition = callerIndexKey(stream.caller);
      const last = Array.isArray(stream.at) ? stream.at : undefined;
      const from = last && { ...jobKey(last[0]), callerKey: partition, createdAt: last[1] };
      const query = { index: 'byCaller', partition, atLeast, upTo, newestFirst: true, limit: PAGE } as const;
      const page = await context.table.entries<IndexedJob>({ ...query, ...(from && { from }) });
      stream.entries = page.entries.map((entry) => ({ ...entry, jobId: entry.pk.slice('JOB#'.length) }));
      stream.exhausted = page.next === undefined;
    }
  }

  return {
    async peek() {
      await Promise.all(streams.map(fill));
      newest = streams
        .filter(({ entries }) => entries.length > 0)
        .toSorted((one, other) => (other.entries[0]?.createdAt ?? '').localeCompare(one.entries[0]?.createdAt ?? ''))[0];
      return newest?.entries[0];
    },
    take() {
      const taken = newest?.entries.shift();
      if (newest && taken) newest.at = [taken.jobId, taken.createdAt];
    },
    position: () => streams.map(({ at, entries, exhausted }) => (exhausted && entries.length === 0 ? 'end' : at)),
  };
}
