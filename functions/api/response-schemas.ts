import * as z from 'zod/mini';
import { SCOPES } from '../shared/caller/scopes.ts';
import { RECIPIENT_OUTCOMES } from '../shared/job/results.ts';
import { BATCH_STATES, JOB_STATUSES } from '../shared/job/states.ts';
import { fileEncoding } from '../shared/send-request/request-schema.ts';
import { WAITING_CODES } from './waiting-reasons.ts';

/** Shapes of the answers: what the OpenAPI description says, and what tests hold the answers against. */
const instant = z.iso.datetime();
/** A number of things; that it is not negative need not be said in the description. */
const count = z.int();
const jobStatus = z.enum(JOB_STATUSES);
const recipientOutcome = z.enum(RECIPIENT_OUTCOMES);
/** Where the next page starts; not there on the last one. */
const cursor = z.optional(z.string());

const switchState = z.object({
  paused: z.boolean(),
  by: z.optional(z.string()),
  why: z.optional(z.string()),
  at: z.optional(instant),
});

const account = z.object({
  caller: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  dispatch: switchState.check(z.describe("The caller's own switch.")),
  everybody: switchState,
  today: z.object({ date: z.iso.date(), recipients: count, limit: z.optional(count) }),
});

const apiKey = z.object({
  keyId: z.string(),
  caller: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  madeAt: instant,
  madeBy: z.string(),
  revokedAt: z.optional(instant),
  revokedBy: z.optional(z.string()),
});
const newApiKey = z.extend(apiKey, { key: z.string().check(z.describe('It stands here and is kept nowhere.')) });

/** One wrong field of a request. */
const fieldError = z.object({ place: z.string(), code: z.string(), detail: z.string() });

const timelineEntry = z.object({
  at: instant,
  event: z.string(),
  batch: z.optional(count),
  detail: z.optional(z.string()),
});

const waiting = z
  .object({ code: z.enum(WAITING_CODES), detail: z.string(), until: z.optional(instant) })
  .check(z.describe('Why it waits.'));

const batch = z.object({
  batch: count,
  try: count,
  status: z.enum(BATCH_STATES),
  recipients: count,
  segments: z.optional(count.check(z.describe('SMS segments of its texts.'))),
  waiting: z.optional(waiting),
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
    z.object({ try: count, as: z.enum(['accepted', 'rejected', 'resend']), by: z.string(), why: z.string(), at: instant }),
  ),
  lateAnswer: z.optional(z.object({ at: instant, try: count, outcome: z.string(), code: z.string() })),
});

const places = z.array(z.object({ place: z.string(), firstPlace: z.string() }));

const fileFormat = {
  encoding: z.optional(fileEncoding),
  /** Between the cells of a CSV file. */
  separator: z.optional(z.string()),
  /** Columns that the pattern does not need. */
  ignoredColumns: z.optional(z.array(z.string())),
};

const badLines = z.object({
  count,
  first: z.array(z.intersection(fieldError, z.object({ line: count }))).check(z.describe('The first 100.')),
});

const refusal = z.object({ code: z.string(), detail: z.string(), line: z.optional(count) });

const file = z
  .object({
    uploadId: z.string(),
    onBadLines: z.enum(['refuse', 'skip']),
    ...fileFormat,
    /** While the file is being read, for a look that may save a job. */
    firstTexts: z.optional(z.array(z.string())),
    lines: count,
    bytesRead: count,
    bytesTotal: z.optional(count),
    batches: count.check(z.describe('Batches that are written.')),
    recipients: count,
    badLines,
    refusal: z.optional(refusal),
    /** Of a preview: whether all of it was read in time, and how many duplicates it has. */
    isWhole: z.optional(z.boolean()),
    removed: z.optional(count),
  })
  .check(z.describe('How far the file of recipients has been read.'));

const outcome = z.optional(z.enum(['accepted', 'partial', 'rejected']));

const counts = z
  .object({ total: count, pending: count, accepted: count, rejected: count, unknown: count, cancelled: count, expired: count })
  .check(z.describe('Recipients by outcome; total is the sum of the others.'));

/** A job as lists show it. */
const jobSummary = z.object({
  jobId: z.string(),
  status: jobStatus,
  outcome,
  caller: z.string(),
  idempotencyKey: z.string(),
  reference: z.optional(z.string()),
  createdAt: instant,
  updatedAt: instant,
  sendTime: z.optional(instant.check(z.describe('When it is to be sent; not there if at once.'))),
  revision: count,
  counts,
  batchCount: count,
});

/** A job with all that is known of it. */
const job = z.intersection(
  jobSummary,
  z.object({
    scheduler: z.optional(z.enum(['eventbridge', 'provider'])),
    providerSendTime: z.optional(z.string().check(z.describe("SendTime as the provider gets it, in the provider's zone."))),
    cancellable: z.boolean().check(z.describe('Whether a cancel could still stop a batch.')),
    notAfter: instant.check(z.describe('No batch is called after this moment.')),
    pattern: z.string(),
    smsType: z.int(),
    postFixNumber: z.string(),
    resendOf: z.optional(z.string().check(z.describe('The job whose recipients it sends to again.'))),
    resentAs: z.optional(z.array(z.string())),
    removed: z.optional(z.object({ count, places }).check(z.describe('Duplicates with the same text that were left out.'))),
    file: z.optional(file),
    batches: z.array(batch).check(z.describe('At most 20; the rest under links.batches.')),
    timeline: z.array(timelineEntry).check(z.describe('The last 20 entries; all under links.timeline.')),
    links: z.object({ self: z.string(), recipients: z.string(), batches: z.string(), timeline: z.string() }),
  }),
);

const cancellation = z
  .object({ stopped: count, sent: count, beingSent: count, unknown: count })
  .check(z.describe('Recipients by what the cancel found.'));

const recipient = z.object({
  phone: z.string(),
  outcome: recipientOutcome,
  batch: count,
  try: count,
  code: z.optional(z.string()),
  reason: z.optional(z.string()),
  detail: z.optional(z.array(z.string())),
  reference: z.optional(z.string()),
  text: z.optional(z.string()),
  segments: z.optional(count),
  commonJobId: z.optional(z.string()),
  specialJobIds: z.optional(z.array(z.string())),
});

/** A recipient of any job, with the job. */
const foundRecipient = z.intersection(recipient, z.object({ jobId: z.string(), caller: z.string(), createdAt: instant }));

const dayUsage = z.object({
  date: z.iso.date(),
  caller: z.string(),
  jobs: count,
  recipients: counts,
  segments: count.check(z.describe('Of the batches that the provider accepted.')),
  calls: count,
});

const provider = z.object({
  breaker: z.object({ state: z.enum(['closed', 'open', 'half-open']), failures: count, until: z.optional(instant) }),
  slots: z.object({ inUse: count, limit: count }),
  rate: z.object({ perSecond: z.optional(z.number()), nextCall: z.optional(instant) }),
  lastAnswers: z.array(
    z.object({
      ...{ at: instant, jobId: z.string(), batch: count, code: z.string() },
      ...{ httpStatus: z.optional(z.int()), reason: z.optional(z.string()) },
    }),
  ),
});

const nextAllowedTime = z.optional(instant.check(z.describe('When the quiet hours, or the day of the limit, end.')));

const preview = z.object({
  sendable: z.boolean(),
  errors: z.optional(z.array(fieldError)),
  furtherErrors: z.optional(count),
  nextAllowedTime,
  calls: z.optional(count.check(z.describe('Calls of the provider that it takes.'))),
  recipients: z.optional(count),
  segments: z.optional(count.check(z.describe('Of all texts together.'))),
  removed: z.array(z.object({ place: z.string(), phone: z.string(), firstPlace: z.string() })),
  warnings: z.optional(z.array(fieldError)),
  items: z.optional(z.array(z.object({ phone: z.string(), text: z.string(), segments: count }))),
  next: cursor,
  file: z.optional(file),
});

const problem = z.object({
  type: z.string().check(z.describe('The section of the documentation that explains it.')),
  code: z.string().check(z.describe('What programs tell problems apart by; never changes.')),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  retry: z.boolean().check(z.describe('Whether the same request, with the same key, may succeed later.')),
  errors: z.optional(z.array(fieldError)),
  furtherErrors: z.optional(count),
  nextAllowedTime,
  requestId: z.optional(z.string().check(z.describe('As in the header X-Request-Id.'))),
});

const pageOf = <Item extends z.ZodMiniType>(item: Item) => z.object({ items: z.array(item), next: cursor });

/** Parts that several answers share, by the names that the OpenAPI description gives them. */
export const parts = {
  FieldError: fieldError,
  TimelineEntry: timelineEntry,
  Batch: batch,
  Counts: counts,
  JobStatus: jobStatus,
  RecipientOutcome: recipientOutcome,
  JobSummary: jobSummary,
  JobFile: file,
  Cancellation: cancellation,
  Recipient: recipient,
} as const;

export type PartName = keyof typeof parts;

/** Schemas of the answers, by the names that the OpenAPI description gives them. */
export const describedAnswers = {
  Job: job,
  CancelledJob: z.intersection(job, z.object({ cancellation })),
  Jobs: pageOf(jobSummary),
  Batches: pageOf(batch),
  Timeline: pageOf(timelineEntry),
  Recipients: pageOf(recipient),
  FoundRecipients: z.object({
    items: z.array(foundRecipient),
    next: cursor,
    searchedUntil: z.optional(instant.check(z.describe('All jobs that were made after this moment were looked at.'))),
  }),
  Usage: z.object({ timeZone: z.string(), items: z.array(dayUsage), next: cursor }),
  Provider: provider,
  Preview: preview,
  Account: account,
  Switch: switchState,
  UploadAddress: z.object({
    uploadId: z.string(),
    url: z.string(),
    method: z.literal('PUT'),
    headers: z.record(z.string(), z.string()),
    expiresAt: instant,
  }),
  Export: z.object({
    jobId: z.string(),
    revision: count,
    state: z.enum(['asked', 'ready']),
    url: z.optional(z.string()),
    method: z.optional(z.literal('GET')),
    expiresAt: z.optional(instant),
  }),
  Problem: problem,
  Health: z.object({ status: z.literal('ok') }),
  Document: z.record(z.string(), z.unknown()),
} as const;

/** Schemas of all answers. Those about keys are no part of the description. */
export const answerSchemas = {
  ...describedAnswers,
  ApiKey: apiKey,
  NewApiKey: newApiKey,
  ApiKeys: z.object({ items: z.array(apiKey) }),
} as const;
export type AnswerName = keyof typeof answerSchemas;

/** The body of an answer, as it is written. */
export type AnswerBody<Name extends AnswerName> = DeepReadonly<z.output<(typeof answerSchemas)[Name]>>;

type DeepReadonly<Value> = Value extends object ? { readonly [Name in keyof Value]: DeepReadonly<Value[Name]> } : Value;
