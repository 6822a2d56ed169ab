import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { payloadKey } from '../dynamodb/keys.ts';
import type { Payload } from '../message/message.ts';
import type { JobContext } from './context.ts';
import type { JobItem } from './job-item.ts';

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** A payload up to this size stands in its job's item (bytes of JSON): every write of the item is billed by all of it. */
const INLINE_BYTES = 1_000;

/** A payload as JSON, if it is short enough to stand in its job's item. */
export function inlinePayload(payload: Payload): string | undefined {
  const text = JSON.stringify(payload);
  return Buffer.byteLength(text) <= INLINE_BYTES ? text : undefined;
}

/** Writes a batch's recipients, once and for all: a request that writes them again writes the same. */
export async function putPayload(context: JobContext, jobId: string, batch: number, payload: Payload, expiresAt: number): Promise<void> {
  const content = await compress(Buffer.from(JSON.stringify(payload)));
  await context.table.put({ ...payloadKey(jobId, batch), content, expiresAt });
}

/** Reads a batch's recipients. @throws Error when they are not there: a sealed job has them all */
export async function getPayload(context: JobContext, job: Pick<JobItem, 'jobId' | 'payload'>, batch: number): Promise<Payload> {
  if (job.payload !== undefined) return JSON.parse(job.payload) as Payload;
  const item = await context.table.get<{ content: Uint8Array }>(payloadKey(job.jobId, batch));
  if (!item) throw new Error(`The recipients of batch ${batch} of ${job.jobId} are missing.`);
  return JSON.parse((await expand(item.content)).toString()) as Payload;
}

/**
 * Reads the recipients of those batches that have a phone, by batch number, in as few requests as it takes. Text that does not hold the
 * phone is not parsed: a search reads a million recipients to find one.
 */
export async function getPayloads(
  context: JobContext,
  job: Pick<JobItem, 'jobId' | 'payload'>,
  batches: readonly { batch: number }[],
  phone: string,
): Promise<Map<number, Payload>> {
  const found = new Map<number, Payload>();
  if (job.payload !== undefined) {
    if (job.payload.includes(phone)) found.set(1, JSON.parse(job.payload) as Payload);
    return found;
  }
  const numbers = new Map(batches.map(({ batch }) => [payloadKey(job.jobId, batch).pk, batch]));
  const items = await context.table.getMany<{ pk: string; content: Uint8Array }>(batches.map(({ batch }) => payloadKey(job.jobId, batch)));
  for (const { pk, content } of items) {
    const text = (await expand(content)).toString();
    const batch = numbers.get(pk);
    if (batch !== undefined && text.includes(phone)) found.set(batch, JSON.parse(text) as Payload);
  }
  return found;
}
