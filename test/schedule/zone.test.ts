import { describe, expect, it } from 'vitest';
import { quietHoursSchema } from '../../functions/shared/quiet-hours/quiet-hours.ts';
import { isZone, zoneProblem } from '../../functions/shared/quiet-hours/zone.ts';
import { readSendTime } from '../../functions/shared/send-request/send-time.ts';

/** What ICU takes and the IANA database does not have: three letters of the first Java, and two names that were taken back. */
const LEFTOVERS = [
  ...['ACT', 'AET', 'AGT', 'ART', 'AST', 'BET', 'BST', 'CAT', 'CNT', 'CST', 'CTT', 'EAT', 'ECT', 'IET', 'IST', 'JST', 'MIT', 'NET', 'NST'],
  ...['PLT', 'PNT', 'PRT', 'PST', 'SST', 'VST', 'Canada/East-Saskatchewan', 'US/Pacific-New', 'SystemV/PST8PDT', 'cst'],
];
/** Every name of three letters that the IANA database has. */
const THREE_LETTERS = ['CET', 'EET', 'EST', 'GMT', 'HST', 'MET', 'MST', 'PRC', 'ROC', 'ROK', 'UCT', 'UTC', 'WET'];

describe('a time zone', () => {
  it.each(LEFTOVERS)('%s is refused with what to write instead', (name) => {
    expect(isZone(name)).toBe(false);
    expect(zoneProblem(name)).toMatch(/Write (.*\/|a place)/);
    const [instead = ''] = /[A-Z]\w+\/[\w/]+/.exec(zoneProblem(name)?.replace(name, '') ?? '') ?? [];
    expect(isZone(instead)).toBe(true);
  });

  it('of three letters is taken only where the IANA database has it', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const all = letters.flatMap((one) => letters.flatMap((two) => letters.map((three) => one + two + three)));
    expect(all.filter(isZone)).toEqual(THREE_LETTERS);
  });

  it.each(['Asia/Shanghai', 'asia/shanghai', 'PRC', 'UTC', 'Etc/GMT-8', 'America/Argentina/Buenos_Aires', 'EST5EDT', 'US/Pacific'])(
    '%s is taken',
    (name) => {
      expect(zoneProblem(name)).toBeUndefined();
    },
  );

  it.each(['', '+08:00', 'Mars/Olympus', '北京'])('%s is refused', (name) => {
    expect(zoneProblem(name)).toContain('Asia/Shanghai');
  });

  it('is looked at in a request and in quiet hours', () => {
    const { problems } = readSendTime({ sendTime: '2026-12-01T09:00:00', timeZone: 'CST' }, 'Asia/Shanghai');
    expect(problems).toMatchObject([
      { place: 'timeZone', code: 'time-zone-unknown', detail: expect.stringContaining('Asia/Shanghai, or America/Chicago') },
    ]);
    const quiet = quietHoursSchema.safeParse([{ smsTypes: [1], timeZone: 'IST', from: '21:00', to: '08:00' }]);
    expect(quiet.error?.issues).toMatchObject([{ path: [0, 'timeZone'], message: expect.stringContaining('Asia/Kolkata') }]);
  });
});
