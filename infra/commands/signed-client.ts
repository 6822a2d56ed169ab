import { readFileSync } from 'node:fs';
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

/** Carries out a request as it is. */
type Send = (url: URL, init: RequestInit) => Promise<Response>;

/** What the headers of a request become so that it is known whose it is. */
type Authorise = (method: string, url: URL, headers: Record<string, string>, body: string | undefined) => Promise<Record<string, string>>;

/** How a command is known to a stage. */
export interface CommandCaller {
  /** A file that holds a key of this product, or a token; without it, requests are signed. */
  keyFile?: string | undefined;
  /** To sign for, where the address does not name it. */
  region?: string | undefined;
}

/** Requests to a stage as a command line says whose they are. @throws Error when the file cannot be read */
export function callerClient(api: URL, { keyFile, region }: CommandCaller): SignedClient {
  if (keyFile === undefined) return signedClient(api, { region });
  const key = readFileSync(keyFile, 'utf8').trim();
  return clientOf(api, async (_method, _url, headers) => ({ ...headers, authorization: `Bearer ${key}` }), fetch);
}

/**
 * Signs requests to API Gateway (SigV4) with the credentials that the AWS CLI would take.
 * @param api the address of the stage, without a final slash
 * @param region that of the address unless given
 * @param send carries out a signed request
 */
export function signedClient(
  api: URL,
  {
    credentials = defaultProvider(),
    region = regionOf(api),
    send = fetch,
  }: { credentials?: Credentials; region?: string | undefined; send?: Send } = {},
): SignedClient {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const sign: Authorise = async (method, url, headers, body) => {
    const query = Object.fromEntries(url.searchParams);
    const unsigned = { method, protocol: url.protocol, hostname: url.hostname, path: url.pathname, query, body };
    const { host: _sent, ...signed } = (await signer.sign({ ...unsigned, headers: { ...headers, host: url.host } })).headers;
    return signed;
  };
  return clientOf(api, sign, send);
}

/** The region in `<api>.execute-api.<region>.<suffix>`. @throws Error for a domain of one's own, which says nothing of its region */
function regionOf({ hostname }: URL): string {
  const region = /\.execute-api\.([^.]+)\./.exec(hostname)?.[1] ?? (hostname === '127.0.0.1' ? 'us-east-1' : undefined);
  if (region === undefined) throw new Error(`--region: ${hostname} does not name the region to sign for.`);
  return region;
}

function clientOf(api: URL, authorise: Authorise, send: Send): SignedClient {
  return async (method, path, body, headers = {}) => {
    const url = new URL(`${api.href.replace(/\/$/, '')}${path}`);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = await authorise(method, url, { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers }, text);
    const response = await send(url, { method, headers: sent, redirect: 'manual', ...(text !== undefined && { body: text }) });
    const answer = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson ? JSON.parse(answer) : {} };
  };
}
