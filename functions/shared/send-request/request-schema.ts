import * as z from 'zod/mini';
import { FILE_ENCODINGS, UPLOAD_ID } from '../files/object-keys.ts';
import { PERSONALISE } from '../message/personalise.ts';
import { durationMilliseconds } from './duration.ts';

/** The most recipients in the body of one request. */
export const MOST_RECIPIENTS = 10_000;

/** The most recipients in one file. */
export const MOST_RECIPIENTS_OF_A_FILE = 1_000_000;

/** Field values: a list in the order of their numbers, or an object by name. */
export const detailSchema = z
  .union([z.array(z.string()), z.record(z.string(), z.string())])
  .check(z.describe('Field values in order, or by name.'));

/** How the bytes of a file are to be read. */
export const fileEncoding = z.enum(FILE_ENCODINGS).check(z.describe('Found by itself unless given.'));

/** Characters of a caller's own name for something. */
export const LONGEST_REFERENCE = 100;

/** A caller's own name for a request or a recipient; it comes back in lists, events and exports. */
export const reference = z
  .string()
  .check(z.minLength(1), z.maxLength(LONGEST_REFERENCE), z.describe('Your own name for it, such as an order number.'));

/** A recipient: a phone alone, or with what is its own. */
export const recipient = z.union([
  z.string(),
  z.strictObject({ phone: z.string(), detail: z.optional(detailSchema), reference: z.optional(reference) }),
]);

/** The fields that name a moment. */
const timeFields = {
  sendTime: z
    .string()
    .check(z.maxLength(40), z.describe('When: RFC 3339 with an offset, or local time beside timeZone. Up to a year ahead.')),
  timeZone: z.optional(z.string().check(z.maxLength(64), z.describe('IANA zone of a sendTime without offset, such as Asia/Shanghai.'))),
};

const common = {
  pattern: z.string().check(z.maxLength(10_000), z.describe('The text, with {0}, {1}, ... or {name} for the fields of a detail.')),
  smsType: z._default(z.int32().check(z.describe('SmsType, as the provider defines it.')), 1),
  postFixNumber: z._default(
    z.string().check(z.regex(/^[1-9]{0,20}$/, 'Digits 1 to 9, or empty.'), z.describe('Extension number; comes back on replies.')),
    '',
  ),
  reference: z.optional(reference),
  sendTime: z.optional(timeFields.sendTime),
  timeZone: timeFields.timeZone,
  scheduler: z.optional(
    z
      .enum(['eventbridge', 'provider'])
      .check(
        z.describe(
          'Who holds it until sendTime. eventbridge, the default: this service, which can cancel it. ' +
            'provider: the provider, which cannot.',
        ),
      ),
  ),
  validFor: z.optional(
    z.string().check(
      z.refine((text) => durationMilliseconds(text) !== undefined, 'An ISO 8601 duration from PT1S to P7D, such as PT30M.'),
      z.describe('How late it may go out, from when it is due; an ISO 8601 duration, PT1H by default.'),
    ),
  ),
};

/** How personal texts are made. */
const textFields = {
  /** For recipients without a detail, and for empty fields. */
  defaultDetail: z.optional(detailSchema),
  personalise: z._default(
    z
      .enum(PERSONALISE)
      .check(
        z.describe(
          'Who fills in the fields. auto: the provider, else this service, by finished texts. provider: even unconfirmed. rendered: this ' +
            'service. refuse: the provider alone.',
        ),
      ),
    'auto',
  ),
  allowEmpty: z._default(z.boolean().check(z.describe('Whether a field may be empty.')), false),
};

/** Recipients one by one, each with the field values of its own text. */
export const structuredRequest = z.strictObject({
  ...common,
  ...textFields,
  recipients: z.array(recipient).check(z.describe(`Up to ${MOST_RECIPIENTS} phones, each with its detail where the default does not fit.`)),
});

/** The provider's own strings, for callers that already hold them. */
export const stringsRequest = z.strictObject({
  ...common,
  defaultDetail: z._default(z.string().check(z.describe('DefaultDetail, passed on as it is.')), ''),
  phones: z.string().check(z.describe('Phones, separated as the provider wants them.')),
  details: z._default(z.string().check(z.describe('Details, passed on as it is.')), ''),
});

/** Recipients from an uploaded file, for more of them than a request takes. */
export const fileRequest = z.strictObject({
  ...common,
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

/** Another time for a job that waits for its own. */
export const rescheduleRequest = z.strictObject(timeFields);

export type FileRequest = z.output<typeof fileRequest>;
export type StructuredRequest = z.output<typeof structuredRequest>;
export type StringsRequest = z.output<typeof stringsRequest>;
export type SendRequestBody = StructuredRequest | StringsRequest;

/** Which form a body has: the one with `phones` is in strings. */
export function isStrings(body: SendRequestBody): body is StringsRequest {
  return 'phones' in body;
}
