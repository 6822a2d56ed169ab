import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { payloadKey } from '../dynamodb/keys.ts';
import type { Payload } from '../message/message.ts';
import type { JobContext } from './context.ts';

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Writes a batch's recipients, once and for all: whoever writes them again writes the same. */
export async function putPayload(context: JobContext, jobId: string, batch: number, payload: Payload, expiresAt: number): Promise<void> {
  const content = await compress(Buffer.from(JSON.stringify(payload)));
  await context.table.put({ ...payloadKey(jobId, batch), content, expiresAt });
}

/** Reads a batch's recipients. @throws Error when they are not there: a sealed job has them all. */
export async function getPayload(context: JobContext, jobId: string, batch: number): Promise<Payload> {
  const item = await context.table.get<{ content: Uint8Array }>(payloadKey(jobId, batch));
  if (!item) throw new Error(`The recipients of batch ${batch} of ${jobId} are missing.`);
  return JSON.parse((await expand(item.content)).toString()) as Payload;
}
