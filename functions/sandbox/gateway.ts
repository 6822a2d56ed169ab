import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { HttpAnswer, HttpRequest } from '../shared/customsend/server/exchange.ts';

/**
 * The request that a gateway event stands for. The gateway hands over the query decoded and without its order, so it is
 * written anew; bodies of the binary media types come as base64, byte for byte.
 */
export function toRequest(event: APIGatewayProxyEvent): HttpRequest {
  const names = Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    method: event.httpMethod,
    path: decodePath(/\.asmx(\/.*)?$/i.exec(event.path)?.[1] ?? ''),
    query: writeQuery(event),
    headers: Object.fromEntries(names),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** The answer as a gateway result; a body of bytes as base64. */
export function toResult({ status, headers, body }: HttpAnswer): APIGatewayProxyResult {
  if (typeof body === 'string') return { statusCode: status, headers, body, isBase64Encoded: false };
  return { statusCode: status, headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}

function writeQuery({ multiValueQueryStringParameters, queryStringParameters }: APIGatewayProxyEvent): string {
  const values = Object.entries(multiValueQueryStringParameters ?? queryStringParameters ?? {});
  return values.flatMap(([name, value]) => [value ?? []].flat().map((one) => `${encode(name)}=${encode(one)}`)).join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
