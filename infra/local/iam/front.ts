import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Port } from '../aws-endpoint/port.ts';
import { accessKeyOf } from './access-key.ts';
import type { Decide } from './authoriser.ts';
import { denial } from './denial.ts';
import { readers, type Service } from './requested-actions.ts';

/** Those of the services whose engines do not ask IAM themselves. */
export type FrontedService = Exclude<Service, 'DYNAMODB' | 'S3' | 'SQS'>;

// A connection that an engine is about to close is not used again.
const agent = new Agent({ keepAlive: true, timeout: 3_000 });

export interface FrontProps {
  service: FrontedService;
  /** Address of the engine that answers what is allowed. */
  engine: string;
  decide: Decide;
}

/**
 * Stands before an engine, as IAM stands before every service: what a function asks for is decided by its role, and refused as the
 * service refuses it, or handed on as it came. A request that is not a function's is handed on too.
 */
export function serveFront(port: Port, props: FrontProps): void {
  // A function that was killed or ran out of time sends no more and reads no answer; that is no error of the service's.
  port.serve(async (request, response) => {
    try {
      await answer(props, request, response);
    } catch (error) {
      if (!request.destroyed && !response.destroyed) throw error;
    }
  });
}

async function answer({ service, engine, decide }: FrontProps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const refusal = await decide(accessKeyOf(request), readers[service](read(request, body)));
  if (refusal !== undefined) {
    const { status, headers, text } = denial(service, refusal);
    response.writeHead(status, headers).end(text);
    return;
  }
  const answered = await forward(engine, request, body);
  if (response.destroyed) return void answered.resume();
  response.writeHead(answered.statusCode ?? 502, answered.headers);
  await pipeline(answered, response);
}

function read(request: IncomingMessage, body: Buffer) {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    target: String(request.headers['x-amz-target'] ?? ''),
    body: body.length > 0 ? (JSON.parse(body.toString()) as Record<string, unknown>) : {},
  };
}

function forward(engine: string, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { method = 'GET', headers, url = '/' } = request;
  return new Promise((resolve, reject) => {
    httpRequest(`${engine}${url}`, { agent, method, headers }, resolve).on('error', reject).end(body);
  });
}
