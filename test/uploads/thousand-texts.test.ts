import { expect, it } from 'vitest';
import { phones } from '../support/api.ts';
import { previewAndSend } from '../support/preview-and-send.ts';
import { stackOfFile } from '../support/stack.ts';

const { system } = stackOfFile({ DIALECT: 'unconfirmed', MAX_CONCURRENT_CALLS: 20 });

it('1,000 recipients with 1,000 texts arrive while the dialect is unconfirmed, in as many calls as the preview says', {
  timeout: 240_000,
}, async () => {
  const recipients = phones(1_000).map((phone, index) => ({ phone, detail: [`${index}`] }));
  const { shown, job, texts, messages } = await previewAndSend(system(), { pattern: '【签名】{0}', recipients });
  expect([shown.calls, job.batchCount]).toEqual([1_000, 1_000]);
  expect(job.counts).toMatchObject({ total: 1_000, accepted: 1_000 });
  expect(messages.length).toBe(1_000);
  for (const [index, { phone }] of recipients.entries()) expect(texts.get(phone)).toBe(`【签名】${index}`);
});
