import { createHash, createHmac, type Hash } from 'node:crypto';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import type { EncodedRequest } from '../customsend/write-request.ts';

/** SHA-256 in the shape that the signer wants. */
export class Sha256 {
  private readonly hash: Hash | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(toBytes(chunk));
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    throw new Error('A hash is made for one use.');
  }
}

/** Signs a request to a route of our own API with the function's role (SigV4), and answers the headers that it needs. */
export async function signWithIam({ url, method, path, headers, body }: EncodedRequest & { url: URL }): Promise<Record<string, string>> {
  // <api>.execute-api.<region>.<suffix>
  const region = url.hostname.split('.')[2] ?? '';
  const signer = new SignatureV4({ service: 'execute-api', region, credentials: defaultProvider(), sha256: Sha256 });
  const target = new URL(path, url);
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: target.pathname,
    query: Object.fromEntries(target.searchParams),
    headers: { ...headers, host: url.host },
    body,
  });
  return signed.headers;
}

function toBytes(value: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  return ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value);
}
