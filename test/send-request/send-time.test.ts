import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSendTime, type TimeFields, timeProblems } from '../../functions/shared/send-request/send-time.ts';

const DAY = 24 * 3_600_000;
const read = (fields: TimeFields) => readSendTime(fields, 'Asia/Shanghai');
/** A moment on the clocks of a zone, as Intl writes it in Swedish: `2026-12-01 09:00:00`. */
const shown = (timeZone: string, at: number) => new Date(at).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T');
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

describe('a time is read', () => {
  test.each<[sendTime: string, timeZone: string | undefined, at: string]>([
    ['2026-12-01T09:00:00+08:00', undefined, '2026-12-01T01:00:00.000Z'],
    ['2026-12-01t09:00:00.25z', undefined, '2026-12-01T09:00:00.250Z'],
    ['2026-12-01T09:00:00.123456789-00:30', undefined, '2026-12-01T09:30:00.123Z'],
    ['2026-12-01T09:00:00', 'Asia/Shanghai', '2026-12-01T01:00:00.000Z'],
    ['2026-12-01T09:00:00.5', 'asia/kathmandu', '2026-12-01T03:15:00.500Z'],
    ['2028-02-29T23:59:59', 'America/New_York', '2028-03-01T04:59:59.000Z'],
    ['2027-03-14T03:00:00', 'America/New_York', '2027-03-14T07:00:00.000Z'],
    ['2026-11-01T02:00:00', 'America/New_York', '2026-11-01T07:00:00.000Z'],
    ['2027-03-28T12:00:00', 'Europe/London', '2027-03-28T11:00:00.000Z'],
  ])('%s %s', (sendTime, timeZone, at) => {
    const { time, problems } = read({ sendTime, timeZone });
    expect(problems).toEqual([]);
    expect(time).toEqual({ sendTime: Date.parse(at), scheduler: 'eventbridge' });
  });

  test('any moment, as the clocks of any zone show it, unless they show it twice', () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    const second = fc.integer({ min: Date.UTC(2026, 10, 1) / 1000, max: Date.UTC(2028, 0, 1) / 1000 });
    fc.assert(
      fc.property(zone, second, (timeZone, seconds) => {
        const at = seconds * 1000;
        const sendTime = shown(timeZone, at);
        const { time, problems } = read({ sendTime, timeZone });
        if (problems[0]?.code !== 'time-repeated') return void expect(iso(time?.sendTime)).toBe(iso(at));
        // The clocks show the same an hour before or after, on Lord Howe half an hour.
        const others = [30, 60].flatMap((minutes) => [at - minutes * 60_000, at + minutes * 60_000]);
        expect(others.map((other) => shown(timeZone, other))).toContain(sendTime);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a time is refused', () => {
  const good = '2026-12-01T09:00:00';
  test.each<[string, TimeFields, place: string, code: string]>([
    ['without offset or zone', { sendTime: good }, 'sendTime', 'time-without-zone'],
    ['with both', { sendTime: `${good}+08:00`, timeZone: 'Asia/Shanghai' }, 'timeZone', 'time-zone-needless'],
    ['with an offset for a zone', { sendTime: good, timeZone: '+08:00' }, 'timeZone', 'time-zone-unknown'],
    ['in no zone', { sendTime: good, timeZone: 'Asia/Nowhere' }, 'timeZone', 'time-zone-unknown'],
    ['that New York skips', { sendTime: '2027-03-14T02:30:00', timeZone: 'America/New_York' }, 'sendTime', 'time-skipped'],
    ['that New York repeats', { sendTime: '2026-11-01T01:30:00', timeZone: 'America/New_York' }, 'sendTime', 'time-repeated'],
    ['that London skips', { sendTime: '2027-03-28T01:00:00', timeZone: 'Europe/London' }, 'sendTime', 'time-skipped'],
    ['that London repeats', { sendTime: '2027-10-31T01:59:59', timeZone: 'Europe/London' }, 'sendTime', 'time-repeated'],
    [
      'that Lord Howe skips by half an hour',
      { sendTime: '2027-10-03T02:15:00', timeZone: 'Australia/Lord_Howe' },
      'sendTime',
      'time-skipped',
    ],
    ['on 30 February', { sendTime: '2027-02-30T09:00:00Z' }, 'sendTime', 'time-malformed'],
    ['at 24 o’clock', { sendTime: '2026-12-01T24:00:00Z' }, 'sendTime', 'time-malformed'],
    ['in a leap second', { sendTime: '2026-12-31T23:59:60Z' }, 'sendTime', 'time-malformed'],
    ['without seconds', { sendTime: '2026-12-01T09:00Z' }, 'sendTime', 'time-malformed'],
    ['with an offset of 24 hours', { sendTime: `${good}+24:00` }, 'sendTime', 'time-malformed'],
    ['without a time', { sendTime: '2026-12-01' }, 'sendTime', 'time-malformed'],
    ['in words', { sendTime: 'tomorrow' }, 'sendTime', 'time-malformed'],
    ['as a number', { sendTime: '1796086800000' }, 'sendTime', 'time-malformed'],
    ['that is empty', { sendTime: '' }, 'sendTime', 'time-malformed'],
    ['that is not there, with a zone', { timeZone: 'Asia/Shanghai' }, 'timeZone', 'without-send-time'],
    ['that is not there, with a scheduler', { scheduler: 'provider' }, 'scheduler', 'without-send-time'],
    ['with a validity, at the provider', { sendTime: `${good}Z`, scheduler: 'provider', validFor: 'PT1H' }, 'validFor', 'without-effect'],
  ])('%s', (_name, fields, place, code) => {
    const { problems } = read(fields);
    expect(problems).toMatchObject([{ place, code }]);
    expect(problems[0]?.detail).toMatch(/^.{40,}$/);
  });

  const now = Date.parse('2026-11-22T12:00:00Z');
  test.each<[string, ahead: number, 'eventbridge' | 'provider', codes: string[]]>([
    ['in the past', -1, 'eventbridge', ['time-past']],
    ['now', 0, 'eventbridge', []],
    ['soon', 1_000, 'eventbridge', []],
    ['half a year ahead', 180 * DAY, 'eventbridge', []],
    ['at the horizon', 366 * DAY, 'eventbridge', []],
    ['over the horizon', 366 * DAY + 1, 'eventbridge', ['time-too-far']],
    ['over the horizon, at the provider', 367 * DAY, 'provider', ['time-too-far']],
    ['too near for the provider', 180_000, 'provider', ['time-too-near']],
    ['near enough for the provider', 185_000, 'provider', []],
  ])('%s', (_name, ahead, scheduler, codes) => {
    expect(timeProblems({ sendTime: now + ahead, scheduler }, now).map(({ code }) => code)).toEqual(codes);
  });
});

describe('SendTime for the provider', () => {
  test.each([
    ['2026-12-01T09:00:00+08:00', 'Asia/Shanghai', '2026-12-01 09:00:00'],
    ['2026-12-31T17:00:00.001Z', 'Asia/Shanghai', '2027-01-01 01:00:01'],
    ['2026-12-01T09:00:00Z', 'America/New_York', '2026-12-01 04:00:00'],
  ])('%s in %s: %s', (sendTime, zone, text) => {
    expect(readSendTime({ sendTime, scheduler: 'provider' }, zone).time?.providerSendTime).toBe(text);
  });

  test('a time that the clocks of its zone show twice could be either', () => {
    const { problems } = readSendTime({ sendTime: '2026-11-01T05:30:00Z', scheduler: 'provider' }, 'America/New_York');
    expect(problems).toMatchObject([{ place: 'sendTime', code: 'time-repeated' }]);
  });
});
