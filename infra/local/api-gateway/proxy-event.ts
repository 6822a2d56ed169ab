import { randomUUID } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ACCOUNT, REGION } from '../cloudformation/template.ts';
import type { Admission } from './admission.ts';
import type { Match } from './routes.ts';

/** An HTTP request whose body has been read. */
export interface GatewayRequest {
  method: string;
  /** Path and query, below the stage's path. */
  target: string;
  /** What stood before it in the address, such as `/dev`; empty where the API is at the root. */
  stagePath: string;
  /** Names and values alternately, in the letters in which they came. */
  rawHeaders: readonly string[];
  httpVersion: string;
  sourceIp: string;
  /** When it came in, before its body was read (epoch milliseconds). */
  receivedAt: number;
  body: Buffer;
}

/** An answer as it goes to the client. */
export interface GatewayAnswer {
  status: number;
  headers: [name: string, value: string][];
  body: Buffer;
}

/** What of the REST API shapes events and answers. */
export interface ApiSettings {
  apiId: string;
  stage: string;
  binaryMediaTypes: readonly string[];
}

/** The event of a REST API's Lambda proxy integration (payload version 1.0). */
export function toEvent(
  request: GatewayRequest,
  { route, pathParameters }: Match,
  settings: ApiSettings,
  caller: Pick<Admission & { kind: 'admitted' }, 'identity' | 'authorizer'> = { identity: {}, authorizer: null },
): APIGatewayProxyEvent {
  const [path = '/', query = ''] = splitTarget(request.target);
  const headers = grouped(pairs(request.rawHeaders));
  const parameters = grouped([...new URLSearchParams(query)]);
  const binary = isBinary(settings, header(headers, 'content-type'));
  return {
    resource: route.path,
    path,
    httpMethod: request.method,
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: query === '' ? null : lastOf(parameters),
    multiValueQueryStringParameters: query === '' ? null : parameters,
    pathParameters: Object.keys(pathParameters).length === 0 ? null : pathParameters,
    stageVariables: null,
    requestContext: {
      accountId: ACCOUNT,
      apiId: settings.apiId,
      authorizer: caller.authorizer,
      domainName: `${settings.apiId}.execute-api.${REGION}.amazonaws.com`,
      httpMethod: request.method,
      identity: { ...identityOf(request.sourceIp, header(headers, 'user-agent')), ...caller.identity },
      path: `${request.stagePath}${path}`,
      protocol: `HTTP/${request.httpVersion}`,
      requestId: randomUUID(),
      requestTimeEpoch: request.receivedAt,
      resourceId: route.resourceId,
      resourcePath: route.path,
      stage: request.stagePath.slice(1) || settings.stage,
    },
    body: request.body.length === 0 ? null : request.body.toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: request.body.length > 0 && binary,
  };
}

/** Path and query of a request target. */
export function splitTarget(target: string): [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/**
 * The answer that a function's proxy result stands for; undefined if it is none that the gateway takes.
 * A base64 body becomes bytes only if the first type that the client accepts is binary to the API, as API Gateway does it.
 */
export function toAnswer(result: string, request: GatewayRequest, settings: ApiSettings): GatewayAnswer | undefined {
  const parsed: unknown = JSON.parse(result);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { statusCode, headers = {}, multiValueHeaders = {}, body = '', isBase64Encoded = false } = parsed as Record<string, unknown>;
  if (!Number.isInteger(statusCode) || (statusCode as number) < 100 || (statusCode as number) > 599) return undefined;
  if (!isRecord(headers) || !isRecord(multiValueHeaders) || !(typeof body === 'string' || body === null)) return undefined;
  const several = new Map(Object.entries(multiValueHeaders).map(([name, values]) => [name.toLowerCase(), { name, values }]));
  const all: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) if (!several.has(name.toLowerCase())) all.push([name, String(value)]);
  for (const { name, values } of several.values()) for (const value of values as unknown[]) all.push([name, String(value)]);
  if (!all.every(isSendable)) return undefined;
  if (!all.some(([name]) => name.toLowerCase() === 'content-type')) all.push(['Content-Type', 'application/json']);
  const accepted = header(grouped(pairs(request.rawHeaders)), 'accept');
  const bytes = isBase64Encoded === true && isBinary(settings, accepted?.split(',')[0]);
  return { status: statusCode as number, headers: all, body: Buffer.from(body ?? '', bytes ? 'base64' : 'utf8') };
}

function isBinary({ binaryMediaTypes }: ApiSettings, mediaType: string | undefined): boolean {
  const type = mediaType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return binaryMediaTypes.includes('*/*') || binaryMediaTypes.includes(type);
}

function isSendable([name, value]: [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as [string, string]] : []));
}

function grouped(list: readonly [string, string][]): Record<string, string[]> {
  const groups: Record<string, string[]> = Object.create(null);
  for (const [name, value] of list) groups[name] = [...(groups[name] ?? []), value];
  return groups;
}

function lastOf(groups: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, values]) => [name, values.at(-1) ?? '']));
}

function header(headers: Record<string, string[]>, name: string): string | undefined {
  return Object.entries(headers)
    .find(([key]) => key.toLowerCase() === name)?.[1]
    .at(-1);
}

function identityOf(sourceIp: string, userAgent = ''): APIGatewayProxyEvent['requestContext']['identity'] {
  return {
    sourceIp,
    userAgent,
    accessKey: null,
    accountId: null,
    apiKey: null,
    apiKeyId: null,
    caller: null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    user: null,
    userArn: null,
  };
}
