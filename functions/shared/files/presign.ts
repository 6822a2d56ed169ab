import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../dispatch/iam-signature.ts';
import { readEnv, runtimeEnv } from '../env/env.ts';

/** Where the bucket is: its name, its region, and the address of S3 where that is not AWS. */
export interface BucketPlace {
  bucket: string;
  region: string;
  endpoint?: string | undefined;
}

/** An address that works for a while for whoever holds it. */
export interface SignedAddress {
  url: string;
  /** Headers that the request must carry exactly so: they are signed. */
  headers: Record<string, string>;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** Signs addresses of objects (SigV4 in the query). Kept apart from the S3 client, which is larger than all of the API function. */
export interface Presigner {
  put(key: string, contentType: string, lifetimeSeconds: number): Promise<SignedAddress>;
  /** @param filename under which browsers save it */
  get(key: string, filename: string, lifetimeSeconds: number): Promise<SignedAddress>;
}

type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** The presigner of a running function. Its addresses end with the credentials that they were signed with, if those end sooner. */
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
export function createPresigner(place: BucketPlace, now: () => number, credentials: Credentials = defaultProvider()): Presigner {
  const base = baseOf(place);
  // S3 signs the path as it is sent; every other service signs it encoded once more.
  const signer = new SignatureV4({ service: 's3', region: place.region, credentials, sha256: Sha256, uriEscapePath: false });

  async function presign(
    method: 'PUT' | 'GET',
    key: string,
    more: { headers: Record<string, string>; query: Record<string, string> },
    lifetime: number,
  ) {
    const at = now();
    const signed = await signer.presign(
      {
        method,
        protocol: base.protocol,
        hostname: base.hostname,
        path: `${base.pathname === '/' ? '' : base.pathname}/${key}`,
        query: more.query,
        headers: { ...more.headers, host: base.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      },
      { expiresIn: lifetime, signingDate: new Date(at), unhoistableHeaders: new Set(Object.keys(more.headers)) },
    );
    const url = new URL(signed.path, base);
    for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
    // Signatures are over RFC 3986 encoding, where a blank is %20.
    url.search = url.search.replaceAll('+', '%20');
    return { url: url.href, headers: more.headers, expiresAt: at + lifetime * 1000 };
  }

  return {
    put: (key, contentType, lifetime) => presign('PUT', key, { headers: { 'content-type': contentType }, query: {} }, lifetime),
    get(key, filename, lifetime) {
      const query = { 'response-content-disposition': `attachment; filename="${filename}"` };
      return presign('GET', key, { headers: {}, query }, lifetime);
    },
  };
}

/** The bucket in the host, as S3 wants it; in the path for an engine on 127.0.0.1, which has no names below it. */
function baseOf({ bucket, region, endpoint }: BucketPlace): URL {
  if (endpoint !== undefined) return new URL(`/${bucket}`, endpoint);
  return new URL(`https://${bucket}.s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
}
