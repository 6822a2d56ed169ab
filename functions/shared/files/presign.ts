import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { readEnv, runtimeEnv } from '../env/env.ts';
import { Sha256 } from '../sha256.ts';

/** Where the bucket is: its name, its region, and the address of S3 where that is not AWS. */
export interface BucketLocation {
  bucket: string;
  region: string;
  endpoint?: string | undefined;
}

/** An address that works for a while for each holder of it. */
export interface SignedAddress {
  url: string;
  /** Headers that the request must carry exactly so: they are signed. Its length is signed too, and clients send that by themselves. */
  headers: Record<string, string>;
  /** Epoch milliseconds: its own end, or that of the credentials that signed it, whichever is earlier. */
  expiresAt: number;
}

/** What will be uploaded: an address takes nothing else. */
export interface UploadContent {
  type: string;
  /** Bytes. */
  size: number;
}

/** Signs addresses of objects (SigV4 in the query). Kept apart from the S3 client, which is larger than all of the API function. */
export interface Presigner {
  put(key: string, content: UploadContent, lifetimeSeconds: number): Promise<SignedAddress>;
  /** @param filename under which browsers save it */
  get(key: string, filename: string, lifetimeSeconds: number): Promise<SignedAddress>;
}

interface Presigned {
  method: 'PUT' | 'GET';
  key: string;
  /** Each of them is signed. */
  headers: Record<string, string>;
  query: Record<string, string>;
  /** Seconds. */
  lifetime: number;
}

type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** The presigner of a running function. */
export function openPresigner(bucket: string): Presigner {
  let made: Presigner | undefined;
  const presigner = (): Presigner => {
    const { AWS_REGION, AWS_ENDPOINT_URL_S3 } = readEnv(runtimeEnv);
    made ??= createPresigner({ bucket, region: AWS_REGION, endpoint: AWS_ENDPOINT_URL_S3 }, Date.now);
    return made;
  };
  return { put: (...asked) => presigner().put(...asked), get: (...asked) => presigner().get(...asked) };
}

/** @param now epoch milliseconds, the moment of signing */
export function createPresigner(location: BucketLocation, now: () => number, credentials: Credentials = defaultProvider()): Presigner {
  const base = baseOf(location);

  async function presign({ method, key, headers, query, lifetime }: Presigned) {
    const at = now();
    const identity = typeof credentials === 'function' ? await credentials() : credentials;
    // Credentials that do not say when they end, such as those of Lambda's variables, are taken to outlive the address.
    const expiresAt = Math.min(at + lifetime * 1000, identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY);
    // S3 signs the path as it is sent; every other service signs it encoded once more.
    const options = { service: 's3', region: location.region, sha256: Sha256, uriEscapePath: false };
    const signer = new SignatureV4({ ...options, credentials: identity });
    const { protocol, hostname, host, pathname } = base;
    const path = `${pathname === '/' ? '' : pathname}/${key}`;
    const all = { ...headers, host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const signed = await signer.presign(
      { method, protocol, hostname, path, query, headers: all },
      { expiresIn: lifetime, signingDate: new Date(at), unhoistableHeaders: new Set(Object.keys(headers)) },
    );
    const url = new URL(signed.path, base);
    for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
    // Signatures are over RFC 3986 encoding, where a blank is %20.
    url.search = url.search.replaceAll('+', '%20');
    return { url: url.href, expiresAt };
  }

  return {
    async put(key, { type, size }, lifetime) {
      const headers = { 'content-type': type };
      const signed = { ...headers, 'content-length': String(size) };
      return { headers, ...(await presign({ method: 'PUT', key, headers: signed, query: {}, lifetime })) };
    },
    async get(key, filename, lifetime) {
      const query = { 'response-content-disposition': `attachment; filename="${filename}"` };
      return { headers: {}, ...(await presign({ method: 'GET', key, headers: {}, query, lifetime })) };
    },
  };
}

/** The bucket in the host, as S3 wants it; in the path for an engine on 127.0.0.1, which has no names below it. */
function baseOf({ bucket, region, endpoint }: BucketLocation): URL {
  if (endpoint !== undefined) return new URL(`/${bucket}`, endpoint);
  return new URL(`https://${bucket}.s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
}
