import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../../functions/shared/sha256.ts';

/** What a request got for an answer; redirections are not followed. */
export interface Answer {
  status: number;
  /** Of JSON. */
  body: Record<string, unknown>;
}

/** Requests to a deployed API. @param path after the stage, with its query */
export type SignedClient = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/**
 * Signs requests to API Gateway (SigV4) with the credentials that the AWS CLI would take.
 * @param api the address of the stage, without a final slash
 * @param send carries out a signed request
 */
export function signedClient(
  api: URL,
  {
    credentials = defaultProvider(),
    send = fetch,
  }: { credentials?: Credentials; send?: (url: URL, init: RequestInit) => Promise<Response> } = {},
): SignedClient {
  // <api>.execute-api.<region>.<suffix>; a domain of one's own says nothing of its region.
  const region = /\.execute-api\.([^.]+)\./.exec(api.hostname)?.[1] ?? '';
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  return async (method, path, body, headers = {}) => {
    const url = new URL(`${api.href.replace(/\/$/, '')}${path}`);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers, host: url.host },
      body: text,
    });
    const { host: _sent, ...sent } = signed.headers;
    const response = await send(url, { method, headers: sent, redirect: 'manual', ...(text !== undefined && { body: text }) });
    const answer = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson ? JSON.parse(answer) : {} };
  };
}
