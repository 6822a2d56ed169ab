import type { APIGatewayProxyEvent } from 'aws-lambda';

/** The address of the API as the caller wrote it, with what stands before `/v1`; without a slash at the end. */
export function apiAddressOf(event: APIGatewayProxyEvent): string {
  const host = headerOf(event.headers, 'host') ?? '';
  const name = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host) ? host : 'localhost';
  const scheme = headerOf(event.headers, 'x-forwarded-proto') === 'https' ? 'https' : 'http';
  return `${scheme}://${name}${basePathOf(event)}`;
}

/** What stands before the route in the path that the caller wrote: the stage, or the base path of a domain of its own. */
export function basePathOf({ path, requestContext, resource, pathParameters }: APIGatewayProxyEvent): string {
  const own = isGreedy(resource) ? greedyPath({ resource, pathParameters }) : resource;
  const whole = segmentsOf(requestContext.path ?? path);
  return whole
    .slice(0, Math.max(0, whole.length - segmentsOf(own).length))
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
