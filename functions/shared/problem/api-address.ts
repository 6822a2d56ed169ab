import type { APIGatewayProxyEvent } from 'aws-lambda';

/** The address of the API as the caller wrote it, with what stands before `/v1`; without a slash at the end. */
export function apiAddressOf(event: APIGatewayProxyEvent): string {
  const host = headerOf(event.headers, 'host') ?? '';
  const name = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host) ? host : 'localhost';
  const scheme = headerOf(event.headers, 'x-forwarded-proto') === 'https' ? 'https' : 'http';
  return `${scheme}://${name}${basePathOf(event)}`;
}

/**
 * What stands before the route in the path that the caller wrote: the stage, or the base path of a domain of its own. Locally the gateway
 * names a domain that is not the caller's, and no stage stands before the path.
 */
export function basePathOf({ path, requestContext, resource, pathParameters, headers }: APIGatewayProxyEvent): string {
  const host = headerOf(headers, 'host');
  const whole = requestContext.domainName !== undefined && requestContext.domainName === host ? requestContext.path : path;
  const own = isGreedy(resource) ? greedyPath({ resource, pathParameters }) : resource;
  const before = segmentsOf(whole ?? '/');
  return before
    .slice(0, Math.max(0, before.length - segmentsOf(own ?? '/').length))
    .map((segment) => `/${segment}`)
    .join('');
}

/** Without the slash at the end. */
export function segmentsOf(path: string): string[] {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

/** Whether a resource takes every path below it that has none of its own. */
export function isGreedy(resource: string): boolean {
  return resource.endsWith('{proxy+}');
}

/** The path that a greedy resource was found by. */
export function greedyPath({ resource, pathParameters }: Pick<APIGatewayProxyEvent, 'resource' | 'pathParameters'>): string {
  return resource.replace('{proxy+}', pathParameters?.proxy ?? '');
}

function headerOf(headers: APIGatewayProxyEvent['headers'], wanted: string): string | undefined {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
}
