import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signWithSigV4 } from '../../functions/client/sign-request.ts';
import { createSmsClient, type SmsClient, SmsProblemError } from '../../functions/client/sms-client.ts';
import { generateTypes, TYPES } from '../../infra/commands/client-types.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { phones, readLedger } from '../support/api.ts';
import { startStack } from '../support/stack.ts';

let system: LocalSystem;
let client: SmsClient;
beforeAll(async () => {
  system = await startStack();
  client = createSmsClient({ address: system.api });
});
afterAll(() => system.stop());

it('has the types that the description gives it: `npm run client` writes them', async () => {
  expect(readFileSync(TYPES, 'utf8')).toBe(await generateTypes());
});

it('sends once for each key, and waits for the end', async () => {
  const request = {
    pattern: '【签名】{0}您好，余额{1}元',
    defaultDetail: ['客户', '0'],
    recipients: ['13800138000', { phone: '13900139000', detail: ['张三', '100'] }],
  };
  const sent = await client.send(request, 'client-send');
  expect((await client.send(request, 'client-send')).jobId).toBe(sent.jobId);
  const job = await client.waitForEnd(sent.jobId);
  expect([job.status, job.counts.accepted]).toEqual(['completed', 2]);
  expect(await readLedger(system.ledger, '13900139000')).toHaveLength(1);
});

it('throws what was refused, with every wrong field', async () => {
  const refused = client.send({ pattern: '', recipients: ['1'] });
  await expect(refused).rejects.toThrow(SmsProblemError);
  await expect(refused).rejects.toMatchObject({ problem: { code: 'invalid-request', retry: false, errors: [{ place: 'pattern' }, {}] } });
});

it('knows every operation', async () => {
  const { data, error } = await client.api.GET('/v1/jobs', { params: { query: { status: 'completed', limit: 1 } } });
  expect(error).toBeUndefined();
  expect(data?.items[0]?.counts.total).toBe(2);
});

it('uploads a file piece by piece, and says how far it has come', async () => {
  const numbers = phones(1_000, 5_000);
  const lines = Buffer.from(`phone\n${numbers.join('\n')}\n`);
  const progress: number[] = [];
  const uploadId = await client.upload({
    format: 'csv',
    size: lines.length,
    content: Readable.from([lines.subarray(0, 5_000), lines.subarray(5_000)]),
    onProgress: (bytes, of) => progress.push(bytes / of),
  });
  expect(progress).toEqual([5_000 / lines.length, 1]);
  const { jobId } = await client.send({ pattern: 'hi', recipientsFrom: { uploadId } });
  const job = await client.waitForEnd(jobId);
  expect(job.counts).toMatchObject({ total: 1_000, accepted: 1_000 });
});

it('signs every request where that is asked for, with its body', async () => {
  const sign = signWithSigV4('eu-west-1', { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' });
  const seen: Request[] = [];
  const signing = createSmsClient({
    address: system.api,
    async sign(request) {
      const signed = await sign(request);
      seen.push(signed.clone());
      return signed;
    },
  });
  const job = await signing.send({ pattern: 'hi', recipients: phones(1, 9_000) });
  expect(job.counts.accepted).toBe(1);
  const [request] = seen;
  expect(request?.headers.get('authorization')).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=[^,]*host[^,]*, Signature=[\da-f]{64}$/,
  );
  expect(await request?.json()).toMatchObject({ pattern: 'hi' });
});
