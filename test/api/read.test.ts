import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { phones } from '../support/api.ts';
import { stackOfFile } from '../support/stack.ts';

const FAILS = '19900000010';
const TOO_MANY_CALLS = '19900000014';
const LATE = '19900000011';

const { api } = stackOfFile();

const send = async (recipients: unknown[]) => (await api.send({ pattern: '{0}', defaultDetail: ['甲'], recipients })).as('Job');

/** Every page from the first to the one without `next`. */
async function pages<Item>(path: string, name: 'Jobs' | 'Recipients' | 'Batches' | 'Timeline', cursor = ''): Promise<Item[][]> {
  const { items, next } = (await api.get(`${path}${cursor && `&cursor=${cursor}`}`)).as(name);
  return [items as Item[], ...(next === undefined ? [] : await pages<Item>(path, name, next))];
}

describe('GET /v1/jobs', () => {
  it('pages through the jobs, newest first, each once, also by status', async () => {
    const sent = await Promise.all(phones(45).map((phone, index) => send([index % 15 === 0 ? FAILS : phone])));
    const listed = (await pages<{ jobId: string; createdAt: string }>('/v1/jobs?limit=10', 'Jobs')).flat();
    const ids = listed.map(({ jobId }) => jobId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(sent.map(({ jobId }) => jobId).toSorted());
    const times = listed.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().reverse());

    const unknown = sent.filter(({ status }) => status === 'attention').map(({ jobId }) => jobId);
    const byStatus = (await pages<{ jobId: string }>('/v1/jobs?status=attention&limit=2', 'Jobs')).flat();
    expect(byStatus.map(({ jobId }) => jobId).toSorted()).toEqual(unknown.toSorted());
    expect(unknown).toHaveLength(3);
  });

  const written = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
  const key = { pk: 'JOB#x', sk: 'JOB', createdAt: '2026-01-01T00:00:00.000Z', callerKey: 'CALLER#local' };
  const made = ['job_01M825K26T6AC49ZQBMDA9YPJJ', '2026-11-22T17:41:46.367Z'];
  it.each([
    ...['x', '%00', written({}), written(null), written(1), written(key), written([]), written([...made, 1]), written([made[1], made[0]])],
    ...[written([made[0], 5]), written([made[0], '']), written(['job_', made[1]]), written([`${made[0]}#`, made[1]])],
  ])('refuses the cursor %j', async (cursor) => {
    const problem = (await api.get(`/v1/jobs?cursor=${cursor}`)).problem('invalid-request');
    expect(problem.errors).toMatchObject([{ place: 'cursor', code: 'malformed' }]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=', 'limit'],
    ['status=sent', 'status'],
    ['status=constructor', 'status'],
  ])('refuses %s by name', async (query, place) => {
    expect((await api.get(`/v1/jobs?${query}`)).problem('invalid-request').errors).toMatchObject([{ place }]);
  });
});

describe('GET /v1/jobs/{jobId}', () => {
  it.each(['', '/recipients', '/batches', '/timeline'])('%s of an unknown job is 404', async (part) => {
    for (const jobId of ['job_01M825K26T6AC49ZQBMDA9YPJJ', 'x', '%00', '%2F', 'a'.repeat(3_000)]) {
      (await api.get(`/v1/jobs/${jobId}${part}`)).problem('not-found');
    }
  });

  it('waits until nothing is pending, and no longer than asked', async () => {
    const done = await send(phones(1, 100));
    let start = performance.now();
    expect((await api.get(`${done.links.self}?wait=20`)).as('Job')).toEqual(done);
    expect(performance.now() - start).toBeLessThan(900);

    const stuck = await send([TOO_MANY_CALLS]);
    start = performance.now();
    expect((await api.get(`${stuck.links.self}?wait=1`)).as('Job').counts.pending).toBe(1);
    expect(performance.now() - start).toBeGreaterThan(500);
    expect(performance.now() - start).toBeLessThan(5_000);
    expect((await api.get(`${stuck.links.self}?wait=21`)).problem('invalid-request').errors).toMatchObject([{ place: 'wait' }]);
  });

  it('answers who waits as soon as the provider has', async () => {
    const { jobId: newest } = await send(phones(1, 101));
    const sending = send([LATE]);
    let self: string | undefined;
    while (self === undefined) {
      const [job] = (await api.get('/v1/jobs?limit=1')).as('Jobs').items;
      if (job && job.jobId !== newest) self = `/v1/jobs/${job.jobId}`;
      else await delay(50);
    }
    expect((await api.get(self)).as('Job').counts.pending).toBe(1);
    expect((await api.get(`${self}?wait=20`)).as('Job')).toMatchObject({
      status: expect.stringMatching(/^(sending|completed)$/),
      counts: { accepted: 1 },
    });
    expect((await sending).links.self).toBe(self);
  });
});

describe('the parts of a job', () => {
  it('lists every recipient with its text, page by page and by outcome', async () => {
    const [first = '', ...rest] = phones(249, 1_000);
    const recipients = [{ phone: first, detail: ['乙'] }, '19900000013', ...rest];
    const { links } = await send(recipients);
    const all = await pages<{ phone: string; text: string }>(`${links.recipients}?limit=100`, 'Recipients');
    expect(all.map((page) => page.length)).toEqual([100, 100, 50]);
    expect(all.flat().map(({ phone }) => phone)).toEqual([first, '19900000013', ...rest]);
    expect(all.flat().map(({ text }) => text)).toEqual(['乙', ...Array(249).fill('甲')]);

    const onTheBorder = await pages(`${links.recipients}?limit=125`, 'Recipients');
    expect(onTheBorder.map((page) => page.length)).toEqual([125, 125]);
    const accepted = await pages<{ outcome: string }>(`${links.recipients}?limit=83&outcome=accepted`, 'Recipients');
    expect(accepted.map((page) => page.length)).toEqual([83, 83, 83]);
    expect(new Set(accepted.flat().map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    const wrong = await pages<{ phone: string }>(`${links.recipients}?limit=1&outcome=rejected`, 'Recipients');
    expect(wrong.flat()).toMatchObject([{ phone: '19900000013', outcome: 'rejected', batch: 1, try: 1 }]);
    expect(await pages(`${links.recipients}?limit=1&outcome=unknown`, 'Recipients')).toEqual([[]]);
    expect((await api.get(`${links.recipients}?outcome=sent`)).problem('invalid-request').errors).toMatchObject([{ place: 'outcome' }]);
    expect((await api.get(`${links.recipients}?limit=1001`)).problem('invalid-request').errors).toMatchObject([{ place: 'limit' }]);
  });

  it('pages across batches, whatever became of them', async () => {
    const recipients = phones(1_200, 10_000);
    const { links, batchCount } = await send(recipients);
    expect(batchCount).toBe(3);
    for (const [limit, sizes] of [[500, [500, 500, 200]] as const, [300, [300, 300, 300, 300]] as const]) {
      const all = await pages<{ phone: string; batch: number }>(`${links.recipients}?limit=${limit}`, 'Recipients');
      expect(all.map((page) => page.length)).toEqual(sizes);
      expect(all.flat().map(({ phone }) => phone)).toEqual(recipients);
      expect(all.flat().map(({ batch }) => batch)).toEqual(recipients.map((_, index) => Math.floor(index / 500) + 1));
    }
    const batches = await pages<{ batch: number; recipients: number }>(`${links.batches}?limit=2`, 'Batches');
    expect(batches.map((page) => page.map(({ recipients }) => recipients))).toEqual([[500, 500], [200]]);
  });

  it('tells what happened, in order, page by page', async () => {
    const { links, timeline } = await send(phones(1, 2_000));
    const all = await pages<object>(`${links.timeline}?limit=2`, 'Timeline');
    expect(all.map((page) => page.length)).toEqual([2, 2]);
    expect(all.flat()).toEqual(timeline);
    const [batch] = (await api.get(links.batches)).as('Batches').items;
    expect(batch).toMatchObject({ batch: 1, try: 1, status: 'accepted', recipients: 1, code: 'accepted' });
  });

  it('refuses a cursor of something else', async () => {
    const { links } = await send(phones(1, 3_000));
    const position = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const value of [-1, 1.5, '1', [0], [0, -1], [0, 0, 0], {}]) {
      for (const address of [links.recipients, links.batches, links.timeline]) {
        (await api.get(`${address}?cursor=${position(value)}`)).problem('invalid-request');
      }
    }
  });
});

it.each(['9999-12-31T00:00:00.000Z', '----------::::::.TTTZZZ'])(
  'a cursor that was made up, with the moment %s, is refused',
  async (moment) => {
    for (const phone of phones(2, 310)) await send([phone]);
    const { next = '' } = (await api.get('/v1/jobs?limit=1')).as('Jobs');
    const [[jobId], filters] = JSON.parse(Buffer.from(next, 'base64url').toString()) as [[string, string], unknown[]];
    const madeUp = Buffer.from(JSON.stringify([[jobId, moment], filters])).toString('base64url');
    expect((await api.get(`/v1/jobs?limit=1&cursor=${madeUp}`)).problem('invalid-request').errors).toMatchObject([{ place: 'cursor' }]);
    expect((await api.get(`/v1/jobs?limit=1&cursor=${next}`)).status).toBe(200);
  },
);

it('a cursor of one list of a job is good for no other', async () => {
  const { links } = await send(phones(1, 300));
  const { next } = (await api.get(`${links.timeline}?limit=1`)).as('Timeline');
  const { errors } = (await api.get(`${links.batches}?cursor=${next}`)).problem('invalid-request');
  expect(errors).toMatchObject([{ place: 'cursor', code: 'other-filters' }]);
});
