import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BatchItem } from '../../../functions/shared/job/batch-item.ts';
import { runFaults } from './run.ts';
import { isClean, judge, tableOf } from './verdict.ts';

const seed = process.env.FAULTS_SEED ?? randomUUID().slice(0, 8);

describe('every fault at once', () => {
  it('2,200 recipients, 200 of them one by one: none twice, none lost, none reported wrong', { timeout: 180_000 }, async () => {
    const lines: string[] = [];
    const size = { jobs: 2, batchesPerJob: 100, phonesPerCall: 10, singles: 200 };
    const run = {
      seed,
      ...size,
      speed: 20,
      workers: 2,
      lifeMs: 4_000,
      share: 0.15,
      longestMs: 150_000,
      show: (line: string) => lines.push(line),
    };
    const { rows, recipients, wrongJobs, sweepFailures, deaths } = await runFaults(run);
    const report = `${lines.join('\n')}\n${tableOf(rows)}\nRepeat it: FAULTS_SEED=${seed} npm test -- faults`;
    expect(
      rows.filter((row) => !isClean(row)),
      report,
    ).toEqual([]);
    expect({ recipients, wrongJobs, sweepFailures }, report).toEqual({ recipients: 2_200, wrongJobs: 0, sweepFailures: 0 });
    expect(deaths, report).toBeGreaterThan(0);
    expect(rows.at(-1)?.unknown, report).toBeGreaterThan(0);
  });
});

describe('the verdict', () => {
  const phones = ['13000000001', '13000000002'];
  const of = (state: string, ...accepted: string[]) => {
    const ledger = new Map<string, number>();
    for (const phone of accepted) ledger.set(phone, (ledger.get(phone) ?? 0) + 1);
    return judge([{ batch: { state, timeline: [] } as unknown as BatchItem, phones, faults: new Set(['x']) }], ledger).at(-1);
  };

  it('sees a recipient sent to twice, a batch that is lost, and a report that is wrong', () => {
    expect(of('accepted', ...phones, '13000000001')).toMatchObject({ sentTwice: 1, reportedWrong: 0 });
    expect(of('waiting')).toMatchObject({ lost: 1 });
    expect(of('sending', ...phones)).toMatchObject({ lost: 1 });
    expect(of('accepted', '13000000001')).toMatchObject({ reportedWrong: 1 });
    expect(of('rejected', '13000000001')).toMatchObject({ reportedWrong: 1 });
  });

  it('takes unknown for either', () => {
    expect(of('unknown')).toMatchObject({ unknown: 1, unknownNotSent: 1, reportedWrong: 0, lost: 0 });
    expect(of('unknown', ...phones)).toMatchObject({ unknown: 1, unknownNotSent: 0, reportedWrong: 0 });
    for (const row of [of('accepted', ...phones), of('rejected'), of('unknown')]) expect(row && isClean(row)).toBe(true);
  });
});
