import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ProblemError } from '../shared/problem/problem.ts';

/** An answer in JSON, UTF-8. */
export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): APIGatewayProxyResult {
  return { statusCode, headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(body) };
}

/**
 * Steps what is thrown into a problem document. Only what was made for callers is shown to them; anything else is logged and
 * answered as an internal error, which they may try again with the same key.
 */
export function problems(logger: Logger): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    onError(request) {
      const problem = request.error instanceof ProblemError ? request.error : hidden(request.error as Error, logger);
      const headers = {
        'Content-Type': 'application/problem+json; charset=utf-8',
        ...(problem.retryAfter !== undefined && { 'Retry-After': String(problem.retryAfter) }),
      };
      request.response = { statusCode: problem.document.status, headers, body: JSON.stringify(problem.document) };
    },
  };
}

/** One line of log for each request: what was asked and how it went. No path, no body: they hold ids, phones and texts. */
export function accessLog(logger: Logger): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  let started = 0;
  const write = ({ event, response }: { event: APIGatewayProxyEvent; response?: APIGatewayProxyResult | null }) => {
    logger.info('request', {
      route: `${event.httpMethod} ${event.resource}`,
      status: response?.statusCode,
      milliseconds: Date.now() - started,
      requestId: event.requestContext.requestId,
    });
  };
  return {
    before: () => {
      started = Date.now();
    },
    after: write,
    onError: write,
  };
}

function hidden(error: Error, logger: Logger): ProblemError {
  logger.error('failed', { error: { name: error.name, message: error.message, stack: error.stack } });
  if (UNAVAILABLE.test(error.name)) {
    return new ProblemError('unavailable', 'The table could not be reached. Send the same request with the same key again.', {
      retryAfter: 2,
    });
  }
  return new ProblemError('internal-error', 'The cause was logged. Send the same request with the same key again: nothing is sent twice.');
}

/** Errors of the table that pass. */
const UNAVAILABLE =
  /Timeout|Throttl|ProvisionedThroughput|InternalServerError|ServiceUnavailable|ECONN|RequestLimitExceeded|NetworkingError/i;
