import { callerIndexKey, jobKey, type Key, usageKey } from '../dynamodb/keys.ts';
import type { JobContext } from '../job/context.ts';
import { expiryOf } from '../job/deadlines.ts';
import type { JobItem, JobUsage } from '../job/job-item.ts';
import { readJob, readJobHeads } from '../job/job-table.ts';
import { type Counts, countRecipients, isFinal } from '../job/states.ts';
import { usageOf } from '../job/usage-of-batches.ts';
import { parallel } from '../parallel.ts';
import { nextDay, startOfDay } from '../quiet-hours/day.ts';

/** What the jobs of a day came to: how many there are, their recipients by outcome, calls and segments. */
export interface Sums extends JobUsage {
  jobs: number;
  recipients: Counts;
}

/**
 * The jobs of a caller that were created on a day, summed up as far as they are over. `open` are those before `upTo` that are not:
 * they are read anew each time. The item is a cache of what the jobs say, and is exact whatever dies: it is never counted up.
 */
interface UsageItem extends Key {
  sums: Sums;
  open: readonly string[];
  /** The last job that was looked at. */
  upTo?: [jobId: string, createdAt: string];
  /** Every job of the day was looked at. */
  complete: boolean;
  expiresAt: number;
}

/** The usage of a day; `undefined` when the time was up before all of it was read: what was read is kept, so the next call goes on. */
export interface DayUsage extends Sums {
  date: string;
}

/** An index may lag behind the table: jobs this young are read each time (milliseconds). */
const SETTLED_AFTER = 15 * 60_000;
/** With more open jobs than this a day is not cached: their list would grow beyond an item. */
const MOST_OPEN = 2_000;
/** A page of the index, and jobs that one request reads. */
const PAGE = 1_000;
const AT_ONCE = 8;
const HEADS = 100;
/** Days are kept this long (days). */
const KEPT = 400;

const NOTHING: Sums = { jobs: 0, recipients: countRecipients([]), calls: 0, segments: 0 };

/** Sums up a day of a caller. @param deadline epoch milliseconds of the machine, after which no further page is read */
export async function readDayUsage(
  context: JobContext,
  { caller, date, zone }: { caller: string; date: string; zone: string },
  deadline: number,
): Promise<DayUsage | undefined> {
  const key = usageKey(caller, date);
  let state: State = (await context.table.get<UsageItem>(key)) ?? { sums: NOTHING, open: [], complete: false };
  const bounds = { atLeast: iso(startOfDay(zone, date)), upTo: iso(startOfDay(zone, nextDay(date)) - 1) };
  const settled = iso(context.now() - SETTLED_AFTER);
  let recent = NOTHING;
  while (!state.complete) {
    if (Date.now() > deadline) return undefined;
    const { entries, next } = await readPage(context, caller, bounds, state.upTo);
    const old = entries.filter(({ createdAt }) => createdAt < settled);
    const ended = next === undefined && old.length === entries.length;
    state = { ...(await extend(context, state, old)), complete: ended && bounds.upTo < settled };
    if (old.length > 0 || state.complete) await keep(context, key, state);
    if (old.length < entries.length) recent = await sumYoung(context, caller, entries.slice(old.length), bounds);
    if (ended || old.length < entries.length) break;
  }
  const { final, sums, open } = await readSums(context, state.open);
  if (open.length < state.open.length) await keep(context, key, { ...state, sums: add(state.sums, final), open });
  return { date, ...add(add(state.sums, sums), recent) };
}

type State = Omit<UsageItem, keyof Key | 'expiresAt'>;

/** Writes the item as a whole: two readers at the same time both write what is true. */
async function keep(context: JobContext, key: Key, state: State): Promise<void> {
  if (state.open.length > MOST_OPEN) return;
  const { sums, open, upTo, complete } = state;
  await context.table.put({ ...key, sums, open, ...(upTo && { upTo }), complete, expiresAt: expiryOf(context.now(), KEPT) });
}

function readPage(context: JobContext, caller: string, bounds: { atLeast: string; upTo: string }, after: UsageItem['upTo']) {
  const partition = callerIndexKey(caller);
  const from = after && { ...jobKey(after[0]), callerKey: partition, createdAt: after[1] };
  const query = { index: 'byCaller', partition, ...bounds, limit: PAGE } as const;
  return context.table.entries<Key & { createdAt: string }>({ ...query, ...(from && { from }) });
}

/** Takes in the next jobs of the day. */
async function extend(context: JobContext, state: State, entries: readonly (Key & { createdAt: string })[]): Promise<State> {
  const last = entries.at(-1);
  if (!last) return state;
  const { final, open } = await readSums(context, entries.map(jobIdOf));
  return { ...state, sums: add(state.sums, final), open: [...state.open, ...open], upTo: [jobIdOf(last), last.createdAt] };
}

/** Jobs that are too young to be kept, to the end of the day. */
async function sumYoung(
  context: JobContext,
  caller: string,
  first: readonly (Key & { createdAt: string })[],
  bounds: { atLeast: string; upTo: string },
): Promise<Sums> {
  let sums = NOTHING;
  for (let entries = first; entries.length > 0; ) {
    sums = add(sums, (await readSums(context, entries.map(jobIdOf))).sums);
    const last = entries.at(-1);
    entries = last ? (await readPage(context, caller, bounds, [jobIdOf(last), last.createdAt])).entries : [];
  }
  return sums;
}

/** Reads jobs and adds them up: all of them, those that are over, and which are not. */
async function readSums(context: JobContext, jobIds: readonly string[]): Promise<{ sums: Sums; final: Sums; open: string[] }> {
  const groups = Array.from({ length: Math.ceil(jobIds.length / HEADS) }, (_, index) => jobIds.slice(index * HEADS, (index + 1) * HEADS));
  const jobs = (await parallel(groups, (group) => readJobHeads(context, group), AT_ONCE)).flat();
  const over = jobs.filter(({ status }) => isFinal(status));
  const moving = jobs.filter(({ status }) => !isFinal(status));
  const final = over.map(sumsOf).reduce(add, NOTHING);
  const current = await parallel(moving, (job) => readMoving(context, job), AT_ONCE);
  return { final, sums: current.reduce(add, final), open: moving.map(({ jobId }) => jobId) };
}

function sumsOf({ counts, usage = { calls: 0, segments: 0 } }: Pick<JobItem, 'counts' | 'usage'>): Sums {
  return { jobs: 1, recipients: counts, ...usage };
}

/** A job that is not over may have changed since its last roll-up: its batches are what counts. */
async function readMoving(context: JobContext, job: JobItem): Promise<Sums> {
  const read = await readJob(context, job.jobId);
  if (!read || read.batches.length === 0) return sumsOf(job);
  return { jobs: 1, recipients: countRecipients(read.batches), ...usageOf(read.batches) };
}

function add(one: Sums, other: Sums): Sums {
  const recipients = Object.fromEntries(
    Object.entries(one.recipients).map(([name, count]) => [name, count + other.recipients[name as keyof Counts]]),
  ) as unknown as Counts;
  return { jobs: one.jobs + other.jobs, recipients, calls: one.calls + other.calls, segments: one.segments + other.segments };
}

function jobIdOf({ pk }: Key): string {
  return pk.slice('JOB#'.length);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
