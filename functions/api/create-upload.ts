import * as z from 'zod/mini';
import { FILE_FORMATS, newUploadId, uploadKey } from '../shared/files/names.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { parseBody } from './json-body.ts';
import { json } from './responses.ts';

/** An address is good for so long (seconds). */
const LIFETIME = 3_600;

const CONTENT_TYPES = { csv: 'text/csv', jsonl: 'application/jsonl' } as const;

/** The body of `POST /v1/uploads`. */
export const uploadSchema = z.strictObject({
  format: z.enum(FILE_FORMATS).check(z.describe('csv: with a header, one column `phone`. jsonl: one recipient a line, as in a request.')),
});

/**
 * `POST /v1/uploads`: an address to which the caller uploads a file of recipients. Nothing is stored: the id says where the file will
 * lie, and a job may name it as soon as it is there.
 */
export async function createUpload({ context, files }: Api, request: ApiRequest) {
  const { format } = parseBody(uploadSchema, request);
  const uploadId = newUploadId(format, context.now());
  const { url, headers, expiresAt } = await files.presigner.put(uploadKey(request.caller, uploadId), CONTENT_TYPES[format], LIFETIME);
  return json(201, 'UploadAddress', { uploadId, url, method: 'PUT', headers, expiresAt: new Date(expiresAt).toISOString() });
}
