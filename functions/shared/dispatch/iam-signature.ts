import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import type { EncodedRequest } from '../customsend/write-request.ts';
import { Sha256 } from '../sha256.ts';

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
