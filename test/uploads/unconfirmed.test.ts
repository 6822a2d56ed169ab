import { describe, expect, it } from 'vitest';
import { phones } from '../support/api.ts';
import { previewAndSend } from '../support/preview-and-send.ts';
import { stackOfFile } from '../support/stack.ts';

const { api, system } = stackOfFile({ DIALECT: 'unconfirmed', MAX_CONCURRENT_CALLS: 50 });

describe('while the dialect is unconfirmed', () => {
  it('a verification code with a field arrives', async () => {
    const [phone = ''] = phones(1);
    const { shown, job, texts } = await previewAndSend(system(), {
      pattern: '【签名】验证码{code}',
      recipients: [{ phone, detail: { code: '0042' } }],
    });
    expect(shown).toMatchObject({ sendable: true, calls: 1 });
    expect(job).toMatchObject({ status: 'completed', outcome: 'accepted', batchCount: 1, pattern: '【签名】验证码{code}' });
    expect(texts.get(phone)).toBe('【签名】验证码0042');
  });

  it('500 recipients with three different texts arrive, in as many calls as the preview says', async () => {
    const recipients = phones(500, 1_000).map((phone, index) => ({ phone, detail: [`${index % 3}, <b>`] }));
    const { shown, job, texts, messages } = await previewAndSend(system(), { pattern: '【签名】{0}', recipients });
    expect([shown.calls, job.batchCount]).toEqual([3, 3]);
    expect(job.counts).toMatchObject({ total: 500, accepted: 500 });
    expect(messages.length).toBe(500);
    for (const { phone, detail } of recipients) expect(texts.get(phone)).toBe(`【签名】${detail[0]}`);
  });
});

describe('a preview of a file', () => {
  /** Uploads as a caller does. */
  async function upload(content: string | Buffer): Promise<string> {
    const { uploadId, url, headers } = (await api.post('/v1/uploads', { format: 'csv', size: Buffer.byteLength(content) })).as(
      'UploadAddress',
    );
    const { ok } = await fetch(url, { method: 'PUT', headers, body: content });
    expect(ok).toBe(true);
    return uploadId;
  }

  it('says how it is written, what its texts are, which lines are bad, and how many calls it takes; nothing is made', async () => {
    const before = (await api.get('/v1/jobs')).as('Jobs').items.length;
    const content = `备注;手机号;姓名\nx;${phones(1)[0]};张三\nx;1;李四\nx;${phones(2)[1]};张三\n`;
    const recipientsFrom = { uploadId: await upload(content), badLines: 'skip' };
    const shown = (await api.post('/v1/preview', { pattern: '【签名】{姓名}您好', recipientsFrom })).as('Preview');
    expect(shown).toMatchObject({
      ...{ sendable: true, calls: 1, recipients: 2, segments: 2 },
      items: phones(2).map((phone) => ({ phone, text: '【签名】张三您好', segments: 1 })),
      file: {
        ...{ encoding: 'utf-8', separator: ';', ignoredColumns: ['备注'], lines: 4, isWhole: true, removed: 0 },
        badLines: { count: 1, first: [{ line: 3, place: 'line 3.phone' }] },
      },
    });
    const refused = (
      await api.post('/v1/preview', { pattern: '【签名】{姓名}您好', recipientsFrom: { ...recipientsFrom, badLines: 'refuse' } })
    ).as('Preview');
    expect(refused).toMatchObject({ sendable: false, file: { badLines: { count: 1 } } });
    expect((await api.get('/v1/jobs')).as('Jobs').items.length).toBe(before);
  });

  it('says why it would be refused', async () => {
    const preview = async (content: string | undefined) => {
      const uploadId = content === undefined ? 'upl_csv_01ARZ3NDEKTSV4RRFFQ69G5FAV' : await upload(content);
      return (await api.post('/v1/preview', { pattern: '{0}', recipientsFrom: { uploadId } })).as('Preview');
    };
    expect(await preview('x,y\n')).toMatchObject({ sendable: false, file: { refusal: { code: 'header-malformed', line: 1 } } });
    expect(await preview('phone,0\n')).toMatchObject({ sendable: false, recipients: 0 });
    expect(await preview(undefined)).toMatchObject({ sendable: false, file: { refusal: { code: 'file-missing' } } });
    (await api.post('/v1/preview', { pattern: '{', recipientsFrom: { uploadId: 'upl_csv_01ARZ3NDEKTSV4RRFFQ69G5FAV' } })).as('Preview');
  });
});
