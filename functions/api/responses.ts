import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { apiAddressOf } from '../shared/problem/api-address.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import { headerReader } from './api-request.ts';
import type { AnswerBody, AnswerName } from './response-schemas.ts';

type Middleware = MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult>;

/** Below this length (bytes) compression saves too little to notice. */
const WORTH_COMPRESSING = 1_024;

const compress = promisify(gzip);

/** An answer in JSON, UTF-8. @param name of the schema that describes the body */
export function json<Name extends AnswerName>(
  statusCode: number,
  _name: Name,
  body: AnswerBody<Name>,
  headers: Record<string, string> = {},
): APIGatewayProxyResult {
  return { statusCode, headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(body) };
}

/**
 * Steps what is thrown into a problem document. Only what was made for callers is shown to them; anything else is logged and
 * answered as an internal error, which they may try again with the same key.
 */
export function problems(logger: Pick<Logger, 'error'>): Middleware {
  return {
    onError(request) {
      const { document, retryAfter, headers } =
        request.error instanceof ProblemError ? request.error : hidden(request.error as Error, logger);
      const { event } = request;
      const written = { ...document, type: `${apiAddressOf(event)}${document.type}`, requestId: event.requestContext.requestId };
      request.response = {
        statusCode: document.status,
        headers: {
          'Content-Type': 'application/problem+json; charset=utf-8',
          ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
          ...headers,
        },
        body: JSON.stringify(written),
      };
    },
  };
}

/** What every answer has: the request's id, and that it is kept nowhere. HEAD gets no body; what is long is compressed where that is asked for. */
export function finish(): Middleware {
  const complete: Middleware['after'] = async (request) => {
    const { event, response } = request;
    if (!response) return;
    const { body, ...rest } = response;
    const headers = {
      'Cache-Control': 'no-store',
      Vary: 'Accept-Encoding',
      'X-Request-Id': event.requestContext.requestId,
      ...response.headers,
    };
    if (event.httpMethod === 'HEAD') request.response = { ...rest, headers, body: '' };
    else if (Buffer.byteLength(body) >= WORTH_COMPRESSING && takesGzip(headerReader(event)('accept-encoding'))) {
      const bytes = await compress(body);
      request.response = {
        ...rest,
        headers: { ...headers, 'Content-Encoding': 'gzip' },
        body: bytes.toString('base64'),
        isBase64Encoded: true,
      };
    } else request.response = { ...response, headers };
  };
  return { after: complete, onError: complete };
}

/** One line of log for each request: what was asked and how it went. No path, no body: they hold ids, phones and texts. */
export function accessLog(logger: Pick<Logger, 'info' | 'appendKeys'>): Middleware {
  let started = 0;
  const write: Middleware['after'] = ({ event, response }) => {
    logger.info('request', {
      route: `${event.httpMethod} ${event.resource}`,
      status: response?.statusCode,
      milliseconds: Date.now() - started,
    });
  };
  return {
    before: ({ event }) => {
      started = Date.now();
      // Every line that follows has it, as the caller's answer does.
      logger.appendKeys({ requestId: event.requestContext.requestId });
    },
    after: write,
    onError: write,
  };
}

/** Whether an Accept-Encoding takes gzip: by name or by `*`, unless with a weight of 0. */
function takesGzip(acceptEncoding = ''): boolean {
  const weights = new Map(
    acceptEncoding
      .toLowerCase()
      .split(',')
      .map((part) => {
        const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim());
        const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
        return [coding, weight === undefined ? 1 : Number(weight)] as const;
      }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

function hidden(error: Error, logger: Pick<Logger, 'error'>): ProblemError {
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
