import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Port } from '../aws-endpoint/port.ts';
import type { Resource } from '../cloudformation/template.ts';
import { FunctionError } from '../lambda/instance.ts';
import { PAYLOAD_BYTES, type RunningFunction } from '../lambda/running-function.ts';
import { type Authorize, createAuthorization } from './authorization.ts';
import { type ApiSettings, type GatewayAnswer, type GatewayRequest, splitTarget, toAnswer, toEvent } from './proxy-event.ts';
import { matchRoute, readRoutes } from './routes.ts';

/** API Gateway's limit on a request body. */
const BODY_BYTES = 10 * 1024 * 1024;

/** The template's REST API: what a request is answered. */
export type Gateway = (request: GatewayRequest) => Promise<GatewayAnswer>;

/** @param now epoch milliseconds by the clock that functions see. @throws Error if the template's methods do not hold together (see readRoutes). */
export function createGateway(
  resources: readonly Resource[],
  functions: Iterable<RunningFunction>,
  now: () => number = Date.now,
  authorize?: Authorize,
): Gateway {
  const routes = readRoutes(resources, functions);
  const settings = apiSettings(resources);
  const own = ownAnswers(resources);
  const admit = authorize ?? createAuthorization(settings, [], now);
  return async (request) => {
    const match = matchRoute(routes, request.method, splitTarget(request.target)[0]);
    if (!match) return own(request, 'MISSING_AUTHENTICATION_TOKEN');
    if (request.body.length > BODY_BYTES) return own(request, 'REQUEST_TOO_LARGE');
    const admission = await admit(request, match.route);
    if (admission.kind === 'refused') return own(request, admission.answer);
    const received = { ...request, receivedAt: request.receivedAt + now() - Date.now() };
    const event = JSON.stringify(toEvent(received, match, settings, admission));
    if (Buffer.byteLength(event) > PAYLOAD_BYTES) return own(request, 'REQUEST_TOO_LARGE');
    const { target, timeoutMs } = match.route;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(late.resolve, timeoutMs, undefined);
    try {
      const result = await Promise.race([target.invoke(event), late.promise]);
      if (result === undefined) return own(request, 'INTEGRATION_TIMEOUT');
      if (Buffer.byteLength(result) > PAYLOAD_BYTES) return own(request, 'INTEGRATION_FAILURE');
      return toAnswer(result, request, settings) ?? own(request, 'INTEGRATION_FAILURE');
    } catch (error) {
      if (error instanceof FunctionError) return own(request, 'INTEGRATION_FAILURE');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

export function apiSettings(resources: readonly Resource[]): ApiSettings {
  const apis = resources.filter(({ type }) => type === 'AWS::ApiGateway::RestApi');
  const stage = resources.find(({ type }) => type === 'AWS::ApiGateway::Stage');
  const [api] = apis;
  if (!api || apis.length > 1 || !stage) throw new Error(`The stack has ${apis.length} REST APIs, not one with a stage`);
  return { apiId: api.ref, stage: stage.ref, binaryMediaTypes: (api.properties.BinaryMediaTypes as string[] | undefined) ?? [] };
}

/** What API Gateway answers by itself, where the template says nothing else. */
const DEFAULT_ANSWERS = {
  MISSING_AUTHENTICATION_TOKEN: [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
  INVALID_SIGNATURE: [403, 'InvalidSignatureException', 'The request signature does not match'],
  UNAUTHORIZED: [401, 'UnauthorizedException', 'Unauthorized'],
  ACCESS_DENIED: [403, 'AccessDeniedException', 'User is not authorized to access this resource'],
  AUTHORIZER_FAILURE: [500, 'AuthorizerFailureException', 'Internal server error'],
  REQUEST_TOO_LARGE: [413, 'RequestTooLongException', 'Request Too Long'],
  INTEGRATION_FAILURE: [502, 'InternalServerErrorException', 'Internal server error'],
  INTEGRATION_TIMEOUT: [504, 'InternalServerErrorException', 'Endpoint request timed out'],
} as const;

/** The gateway's own answers: as the template's gateway responses write them, else as API Gateway does. */
function ownAnswers(resources: readonly Resource[]) {
  const declared = new Map(
    resources.flatMap(({ type, properties }) =>
      type === 'AWS::ApiGateway::GatewayResponse' ? [[String(properties.ResponseType), properties] as const] : [],
    ),
  );
  return (request: GatewayRequest, type: keyof typeof DEFAULT_ANSWERS): GatewayAnswer => {
    const [status, errorType, message] = DEFAULT_ANSWERS[type];
    const { StatusCode, ResponseTemplates, ResponseParameters } = declared.get(type) ?? {};
    const [mediaType, template] = Object.entries((ResponseTemplates ?? {}) as Record<string, string>)[0] ?? [];
    const context: Record<string, string> = { requestId: randomUUID() };
    // Here there is no TLS, and no stage unless one was asked for: the address of the API is the one that the caller wrote.
    const address = `http://${hostOf(request)}${request.stagePath}`;
    const local = template?.replaceAll('https://$context.domainName/$context.stage', address);
    const body = local?.replaceAll(/\$context\.(\w+)/g, (_, name: string) => context[name] ?? '');
    const headers = Object.entries((ResponseParameters ?? {}) as Record<string, string>).map(([name, value]): [string, string] => {
      const text = value.startsWith("'") ? value.slice(1, -1) : (context[value.replace('context.', '')] ?? '');
      return [name.replace('gatewayresponse.header.', ''), text];
    });
    return {
      status: Number(StatusCode ?? status),
      headers: [['Content-Type', mediaType ?? 'application/json'], ['x-amzn-ErrorType', errorType], ...headers],
      body: Buffer.from(body ?? JSON.stringify({ message })),
    };
  };
}

function hostOf({ rawHeaders }: GatewayRequest): string {
  const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
  return rawHeaders[index + 1] ?? 'localhost';
}

/** Serves the API's own port. @param stagePath what stands before every path, as a deployed stage has it; empty: nothing */
export function serveGateway(port: Port, gateway: Gateway, stagePath: string): void {
  port.serve(async (request, response) => {
    const read = await readRequest(request);
    if (!read) return;
    const isBelow = stagePath === '' || splitTarget(`${read.target}/`)[0].startsWith(`${stagePath}/`);
    if (!isBelow) {
      // A path outside of the stage reaches no API, and so none of its gateway responses.
      const headers: [string, string][] = [
        ['Content-Type', 'application/json'],
        ['x-amzn-ErrorType', 'ForbiddenException'],
      ];
      return write(response, { status: 403, headers, body: Buffer.from('{"message":"Forbidden"}') });
    }
    write(response, await gateway({ ...read, stagePath, target: read.target.slice(stagePath.length) || '/' }));
  });
}

/**
 * Reads a whole request; what is over the limit is read too, so that the client can read its 413, but kept only up to the limit.
 * @returns undefined if the client went away
 */
export async function readRequest(request: IncomingMessage): Promise<GatewayRequest | undefined> {
  const receivedAt = Date.now();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (length <= BODY_BYTES) chunks.push(chunk);
      length += chunk.length;
    }
  } catch {
    return undefined;
  }
  return {
    method: request.method ?? '',
    target: originForm(request.url ?? '/'),
    stagePath: '',
    rawHeaders: request.rawHeaders,
    httpVersion: request.httpVersion,
    sourceIp: request.socket.remoteAddress ?? '',
    receivedAt,
    body: Buffer.concat(chunks),
  };
}

/** A proxy's client may write the whole address into the request line. */
const originForm = (target: string): string => target.replace(/^https?:\/\/[^/?]*\/?/i, '/');

/** Headers of the connection are the server's own business. */
const ownHeaders = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

export function write(response: ServerResponse, { status, headers, body }: GatewayAnswer): void {
  const sent = headers.filter(([name]) => !ownHeaders.has(name.toLowerCase()));
  if (status !== 204 && status !== 304) sent.push(['Content-Length', String(body.length)]);
  response.writeHead(status, sent.flat()).end(body);
}
