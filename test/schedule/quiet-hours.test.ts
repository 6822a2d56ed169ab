import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextAllowed, type QuietHours, quietHoursSchema } from '../../functions/shared/quiet-hours/quiet-hours.ts';
import { wallAt } from '../../functions/shared/quiet-hours/zone.ts';

const night: QuietHours = { smsTypes: [1, 2], timeZone: 'Asia/Shanghai', from: '21:00', to: '08:00' };
const noon: QuietHours = { smsTypes: [1], timeZone: 'Asia/Shanghai', from: '12:00', to: '14:00' };
const next = (hours: QuietHours[], smsType: number, at: string): string =>
  new Date(nextAllowed(hours, smsType, Date.parse(at))).toISOString();

describe('the next allowed time', () => {
  test.each<[string, QuietHours[], number, at: string, next: string]>([
    ['outside', [night], 1, '2026-12-01T09:00:00+08:00', '2026-12-01T01:00:00.000Z'],
    ['another type', [night], 3, '2026-12-01T23:00:00+08:00', '2026-12-01T15:00:00.000Z'],
    ['the first moment', [night], 1, '2026-12-01T21:00:00+08:00', '2026-12-02T00:00:00.000Z'],
    ['the last millisecond', [night], 2, '2026-12-02T07:59:59.999+08:00', '2026-12-02T00:00:00.000Z'],
    ['its end', [night], 2, '2026-12-02T08:00:00+08:00', '2026-12-02T00:00:00.000Z'],
    ['after midnight', [night], 1, '2026-12-02T00:30:00+08:00', '2026-12-02T00:00:00.000Z'],
    ['within a day', [night, noon], 1, '2026-12-02T13:00:00+08:00', '2026-12-02T06:00:00.000Z'],
    ['one after the other', [night, { ...noon, from: '08:00' }], 1, '2026-12-01T22:00:00+08:00', '2026-12-02T06:00:00.000Z'],
    // New York, 14 March 2027: 02:00 EST is 03:00 EDT. The end, 02:30, is skipped.
    [
      'an end that is skipped',
      [{ ...night, timeZone: 'America/New_York', to: '02:30' }],
      1,
      '2027-03-14T04:00:00Z',
      '2027-03-14T07:00:00.000Z',
    ],
    // 7 November 2027: 02:00 EDT is 01:00 EST. From 01:00 EST on it is quiet once more, until 01:30.
    [
      'an end that is repeated',
      [{ ...night, timeZone: 'America/New_York', to: '01:30' }],
      1,
      '2027-11-07T06:10:00Z',
      '2027-11-07T06:30:00.000Z',
    ],
  ])('%s', (_name, hours, smsType, at, expected) => {
    expect(next(hours, smsType, at)).toBe(expected);
  });

  test('is never quiet, never earlier than asked, and nothing before it is allowed', () => {
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '15', '30', '45'))
      .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`);
    const timeZone = fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
    const one = fc.record({ smsTypes: fc.constant<number[]>([1]), timeZone, from: time, to: time }).filter(({ from, to }) => from !== to);
    const hours = fc.array(one, { maxLength: 3 }).filter((all) => quietHoursSchema.safeParse(all).success);
    const at = fc.integer({ min: Date.UTC(2026, 0, 1) / 900_000, max: Date.UTC(2028, 0, 1) / 900_000 }).map((quarter) => quarter * 900_000);
    const quiet = (all: QuietHours[], moment: number) =>
      all.some(({ timeZone: zone, from, to }) => {
        const shown = new Date(wallAt(zone, moment)).toISOString().slice(11, 16);
        return from < to ? from <= shown && shown < to : from <= shown || shown < to;
      });
    fc.assert(
      fc.property(hours, at, (all, start) => {
        const allowed = nextAllowed(all, 1, start);
        expect(quiet(all, allowed)).toBe(false);
        for (let moment = start; moment < allowed; moment += 900_000) expect(quiet(all, moment)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test.each<[string, unknown]>([
  ['no time of day', [{ ...night, from: '24:00' }]],
  ['no zone', [{ ...night, timeZone: '+08:00' }]],
  ['nothing', [{ ...night, to: '21:00' }]],
  ['no type', [{ ...night, smsTypes: [] }]],
  ['day and night', [night, { ...night, from: '07:00', to: '22:00' }]],
  [
    'day and night in summer',
    [
      { ...night, timeZone: 'America/New_York', from: '12:00', to: '00:00' },
      { ...night, from: '01:00', to: '00:00' },
    ],
  ],
])('a stage is refused with quiet hours of %s', (_name, hours) => {
  expect(quietHoursSchema.safeParse(hours).success).toBe(false);
});
