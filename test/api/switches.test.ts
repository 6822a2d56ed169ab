import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { dayKey } from '../../functions/shared/dynamodb/keys.ts';
import { phones, readLedger } from '../support/api.ts';
import { stackOfFile, sweepJob } from '../support/stack.ts';

const LIMIT = 10;
const allowed = phones(20);

const { api, system, context } = stackOfFile({ PHONES_PER_CALL: 2, MAX_RECIPIENTS_PER_DAY: LIMIT, ALLOWED_PHONES: allowed });

const account = async () => (await api.get('/v1/account')).as('Account');
const ledger = async () => (await readLedger(system().ledger)).map(({ phone }) => phone);
/** Another day begins: nothing has been accepted on it. */
const newDay = async () => context().table.put({ ...dayKey((await account()).today.date), recipients: 0 });

describe.each([
  ['/v1/account/dispatch', "the caller's own", 'dispatch', 0],
  ['/v1/dispatch', "all callers'", 'everybody', 5],
] as const)('%s, %s switch', (path, _whose, shown, from) => {
  afterAll(() => api.put(path, { paused: false }));

  it('stops dispatching and starts it again, and nothing is lost or sent twice', async () => {
    await newDay();
    const why = 'The texts are wrong.';
    expect((await account())[shown].paused).toBe(false);
    const stopped = (await api.put(path, { paused: true, why })).as('Switch');
    expect(stopped).toEqual({ paused: true, by: 'local', why, at: expect.any(String) });
    expect((await account())[shown]).toEqual(stopped);

    const [one = '', ...several] = allowed.slice(from, from + 5);
    const before = await ledger();
    const jobs = [await api.send({ pattern: 'hi', recipients: [one] }), await api.send({ pattern: 'hi', recipients: several })];
    expect(jobs.map(({ status }) => status)).toEqual([202, 202]);
    const sent = jobs.map((answer) => answer.as('Job'));
    for (const { links } of sent) {
      const { status, batches } = (await api.get(`${links.self}?wait=1`)).as('Job');
      expect([status, ...batches.map((batch) => batch.status)]).toEqual(['queued', ...batches.map(() => 'waiting')]);
    }
    expect(await ledger()).toEqual(before);

    expect((await api.put(path, { paused: false })).as('Switch')).toEqual({ paused: false, by: 'local', at: expect.any(String) });
    for (const { jobId, links } of sent) {
      await sweepJob(system(), context(), jobId);
      expect((await api.get(`${links.self}?wait=20`)).as('Job')).toMatchObject({ status: 'completed', outcome: 'accepted' });
    }
    expect((await ledger()).toSorted()).toEqual([...before, one, ...several].toSorted());
  });

  it('refuses what says neither', async () => {
    expect((await api.put(path, { paused: 'yes', x: 1 })).problem('invalid-request').errors).toHaveLength(2);
    (await api.put(path, '{')).problem('invalid-json');
  });
});

it('GET /v1/dispatch shows the switch of all', async () => {
  expect((await api.get('/v1/dispatch')).as('Switch')).toEqual((await account()).everybody);
});

describe('guards', () => {
  const to = (count: number) => ({ pattern: randomUUID(), recipients: allowed.slice(10, 10 + count) });

  it("the day's limit lets nothing through, and the same key works again within it", async () => {
    await newDay();
    const body = to(LIMIT - 4);
    expect((await api.send(body)).status).toBe(202);
    expect((await account()).today).toMatchObject({ recipients: LIMIT - 4, limit: LIMIT });
    const key = randomUUID();
    const refused = to(5);
    expect((await api.send(refused, key)).problem('daily-limit-reached').retry).toBe(true);
    expect((await api.send(refused, key)).problem('daily-limit-reached').retry).toBe(true);
    expect((await account()).today.recipients).toBe(LIMIT - 4);
    expect((await api.send(to(4))).status).toBe(202);
    (await api.send(to(1))).problem('daily-limit-reached');

    await newDay();
    const job = (await api.send(refused, key)).as('Job');
    expect((await api.get(`${job.links.self}?wait=20`)).as('Job').counts).toMatchObject({ total: 5, accepted: 5 });
    const texts = (await readLedger(system().ledger)).filter(({ text }) => text === refused.pattern);
    expect(texts.map(({ phone }) => phone).toSorted()).toEqual(refused.recipients);
  });

  it('a phone that is not allowed is refused at its place, and nothing is sent', async () => {
    await newDay();
    const [first = '', second = ''] = allowed;
    const before = await ledger();
    const body = { pattern: 'hi', recipients: [first, { phone: '13900139000' }, second, '13800138000'] };
    const { errors } = (await api.send(body)).problem('invalid-request');
    expect(errors?.map(({ place, code }) => [place, code])).toEqual([
      ['recipients[1].phone', 'phone-not-allowed'],
      ['recipients[3].phone', 'phone-not-allowed'],
    ]);
    expect(await ledger()).toEqual(before);
    expect((await account()).today.recipients).toBe(0);
  });
});
