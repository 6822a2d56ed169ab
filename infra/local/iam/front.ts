import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Port } from '../aws-endpoint/port.ts';
import { accessKeyOf } from './access-key.ts';
import type { Authoriser } from './authoriser.ts';
import { readers, type Service } from './requested-actions.ts';

const agent = new Agent({ keepAlive: true });

export interface FrontProps {
  service: Service;
  /** Address of the engine that answers what is allowed. */
  engine: string;
  authoriser: Authoriser;
  /** The role of each function, as an ARN, by its name: a function's access key is its name. */
  roleOf: ReadonlyMap<string, string>;
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

async function answer(props: FrontProps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const role = props.roleOf.get(accessKeyOf(request));
  // Objects may be large, and what is asked for stands in their address.
  const body = props.service === 'S3' ? undefined : await buffer(request);
  if (role !== undefined) {
    const refusal = await props.authoriser.refusal(role, readers[props.service](read(request, url, body)));
    if (refusal !== undefined) return refuse(props.service, refusal, request, response);
  }
  const answered = await forward(props.engine, request, body);
  if (role !== undefined && props.service === 'S3' && answered.statusCode === 404 && request.method === 'GET') {
    // S3 says that an object is not there only to those who may list.
    const [, bucket] = url.pathname.split('/');
    const refusal = await props.authoriser.refusal(role, [{ action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` }]);
    if (refusal !== undefined) return refuse('S3', refusal, request, response);
  }
  if (response.destroyed) return void answered.resume();
  response.writeHead(answered.statusCode ?? 502, answered.headers);
  await pipeline(answered, response);
}

function read(request: IncomingMessage, url: URL, body: Buffer | undefined) {
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    target: String(request.headers['x-amz-target'] ?? ''),
    body: body && body.length > 0 ? (JSON.parse(body.toString()) as Record<string, unknown>) : {},
  };
}

function forward(engine: string, request: IncomingMessage, body: Buffer | undefined): Promise<IncomingMessage> {
  const { method = 'GET', headers, url = '/' } = request;
  return new Promise((resolve, reject) => {
    const onward = httpRequest(`${engine}${url}`, { agent, method, headers }, resolve).on('error', reject);
    if (body) onward.end(body);
    else request.pipe(onward).on('error', reject);
  });
}

/** As each protocol says AccessDenied. */
function refuse(service: Service, message: string, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if (service === 'S3') {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
    response.writeHead(403, { 'Content-Type': 'application/xml' }).end(xml);
    return;
  }
  const name = service === 'SQS' ? 'AccessDenied' : 'AccessDeniedException';
  const headers = { 'Content-Type': 'application/x-amz-json-1.0', 'x-amzn-ErrorType': name };
  const status = service === 'SCHEDULER' || service === 'SQS' ? 403 : 400;
  response.writeHead(status, headers).end(JSON.stringify({ __type: name, message, Message: message }));
}
