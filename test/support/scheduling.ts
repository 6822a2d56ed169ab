import { randomUUID } from 'node:crypto';
import { ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { expect } from 'vitest';
import { phones, readLedger } from './api.ts';
import { schedulerAt } from './event-engines.ts';
import { stackOfFile } from './stack.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const iso = (at: number): string => new Date(at).toISOString();

/** The local stack with quiet hours, which all tests of a file share, and jobs whose time its clock can be moved to. */
export function schedulingOfFile() {
  // Type 2 is quiet at night in Shanghai: from 13:00 to 24:00 UTC.
  const { api, system } = stackOfFile({ QUIET_HOURS: [{ smsTypes: [2], timeZone: 'Asia/Shanghai', from: '21:00', to: '08:00' }] });

  const now = async (): Promise<number> => Date.parse(JSON.parse((await api.get('/local/clock')).text).now);
  const advance = async (minutes: number): Promise<void> => {
    const { status, text } = await api.post('/local/clock', { advance: `PT${minutes}M` });
    expect(status, text).toBe(200);
  };
  /** The next moment at this hour of the day (UTC), at least six hours ahead. */
  const nextAt = async (hour: number): Promise<number> => {
    const earliest = (await now()) + 6 * HOUR;
    return Math.ceil((earliest - hour * HOUR) / DAY) * DAY + hour * HOUR;
  };
  /** The schedules that a job has, once everything that it asked for is done, by what follows its id in their names. */
  const schedulesOf = async (jobId: string): Promise<string[]> => {
    await advance(1);
    const client = schedulerAt(system().scheduler);
    const { Schedules = [] } = await client.send(new ListSchedulesCommand({ NamePrefix: jobId }));
    client.destroy();
    return Schedules.map(({ Name = '' }) => Name.slice(jobId.length));
  };

  let used = 0;
  /** A request to a phone of its own. */
  const aRequest = (more: object) => {
    used += 1;
    const [phone = ''] = phones(1, 700_000 + used);
    const sent = async () => (await readLedger(system().ledger, phone)).map(({ at, sendTime }) => ({ at: Date.parse(at), sendTime }));
    return { body: { pattern: 'hi', recipients: [phone], ...more }, sent };
  };
  /** A job that waits for its time. */
  async function aScheduled(sendTime: number, more: object = {}) {
    const { body, sent } = aRequest({ sendTime: iso(sendTime), ...more });
    const key = randomUUID();
    const answer = await api.send(body, key);
    const job = answer.as('Job');
    const look = async () => (await api.get(job.links.self)).as('Job');
    return { answer, job, sent, look, self: job.links.self, again: () => api.send(body, key) };
  }
  const cancel = async (self: string) => (await api.post(`${self}/cancel`, '')).as('CancelledJob');

  return { api, ledger: () => system().ledger, now, advance, nextAt, schedulesOf, aRequest, aScheduled, cancel };
}
