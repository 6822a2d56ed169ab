import * as z from 'zod/mini';
import { fileRequest, stringsRequest, structuredRequest } from '../send-request/request-schema.ts';
import { type EventName, REQUESTED, SOURCE, VERSION } from './event-names.ts';

const count = z.int().check(z.nonnegative());
const instant = z.iso.datetime();

const version = z.literal(VERSION).check(z.describe('Fields are only ever added to a version.'));
const caller = z.string().check(z.describe('Who asked: event:<account>/<source>, or the IAM principal of a request over HTTPS.'));
const idempotencyKey = z.string().check(z.minLength(1), z.maxLength(255));
const reference = z.optional(z.string().check(z.describe("The request's own reference, if it had one.")));
const jobId = z.string();
const revision = count.check(z.describe('With jobId it tells this event from all others: one that comes twice has the same.'));
const time = instant.check(z.describe('When it happened, not when it was put on the bus.'));

const counts = z
  .object({ total: count, pending: count, accepted: count, rejected: count, unknown: count, cancelled: count, expired: count })
  .check(z.describe('Recipients by outcome; total is the sum of the others.'));

/** What is told of a job: which one it is and how it stands. No phone, no text. */
const jobEvent = <Status extends string>(status: Status) =>
  z.object({ version, jobId, revision, status: z.literal(status), counts, caller, idempotencyKey, reference, time });

const problem = z
  .object({
    type: z.string().check(z.describe('The section of the documentation that explains it, relative to the address of the API.')),
    code: z.string().check(z.describe('What programs tell problems apart by, as over HTTPS.')),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    retry: z.boolean().check(z.describe('Whether the same request, with the same key, may succeed later.')),
    errors: z.optional(z.array(z.object({ place: z.string(), code: z.string(), detail: z.string() }))),
    furtherErrors: z.optional(count.check(z.describe('The number of wrong places that are not listed.'))),
    nextAllowedTime: z.optional(instant),
  })
  .check(z.describe('An RFC 9457 problem document.'));

const refused = z.object({
  version,
  caller,
  time,
  problem,
  idempotencyKey: z.optional(idempotencyKey.check(z.describe('Of the request, if it had one that can be used.'))),
  request: z.optional(
    z
      .object({ eventId: z.string(), account: z.string(), source: z.string() })
      .check(z.describe('The Send Requested that was refused: its event id, and where it came from.')),
  ),
  jobId: z.optional(jobId.check(z.describe('Of a job that was refused when its file was read.'))),
  revision: z.optional(revision),
  reference,
});

/** Details of the events that are put on the bus. Open: a listener that validates by them takes fields that are added later. */
export const outgoing = {
  'Job Completed': z.extend(jobEvent('completed'), {
    outcome: z.enum(['accepted', 'partial', 'rejected']),
  }),
  'Job Needs Attention': jobEvent('attention'),
  'Job Cancelled': jobEvent('cancelled'),
  'Job Expired': jobEvent('expired'),
  'Send Refused': refused,
} as const satisfies Record<EventName, z.ZodMiniType>;

const head = { version: z.literal(VERSION), idempotencyKey: idempotencyKey.check(z.describe('A request that is put again has the same.')) };

/** Details of the events that are taken: the body of POST /v1/jobs, its version and its key. */
export const incoming = {
  [REQUESTED]: z.union([z.extend(structuredRequest, head), z.extend(stringsRequest, head), z.extend(fileRequest, head)]),
} as const;

/** JSON Schemas (draft 7) of the details of all events, in and out, from the schemas that validate. */
export function eventSchemas() {
  const write = (schemas: Record<string, z.ZodMiniType>) =>
    Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, z.toJSONSchema(schema, { target: 'draft-7', io: 'input' })]));
  return { version: VERSION, in: write(incoming), out: { source: SOURCE, details: write(outgoing) } };
}
