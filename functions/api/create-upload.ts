import * as z from 'zod/mini';
import { FILE_FORMATS, newUploadId, uploadKey } from '../shared/files/object-keys.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { parseBody } from './json-body.ts';
import { json } from './responses.ts';

/** How long an address is good (seconds). */
const LIFETIME = 3_600;

const CONTENT_TYPES = { csv: 'text/csv', jsonl: 'application/jsonl' } as const;

/** S3 takes no more in one request (bytes). */
const LARGEST_UPLOAD = 5 * 1024 ** 3;

/** The body of `POST /v1/uploads`. */
export const uploadSchema = z.strictObject({
  size: z.int().check(z.minimum(1), z.maximum(LARGEST_UPLOAD), z.describe('Bytes of the file: the address takes exactly this number.')),
  format: z.enum(FILE_FORMATS).check(z.describe('csv: with a header, one column `phone`. jsonl: one recipient a line, as in a request.')),
});

/**
 * `POST /v1/uploads`: an address to which the caller uploads a file of recipients, of this size. Nothing is stored: the id says where the file will
 * lie, and a job may name it as soon as it is there.
 */
export async function createUpload({ files }: Api, request: ApiRequest) {
  const { format, size } = parseBody(uploadSchema, request);
  const uploadId = newUploadId(format);
  const content = { type: CONTENT_TYPES[format], size };
  const { url, headers, expiresAt } = await files.presigner.put(uploadKey(request.caller, uploadId), content, LIFETIME);
  return json(201, 'UploadAddress', { uploadId, url, method: 'PUT', headers, expiresAt: new Date(expiresAt).toISOString() });
}
