import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kindsAt } from '../../../infra/local/cloudformation/resource-types.ts';
import { type Resource, resolveTemplate } from '../../../infra/local/cloudformation/template.ts';
import { createBuckets } from '../../../infra/local/sqs-s3/buckets.ts';
import { type QueuesAndFiles, startFauxqs } from '../../../infra/local/sqs-s3/fauxqs-engine.ts';
import { s3Client } from '../../support/aws-clients.ts';
import { temporaryFolder } from '../fixture.ts';

const Bucket = 'files';
const data = temporaryFolder();
let engine: QueuesAndFiles;
let client: S3Client;
async function start(): Promise<void> {
  engine = await startFauxqs(data.folder);
  client = s3Client(engine.endpoint);
  const resources: Resource[] = resolveTemplate({ Resources: { Files: { Type: 'AWS::S3::Bucket' } } }, kindsAt(engine.endpoint));
  expect(resources[0]?.ref).toBe(Bucket);
  await createBuckets(engine, resources);
}
beforeAll(start);
afterAll(async () => {
  await engine.stop();
  data.remove();
});

it('listens on 127.0.0.1', () => {
  expect(new URL(engine.endpoint).hostname).toBe('127.0.0.1');
});

it('takes a large file at an address with a signature, and gives it by its ETag, whole or from a byte on', async () => {
  const body = Buffer.alloc(30_000_000, '13800138000,张三\n');
  const address = `${engine.endpoint}/${Bucket}/uploads/large.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900&X-Amz-Signature=0`;
  const put = await fetch(address, { method: 'PUT', body, headers: { 'Content-Type': 'text/csv' } });
  expect(put.status).toBe(200);
  const ETag = put.headers.get('etag') ?? '';
  const key = { Bucket, Key: 'uploads/large.csv' };
  expect(await client.send(new HeadObjectCommand(key))).toMatchObject({ ETag, ContentLength: body.length });
  const part = await client.send(new GetObjectCommand({ ...key, IfMatch: ETag, Range: `bytes=${body.length - 18}-` }));
  expect(Buffer.from((await part.Body?.transformToByteArray()) ?? [])).toEqual(body.subarray(-18));
  const other = client.send(new GetObjectCommand({ ...key, IfMatch: '"other"' }));
  await expect(other).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
});

it('answers 404 for an object that is not there', async () => {
  await expect(client.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
});

it('keeps objects from start to start', async () => {
  const key = { Bucket, Key: 'exports/kept.csv' };
  await client.send(new PutObjectCommand({ ...key, Body: '号码,结果\n' }));
  await engine.stop();
  await start();
  expect(await (await client.send(new GetObjectCommand(key))).Body?.transformToString()).toBe('号码,结果\n');
});
