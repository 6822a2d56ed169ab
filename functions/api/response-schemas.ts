import * as z from 'zod/mini';
import { FILE_ENCODINGS } from '../shared/files/names.ts';
import { BATCH_STATES, JOB_STATUSES } from '../shared/job/states.ts';
import { PROBLEM_TYPES, type ProblemType } from '../shared/problem/problem.ts';

/** Shapes of the answers: what the OpenAPI description says, and what tests hold the answers against. */
const instant = z.iso.datetime();
const count = z.int().check(z.nonnegative());
const cursor = z.optional(z.string().check(z.describe('Where the next page starts; not there on the last one.')));

const switchState = z.strictObject({
  paused: z.boolean(),
  by: z.optional(z.string()),
  why: z.optional(z.string()),
  at: z.optional(instant),
});

const account = z.strictObject({
  caller: z.string(),
  dispatch: switchState.check(z.describe("The caller's own switch.")),
  everybody: switchState,
  today: z.strictObject({ date: z.iso.date(), recipients: count, limit: z.optional(count) }),
});

/** One wrong place of a request. */
const wrongPlace = z.strictObject({ place: z.string(), code: z.string(), detail: z.string() });

const timelineEntry = z.strictObject({
  at: instant,
  event: z.string(),
  batch: z.optional(count),
  detail: z.optional(z.string()),
});

const batch = z.strictObject({
  batch: count,
  try: count,
  status: z.enum(BATCH_STATES),
  recipients: count,
  commonJobId: z.optional(z.string()),
  specialJobIds: z.optional(z.array(z.string())),
  totalSendCount: z.optional(z.int()),
  errorPhones: z.optional(z.array(z.string())),
  retCode: z.optional(z.string().check(z.describe('RetCode as the provider wrote it: Sucess or Faild.'))),
  message: z.optional(z.string().check(z.describe("The provider's Message, verbatim."))),
  code: z.optional(z.string().check(z.describe('Stable code of the last outcome.'))),
  httpStatus: z.optional(z.int()),
  reason: z.optional(z.string().check(z.describe('The last outcome in one sentence.'))),
  notBefore: z.optional(instant),
  settlement: z.optional(
    z.strictObject({ try: count, as: z.enum(['accepted', 'rejected', 'resend']), by: z.string(), why: z.string(), at: instant }),
  ),
  lateAnswer: z.optional(z.strictObject({ at: instant, try: count, outcome: z.string(), code: z.string() })),
});

const places = z.array(z.strictObject({ place: z.string(), firstPlace: z.string() }));

const fileFormat = {
  encoding: z.optional(z.enum(FILE_ENCODINGS).check(z.describe('As it was read, once that is known.'))),
  separator: z.optional(z.string().check(z.describe('Between the cells of a CSV file.'))),
  ignoredColumns: z.optional(z.array(z.string()).check(z.describe('Columns that the pattern does not need.'))),
};

const badLines = z.strictObject({
  count,
  first: z
    .array(z.strictObject({ line: count, place: z.string(), code: z.string(), detail: z.string() }))
    .check(z.describe('The first 100, with the first thing that is wrong with each.')),
});

const refusal = z.optional(z.strictObject({ code: z.string(), detail: z.string(), line: z.optional(count) }));

const file = z
  .strictObject({
    uploadId: z.string(),
    onBadLines: z.enum(['refuse', 'skip']),
    ...fileFormat,
    firstTexts: z.optional(z.array(z.string()).check(z.describe('The first texts, while the file is being read: a look may save a job.'))),
    lines: count,
    bytesRead: count,
    bytesTotal: z.optional(count),
    batches: count.check(z.describe('Batches that are written; nothing is sent before the whole file has been read.')),
    recipients: count,
    badLines,
    refusal,
  })
  .check(z.describe('The file that the recipients come from, and how far it has been read.'));

const job = z.strictObject({
  jobId: z.string(),
  status: z.enum(JOB_STATUSES),
  outcome: z.optional(z.enum(['accepted', 'partial', 'rejected'])),
  caller: z.string(),
  createdAt: instant,
  updatedAt: instant,
  sendTime: z.optional(instant.check(z.describe('When it is to be sent; not there if at once.'))),
  scheduler: z.optional(z.enum(['eventbridge', 'provider'])),
  providerSendTime: z.optional(z.string().check(z.describe("SendTime as the provider gets it, in the provider's zone."))),
  cancellable: z
    .boolean()
    .check(
      z.describe('Whether a cancel could still stop anybody. What the provider has accepted it cannot, even if its sendTime is to come.'),
    ),
  notAfter: instant.check(z.describe('No batch is called after this moment.')),
  pattern: z.string(),
  smsType: z.int(),
  postFixNumber: z.string(),
  revision: count,
  counts: z
    .strictObject({ total: count, pending: count, accepted: count, rejected: count, unknown: count, cancelled: count, expired: count })
    .check(z.describe('Recipients by what became of them; total is the sum of the others.')),
  removed: z.optional(z.strictObject({ count, places }).check(z.describe('Duplicates with the same text that were left out.'))),
  file: z.optional(file),
  batchCount: count,
  batches: z.array(batch).check(z.describe('At most 20; the rest under links.batches.')),
  timeline: z.array(timelineEntry).check(z.describe('The last 20 entries; all under links.timeline.')),
  links: z.strictObject({ self: z.string(), recipients: z.string(), batches: z.string(), timeline: z.string() }),
});

const cancellation = z
  .strictObject({ stopped: count, sent: count, beingSent: count, unknown: count })
  .check(z.describe('Recipients by what the cancel found: stopped, answered by the provider, being sent, unknown.'));

const recipient = z.strictObject({
  phone: z.string(),
  outcome: z.enum(['pending', 'accepted', 'rejected', 'unknown', 'cancelled', 'expired']),
  batch: count,
  try: count,
  code: z.optional(z.string()),
  reason: z.optional(z.string()),
  text: z.optional(z.string()),
});

const nextAllowedTime = z.optional(
  instant.check(z.describe('The first moment outside of the quiet hours, for a send that falls into them.')),
);

const preview = z.strictObject({
  sendable: z.boolean(),
  errors: z.optional(z.array(wrongPlace)),
  furtherErrors: z.optional(count),
  nextAllowedTime,
  calls: z.optional(count.check(z.describe('How many calls of the provider it takes; a finished text of its own takes one of its own.'))),
  recipients: z.optional(count),
  segments: z.optional(count.check(z.describe('Segments of all texts together: 70 characters, 67 each in longer texts.'))),
  removed: z.array(z.strictObject({ place: z.string(), phone: z.string(), firstPlace: z.string() })),
  warnings: z.optional(z.array(wrongPlace)),
  items: z.optional(z.array(z.strictObject({ phone: z.string(), text: z.string(), segments: count }))),
  next: cursor,
  file: z.optional(
    z
      .strictObject({
        uploadId: z.string(),
        onBadLines: z.enum(['refuse', 'skip']),
        ...fileFormat,
        lines: count,
        isWhole: z.boolean().check(z.describe('Whether all of it was read; a long one takes longer than a request may.')),
        badLines,
        removed: count.check(z.describe('Recipients that stand in the file before, with the same text.')),
        refusal,
      })
      .check(z.describe('The file that the recipients come from; the counts and texts of the preview are those of what was read.')),
  ),
});

const problem = z.strictObject({
  type: z.enum(Object.keys(PROBLEM_TYPES).map((type) => `urn:sms:problem:${type as ProblemType}`)),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  retry: z.boolean().check(z.describe('Whether the same request, with the same key, may succeed later.')),
  errors: z.optional(z.array(wrongPlace)),
  furtherErrors: z.optional(count),
  nextAllowedTime,
});

const pageOf = <Item extends z.ZodMiniType>(item: Item) => z.strictObject({ items: z.array(item), next: cursor });

/** Schemas of the answers, by the names that the OpenAPI description gives them. */
export const answerSchemas = {
  Job: job,
  CancelledJob: z.extend(job, { cancellation }),
  Jobs: pageOf(job),
  Batches: pageOf(batch),
  Timeline: pageOf(timelineEntry),
  Recipients: pageOf(recipient),
  Preview: preview,
  Account: account,
  Switch: switchState,
  UploadAddress: z.strictObject({
    uploadId: z.string(),
    url: z.string(),
    method: z.literal('PUT'),
    headers: z.record(z.string(), z.string()),
    expiresAt: instant,
  }),
  Export: z.strictObject({ jobId: z.string(), revision: count, state: z.string() }),
  Problem: problem,
  Health: z.strictObject({ status: z.literal('ok') }),
} as const;
export type AnswerName = keyof typeof answerSchemas;
