import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { phones, readLedger } from '../support/api.ts';
import { stackOfFile } from '../support/stack.ts';

const { api, system } = stackOfFile();

const recipientsOf = (count: number, from: number) => phones(count, from).map((phone, index) => ({ phone, name: `客户${index}` }));
type Recipients = ReturnType<typeof recipientsOf>;
const csv = (recipients: Recipients) => ['phone,name', ...recipients.map(({ phone, name }) => `${phone},${name}`), ''].join('\n');
const jsonl = (recipients: Recipients) => recipients.map(({ phone, name }) => `${JSON.stringify({ phone, detail: [name] })}\n`).join('');

async function upload(format: 'csv' | 'jsonl', content: string): Promise<string> {
  const answer = await api.post('/v1/uploads', { format, size: Buffer.byteLength(content) });
  const { uploadId, url, method, headers } = answer.as('UploadAddress');
  expect(answer.status).toBe(201);
  expect((await fetch(url, { method, headers, body: content })).status).toBe(200);
  return uploadId;
}

/** Sends a text of its own to all recipients of a file: the answer, and the job once nothing of it is pending. */
async function send(uploadId: string, more: object = {}) {
  const text = randomUUID();
  const body = { pattern: `${text} {0}您好`, recipientsFrom: { uploadId, ...more } };
  const key = randomUUID();
  const answer = await api.send(body, key);
  const { links } = answer.as('Job');
  const job = (await api.get(`${links.self}?wait=20`)).as('Job');
  const ledger = async () => (await readLedger(system().ledger)).filter((message) => message.text.startsWith(text));
  return { answer, job, text, ledger, again: () => api.send(body, key) };
}

describe('a file', () => {
  it.each([
    ['csv', csv, 0],
    ['jsonl', jsonl, 2_000],
  ] as const)('of %s is read, then all of it is sent, each recipient once', async (format, write, from) => {
    const recipients = recipientsOf(1_200, from);
    const { answer, job, text, ledger, again } = await send(await upload(format, write([...recipients, ...recipients.slice(0, 2)])));
    expect([answer.status, answer.headers.get('location')]).toEqual([202, job.links.self]);
    expect(answer.as('Job')).toMatchObject({ status: 'preparing', batchCount: 0, counts: { total: 0 } });

    const first = format === 'csv' ? 2 : 1;
    expect(job).toMatchObject({
      ...{ status: 'completed', outcome: 'accepted', batchCount: 3, counts: { total: 1_200, accepted: 1_200 } },
      file: { onBadLines: 'refuse', lines: 1_202 + first - 1, batches: 3, recipients: 1_200, badLines: { count: 0, first: [] } },
      removed: { count: 2, places: [{ place: `line ${first + 1_200}`, firstPlace: `line ${first}` }, {}] },
    });
    expect(job.file?.bytesRead).toBe(job.file?.bytesTotal);
    const sent = (await ledger()).map((message) => `${message.phone} ${message.text}`);
    expect(sent.toSorted()).toEqual(recipients.map(({ phone, name }) => `${phone} ${text} ${name}您好`).toSorted());

    const repeated = await again();
    expect([repeated.status, repeated.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(repeated.as('Job')).toMatchObject({ jobId: job.jobId, status: 'completed', counts: job.counts });
    expect(await ledger()).toHaveLength(1_200);
  });

  const bad = 'phone,name\n13100000001,甲\n123,乙\n13100000002,丙,丁\n13100000003,戊\n13100000001,己\n';
  const places = [
    [3, 'line 3.phone', 'phone-malformed'],
    [4, 'line 4', 'cells-mismatch'],
    [6, 'line 6.phone', 'phone-duplicate'],
  ];

  it('with bad lines is refused, and names them and why', async () => {
    const { job, ledger } = await send(await upload('csv', bad));
    expect(job).toMatchObject({ status: 'refused', counts: { total: 0 }, batches: [], file: { refusal: { code: 'bad-lines', line: 3 } } });
    expect(job.file?.badLines.count).toBe(3);
    expect(job.file?.badLines.first.map(({ line, place, code }) => [line, place, code])).toEqual(places);
    expect(await ledger()).toEqual([]);
  });

  it('with bad lines is sent without them when the caller says so', async () => {
    const { job, ledger } = await send(await upload('csv', bad), { badLines: 'skip' });
    expect(job).toMatchObject({ status: 'completed', outcome: 'accepted', counts: { total: 2, accepted: 2 } });
    expect(job.file?.badLines.first.map(({ line, place, code }) => [line, place, code])).toEqual(places);
    expect((await ledger()).map(({ phone }) => phone).toSorted()).toEqual(['13100000001', '13100000003']);
  });

  it('that is not there refuses the job', async () => {
    const { uploadId } = (await api.post('/v1/uploads', { format: 'csv', size: 1 })).as('UploadAddress');
    const { job } = await send(uploadId);
    expect(job).toMatchObject({ status: 'refused', file: { refusal: { code: 'file-missing' } } });
  });
});

describe('an export', () => {
  it('has an address, and names the outcome of every recipient', async () => {
    const [one = '', other = ''] = phones(2, 9_000);
    const recipients = [{ phone: one }, '19900000013', { phone: other, detail: ['=1"1'] }];
    const { jobId, links, batches } = (await api.send({ pattern: '{0}', defaultDetail: ['甲'], recipients })).as('Job');
    const address = `${links.self}/export`;
    (await api.get(address)).problem('not-found');
    const asked = await api.post(address, '');
    expect([asked.status, asked.headers.get('location')]).toEqual([202, address]);
    expect(asked.as('Export')).toMatchObject({ jobId, state: 'asked' });
    await expect.poll(async () => (await api.get(address)).status, { timeout: 20_000 }).toBe(200);

    const found = (await api.get(address)).as('Export');
    expect(found).toMatchObject({ jobId, state: 'ready', method: 'GET' });
    const goodFor = Date.parse(found.expiresAt ?? '') - Date.now();
    expect(goodFor).toBeGreaterThan(14 * 60_000);
    const file = await fetch(found.url ?? '');
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const id = batches[0]?.commonJobId;
    expect(id).toMatch(/^\d+$/);
    const ids = `"${JSON.stringify(batches[0]?.specialJobIds).replaceAll('"', '""')}"`;
    expect(await file.text()).toBe(
      [
        'phone,reference,outcome,batch,try,code,reason,commonJobId,specialJobIds,detail,segments,text',
        `${one},,accepted,1,1,accepted,The provider took the call.,${id},${ids},,1,甲`,
        `19900000013,,rejected,1,1,number-refused,The provider named the number in ErrorPhones.,${id},${ids},,1,甲`,
        `${other},,accepted,1,1,accepted,The provider took the call.,${id},${ids},"[""=1\\""1""]",1,"'=1""1"`,
        '',
      ].join('\r\n'),
    );
    const again = await api.post(address, '');
    expect([again.status, again.headers.get('location'), again.as('Export').revision]).toEqual([200, null, found.revision]);
    expect((await fetch(again.as('Export').url ?? '')).status).toBe(200);
  });
});
