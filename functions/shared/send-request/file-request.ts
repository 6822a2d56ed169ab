import * as z from 'zod/mini';
import { UPLOAD_ID } from '../files/object-keys.ts';
import { formsMixed, hasField, type ParsedBody, readFields } from './parse-body.ts';
import { commonFields, fileEncoding, MOST_RECIPIENTS_OF_A_FILE, textFields } from './request-schema.ts';

/** Recipients from an uploaded file, for more of them than a request takes. */
export const fileRequest = z.strictObject({
  ...commonFields,
  ...textFields,
  recipientsFrom: z
    .strictObject({
      uploadId: z.string().check(z.regex(UPLOAD_ID, 'An uploadId, as POST /v1/uploads answers it.')),
      badLines: z._default(
        z.enum(['refuse', 'skip']).check(z.describe('Whether one bad line refuses the whole job, or bad lines are left out.')),
        'refuse',
      ),
      phoneColumn: z.optional(z.string().check(z.minLength(1), z.maxLength(100), z.describe('The column of the phones.'))),
      encoding: z.optional(fileEncoding),
    })
    .check(z.describe(`A file of up to ${MOST_RECIPIENTS_OF_A_FILE} recipients.`)),
});

export type FileRequest = z.output<typeof fileRequest>;

/** Reads the body of a request whose recipients come from a file. */
export function parseFileBody(body: unknown): ParsedBody<FileRequest> {
  const others = ['recipients', 'phones'].filter((name) => hasField(body, name));
  return others.length > 0 ? formsMixed('recipientsFrom', others) : readFields(fileRequest, body);
}
