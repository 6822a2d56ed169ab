import { createHash, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../../../functions/shared/sha256.ts';
import { REGION } from '../cloudformation/template.ts';
import { type GatewayRequest, splitTarget } from './proxy-event.ts';

/** An access key of a caller, as IAM would know it. */
export interface AccessKey {
  id: string;
  secret: string;
  /** ARN of the user or of the role's session. */
  principal: string;
}

/** Whether a request is signed, and by whom. */
export type Signed =
  | { kind: 'by'; key: AccessKey }
  /** It has no Authorization header, or one of another kind. */
  | { kind: 'not' }
  /** @see reason for people; API Gateway answers 403 for all of them. */
  | { kind: 'wrong'; reason: string };

/** Between the time of the signature and that of the gateway (milliseconds). */
const CLOCK_SKEW = 5 * 60_000;

const FORM = /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * Looks at the signature (SigV4, in the header) of a request as API Gateway does: known key, region and service, a time near to now, and the
 * same signature over method, path, query, signed headers and body.
 * @param now epoch milliseconds
 */
export async function verifySignature(request: GatewayRequest, keys: readonly AccessKey[], now: number): Promise<Signed> {
  const headers = headersOf(request.rawHeaders);
  const authorization = headers.get('authorization');
  if (authorization === undefined || !authorization.startsWith('AWS4-HMAC-SHA256')) return { kind: 'not' };
  const [, credential = '', list = '', signature = ''] = FORM.exec(authorization) ?? [];
  const [id = '', date, region, service, end] = credential.split('/');
  const longDate = headers.get('x-amz-date') ?? '';
  const signed = new Set(list.split(';'));
  const reason =
    wrongScope({ date, region, service, end }, longDate, now) ?? missingHeader(signed, headers) ?? wrongHash(headers, request.body);
  if (reason !== undefined) return { kind: 'wrong', reason };
  const key = keys.find((one) => one.id === id);
  if (!key || headers.has('x-amz-security-token'))
    return { kind: 'wrong', reason: 'The security token included in the request is invalid.' };
  const expected = await signatureOf(request, key, signed, headers, new Date(timeOf(longDate)));
  const same = timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(signature, 'hex'));
  return same ? { kind: 'by', key } : { kind: 'wrong', reason: 'The request signature does not match.' };
}

function wrongScope(
  scope: Record<'date' | 'region' | 'service' | 'end', string | undefined>,
  longDate: string,
  now: number,
): string | undefined {
  const time = timeOf(longDate);
  if (scope.end !== 'aws4_request') return 'The Authorization header is incomplete.';
  if (scope.region !== REGION) return `Credential should be scoped to a valid region, not '${scope.region}'.`;
  if (scope.service !== 'execute-api') return "Credential should be scoped to correct service: 'execute-api'.";
  if (Number.isNaN(time)) return 'X-Amz-Date is missing or malformed.';
  if (scope.date !== longDate.slice(0, 8)) return 'Date in Credential scope does not match X-Amz-Date.';
  return Math.abs(now - time) <= CLOCK_SKEW ? undefined : `Signature not yet current, or expired: ${longDate}.`;
}

/** A header that was signed and is not there, or must be signed and was not: someone else could have written it. */
function missingHeader(signed: ReadonlySet<string>, headers: ReadonlyMap<string, string>): string | undefined {
  const absent = [...signed].find((name) => !headers.has(name));
  const unsigned = [...headers.keys()].find((name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name));
  if (absent !== undefined) return `${absent} is signed and not there.`;
  return unsigned === undefined ? undefined : `${unsigned} must be signed.`;
}

/** The signer takes the header's word for the hash of the body. */
function wrongHash(headers: ReadonlyMap<string, string>, body: Buffer): string | undefined {
  const written = headers.get('x-amz-content-sha256');
  if (written === undefined || written === createHash('sha256').update(body).digest('hex')) return undefined;
  return 'X-Amz-Content-Sha256 is not the hash of the body.';
}

async function signatureOf(
  { method, target, stagePath, body }: GatewayRequest,
  { id, secret }: AccessKey,
  signed: ReadonlySet<string>,
  headers: ReadonlyMap<string, string>,
  signingDate: Date,
): Promise<string> {
  const credentials = { accessKeyId: id, secretAccessKey: secret };
  const signer = new SignatureV4({ credentials, region: REGION, service: 'execute-api', sha256: Sha256, applyChecksum: false });
  const [path, query] = splitTarget(target);
  const request = {
    method,
    protocol: 'http:',
    hostname: headers.get('host') ?? '',
    path: `${stagePath}${path}`,
    body,
    query: grouped([...new URLSearchParams(query)]),
    headers: Object.fromEntries([...headers].filter(([name]) => signed.has(name))),
  };
  const { headers: answer } = await signer.sign(request, { signingDate, signableHeaders: new Set(signed) });
  return /Signature=([0-9a-f]{64})$/.exec(answer.authorization ?? '')?.[1] ?? '';
}

function timeOf(longDate: string): number {
  return DATE.test(longDate) ? Date.parse(longDate.replace(DATE, '$1-$2-$3T$4:$5:$6Z')) : Number.NaN;
}

/** By name in lower case; several of one name between commas. */
function headersOf(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

function grouped(pairs: readonly [string, string][]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const [name, value] of pairs) groups[name] = [...(groups[name] ?? []), value];
  return groups;
}
