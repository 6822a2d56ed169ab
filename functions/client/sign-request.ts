import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../shared/sha256.ts';

/** Signs a request as a deployed stage wants it. */
export type SignRequest = (request: Request) => Promise<Request>;

/** Signs with SigV4 for API Gateway. @param credentials those of the environment, as the AWS SDK finds them, unless others are given */
export function signWithSigV4(
  region: string,
  credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'] = defaultProvider(),
): SignRequest {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  return async (request) => {
    const url = new URL(request.url);
    const body = request.body === null ? undefined : new Uint8Array(await request.clone().arrayBuffer());
    const signed = await signer.sign({
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...Object.fromEntries(request.headers), host: url.host },
      ...(body && { body }),
    });
    const headers = new Headers(signed.headers as Record<string, string>);
    headers.delete('host');
    return new Request(request, { headers, ...(body && { body }) });
  };
}
