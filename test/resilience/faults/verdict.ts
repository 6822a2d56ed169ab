import type { BatchItem } from '../../../functions/shared/job/batch-item.ts';
import { DIED, FAULTS, NONE, REFUSED } from './mix.ts';

/** A batch as it ended, beside what the provider knows of it. */
export interface Ended {
  batch: BatchItem;
  phones: readonly string[];
  /** Names of what befell its calls. */
  faults: ReadonlySet<string>;
}

/** A line of the table: batches that a fault befell, and how they ended. */
export interface Row {
  fault: string;
  batches: number;
  /** Recipients that the provider accepted more than once. */
  sentTwice: number;
  /** Neither accepted, rejected nor unknown: lost without a trace. */
  lost: number;
  /** Said to be accepted and not in the ledger as a whole, or the other way round. */
  reportedWrong: number;
  unknown: number;
  /** Of the unknown ones, those of which nothing is in the ledger. */
  unknownNotSent: number;
}

const ENDED = ['accepted', 'rejected', 'unknown'];
const CONNECTION_REFUSED = 'The provider refused the connection';

/** What befell a batch, by the provider's notes and by its own timeline. */
export function faultsOf(batch: BatchItem, noted: readonly string[]): Set<string> {
  const faults = new Set(noted);
  if (batch.timeline.some(({ detail }) => detail?.startsWith(CONNECTION_REFUSED))) faults.add(REFUSED);
  if (batch.code === 'lease-ended' && !FAULTS.some(({ name, kills }) => kills && faults.has(name))) faults.add(DIED);
  if (faults.size === 0) faults.add(NONE);
  return faults;
}

/** Holds what is reported against the ledger, fault by fault; the last row counts each batch once. */
export function judge(ended: readonly Ended[], ledger: ReadonlyMap<string, number>): Row[] {
  const names = [NONE, ...FAULTS.map(({ name }) => name), REFUSED, DIED];
  const rows = names.map((name) =>
    rowOf(
      name,
      ended.filter(({ faults }) => faults.has(name)),
      ledger,
    ),
  );
  return [...rows, rowOf('all', ended, ledger)];
}

function rowOf(fault: string, ended: readonly Ended[], ledger: ReadonlyMap<string, number>): Row {
  const row: Row = { fault, batches: ended.length, sentTwice: 0, lost: 0, reportedWrong: 0, unknown: 0, unknownNotSent: 0 };
  for (const { batch, phones } of ended) {
    const times = phones.map((phone) => ledger.get(phone) ?? 0);
    const sent = times.filter((count) => count > 0).length;
    row.sentTwice += times.filter((count) => count > 1).length;
    if (!ENDED.includes(batch.state)) row.lost += 1;
    if (batch.state === 'accepted' ? sent < phones.length : batch.state !== 'unknown' && sent > 0) row.reportedWrong += 1;
    if (batch.state !== 'unknown') continue;
    row.unknown += 1;
    if (sent === 0) row.unknownNotSent += 1;
  }
  return row;
}

/** Whether nothing is wrong. */
export function isClean({ sentTwice, lost, reportedWrong }: Row): boolean {
  return sentTwice === 0 && lost === 0 && reportedWrong === 0;
}

/** The rows as lines of text, under a head. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['fault', 'batches', 'sent twice', 'lost', 'reported wrong', 'unknown', 'of these not sent'];
  const cells = rows.map((row) => {
    const share = row.unknown === 0 ? '' : `${((100 * row.unknownNotSent) / row.unknown).toFixed(0)} %`;
    return [row.fault, row.batches, row.sentTwice, row.lost, row.reportedWrong, row.unknown, share].map(String);
  });
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)));
  const write = (line: readonly string[]) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd : cell.padStart).call(cell, widths[column] ?? 0)).join('  ');
  return [write(head), ...cells.map(write)].join('\n');
}
