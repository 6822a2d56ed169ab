import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** An object, as a stream of bytes. */
export interface ReadObject {
  bytes: AsyncIterable<Uint8Array>;
  /** Names this content of the object and no other. */
  etag: string;
  size: number;
}

/** The bucket of uploaded files and exported results. */
export interface Bucket {
  /** @param etag the content that it must still have */
  read(key: string, etag?: string): Promise<ReadObject | 'missing' | 'changed'>;
  /** Writes an object of any length. It appears as a whole when all of it has been written, or not at all. */
  write(key: string, contentType: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

/** S3 takes parts of 5 MB and more, 10,000 at most: enough for 80 GB, and two of them fit into any function's memory. */
const PART_BYTES = 8 * 1024 * 1024;
const TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 10_000, socketTimeout: 60_000, throwOnRequestTimeout: true };

/**
 * Opens a bucket. The only code that calls S3; addresses for others to call are signed in presign.ts. The SDK itself knows where S3 is,
 * also on one machine (`AWS_ENDPOINT_URL_S3`).
 */
export function openBucket(bucket: string, client = new S3Client({ requestHandler: TIMEOUTS, maxAttempts: 3 })): Bucket {
  const put = async (key: string, contentType: string, body: Uint8Array): Promise<void> => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }));
  };

  return {
    async read(key, etag) {
      try {
        const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }));
        return { bytes: object.Body as AsyncIterable<Uint8Array>, etag: object.ETag ?? '', size: object.ContentLength ?? 0 };
      } catch (error) {
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 404) return 'missing';
        if (status === 412) return 'changed';
        throw error;
      }
    },

    async write(key, contentType, chunks) {
      const parts = inParts(chunks);
      const first = await parts.next();
      const second = await parts.next();
      if (second.done) return put(key, contentType, first.value ?? new Uint8Array());
      await putParts(client, { Bucket: bucket, Key: key }, contentType, chain([first.value as Uint8Array, second.value], parts));
    },
  };
}

async function putParts(
  client: S3Client,
  object: { Bucket: string; Key: string },
  contentType: string,
  parts: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...object, ContentType: contentType }));
  try {
    const done: CompletedPart[] = [];
    for await (const part of parts) {
      const PartNumber = done.length + 1;
      const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body: part }));
      done.push({ PartNumber, ETag, ChecksumCRC32 });
    }
    await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: done } }));
  } catch (error) {
    // Parts that are left behind cost money until the bucket's own rule removes them.
    await client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function* inParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    if (size < PART_BYTES) continue;
    yield Buffer.concat(held);
    [held, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(held);
}

async function* chain(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
