import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { components } from './schema.d.ts';

/** A file of recipients. */
export interface UploadFile {
  format: components['schemas']['Upload']['format'];
  /** Bytes in all: the address takes exactly that many. */
  size: number;
  /** The bytes, for example `createReadStream(path)`. */
  content: AsyncIterable<Uint8Array>;
  /** Called after each piece. */
  onProgress?: (bytes: number, of: number) => void;
}

type UploadAddress = components['schemas']['UploadAddress'];

/** Puts a file to its address, piece by piece: `fetch` would send it without a length, which S3 does not take. */
export async function putFile({ url, method, headers }: UploadAddress, { size, content, onProgress }: UploadFile): Promise<void> {
  const send = url.startsWith('https:') ? secureRequest : plainRequest;
  const request = send(url, { method, headers: { ...headers, 'Content-Length': size } });
  const answered = once(request, 'response');
  let sent = 0;
  async function* counted() {
    for await (const piece of content) {
      yield piece;
      sent += piece.length;
      onProgress?.(sent, size);
    }
  }
  const [[response]] = await Promise.all([answered, pipeline(Readable.from(counted()), request)]);
  response.resume();
  if (response.statusCode !== 200) throw new Error(`The file was not taken: ${response.statusCode}.`);
}
