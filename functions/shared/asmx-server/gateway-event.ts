import type { ALBEvent, ALBResult, APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { HttpAnswer, HttpRequest } from './http-exchange.ts';

/** The event of a function that answers HTTP: a request through the REST API, or through a load balancer. */
export type HttpEvent = APIGatewayProxyEvent | ALBEvent;

/**
 * The request that an event stands for. Bodies come as base64, byte for byte; only a load balancer hands over `text/*` as text, which is
 * then UTF-8 again. The REST API hands over the query decoded (as UTF-8) and without its order, so it is written anew, and a charset of
 * a GET means nothing any more; a load balancer hands it over as it was sent.
 * @param percentU what `%uXXXX` in a decoded query is: the escape that old programs write, which the gateway's decoding leaves as it is,
 *   or the text of a caller that knows better and wrote `%25uXXXX`. Which of them came can no longer be told.
 */
export function toRequest(event: HttpEvent, percentU: 'escape' | 'text' = 'escape'): HttpRequest {
  const headers = headersOf(event);
  const query = isFromLoadBalancer(event) ? joined(event) : written(event, percentU === 'escape' ? encodeButEscapes : encodeURIComponent);
  if (event.httpMethod === 'GET' && !isFromLoadBalancer(event)) delete headers['content-type'];
  return {
    method: event.httpMethod,
    path: decodePath(/\.asmx(\/.*)?$/i.exec(event.path)?.[1] ?? ''),
    query,
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** The answer as a proxy result of the REST API; a body of bytes as base64. */
export function toResult({ status, headers, body }: HttpAnswer): APIGatewayProxyResult {
  if (typeof body === 'string') return { statusCode: status, headers, body, isBase64Encoded: false };
  return { statusCode: status, headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}

/** The same for a load balancer with multi-value headers, which looks at no others. */
export function toBalancerResult(answer: HttpAnswer): ALBResult {
  const { headers = {}, ...result } = toResult(answer);
  return { ...result, multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])) };
}

/** The address of the `.asmx` as the caller wrote it: scheme, host, stage and path. */
export function addressOf(event: HttpEvent): string {
  const { host = '', 'x-forwarded-proto': scheme } = headersOf(event);
  const name = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(host) ? host : 'localhost';
  // The REST API takes the stage (or what a domain of its own has in its place) off the path, and tells the whole path beside it.
  const context = isFromLoadBalancer(event) ? undefined : event.requestContext;
  const path = context && context.domainName === host.toLowerCase() ? context.path : event.path;
  return `${scheme === 'https' ? 'https' : 'http'}://${name}${/^.*?\.asmx/i.exec(path)?.[0] ?? path}`;
}

export function isFromLoadBalancer(event: HttpEvent): event is ALBEvent {
  return 'elb' in (event.requestContext ?? {});
}

/** By name in lower case; of a repeated one the last. */
function headersOf({ multiValueHeaders, headers }: HttpEvent): Record<string, string | undefined> {
  const single = Object.entries(headers ?? {});
  const several = Object.entries(multiValueHeaders ?? {}).map(([name, values]) => [name, values?.at(-1)] as const);
  return Object.fromEntries([...single, ...several].map(([name, value]) => [name.toLowerCase(), value]));
}

/** Parameters with all of their values. */
function parametersOf({ multiValueQueryStringParameters, queryStringParameters }: HttpEvent): [name: string, values: string[]][] {
  const entries = Object.entries(multiValueQueryStringParameters ?? queryStringParameters ?? {});
  return entries.map(([name, value]) => [name, [value ?? []].flat()]);
}

function joined(event: HttpEvent): string {
  return parametersOf(event)
    .flatMap(([name, values]) => values.map((value) => `${name}=${value}`))
    .join('&');
}

function written(event: HttpEvent, encode: (text: string) => string): string {
  return parametersOf(event)
    .flatMap(([name, values]) => values.map((value) => `${encode(name.toWellFormed())}=${encode(value.toWellFormed())}`))
    .join('&');
}

/** `%uXXXX`, which is no percent-encoding, is left for the reader of the form. */
function encodeButEscapes(text: string): string {
  return text
    .split(/(%u[\da-f]{4})/i)
    .map((piece, index) => (index % 2 === 1 ? piece : encodeURIComponent(piece)))
    .join('');
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
