import type { IncomingMessage } from 'node:http';
import type { buildApp } from 'fauxqs';
import { accessKeyOf } from '../iam/access-key.ts';
import type { Decide } from '../iam/authoriser.ts';
import { denial } from '../iam/denial.ts';
import { readers } from '../iam/requested-actions.ts';

/** A request to SQS or S3, as far as it is decided by. */
interface Guarded {
  raw: IncomingMessage;
  /** Of SQS: the JSON. */
  body: unknown;
}

/** Lets an engine ask IAM before it does anything. @returns from when this is called, every request is decided first */
export function addGuard(app: ReturnType<typeof buildApp>): (decide: Decide) => void {
  let decide: Decide | undefined;
  app.addHook('preHandler', async (request, reply) => {
    const denied = decide && (await denialOf(request, decide));
    return denied ? reply.code(denied.status).headers(denied.headers).send(denied.text) : undefined;
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const isAbsent = reply.statusCode === 404 && request.method === 'GET';
    const denied = decide && isAbsent ? await denialOfAbsence(request, decide) : undefined;
    if (denied) reply.code(denied.status).headers({ ...denied.headers, 'content-length': Buffer.byteLength(denied.text) });
    return denied?.text ?? payload;
  });
  return (by) => {
    decide = by;
  };
}

/** @returns what SQS or S3 answers to a request that is not allowed */
async function denialOf({ raw, body }: Guarded, decide: Decide) {
  const { method = 'GET', headers } = raw;
  const { pathname: path, searchParams: query } = new URL(raw.url ?? '/', 'http://127.0.0.1');
  const target = String(headers['x-amz-target'] ?? '');
  const service = target === '' ? 'S3' : 'SQS';
  const asked = readers[service]({ method, path, query, target, body: body as Record<string, unknown> });
  const refusal = await decide(accessKeyOf(raw), asked);
  return refusal === undefined ? undefined : denial(service, refusal);
}

/** @returns what S3 answers instead of saying that an object is not there: it says so only to those who may list the bucket */
async function denialOfAbsence({ raw }: Guarded, decide: Decide) {
  const [, bucket] = new URL(raw.url ?? '/', 'http://127.0.0.1').pathname.split('/');
  const refusal = await decide(accessKeyOf(raw), [{ action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` }]);
  return refusal === undefined ? undefined : denial('S3', refusal);
}
