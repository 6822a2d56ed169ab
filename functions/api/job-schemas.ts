import * as z from 'zod/mini';
import { RECIPIENT_OUTCOMES } from '../shared/job/results.ts';
import { BATCH_STATES, JOB_STATUSES } from '../shared/job/states.ts';
import { fileEncoding } from '../shared/send-request/request-schema.ts';
import { WAITING_CODES } from './waiting-reasons.ts';

/** Shapes of jobs, their batches and recipients, as answers show them. */
export const instant = z.iso.datetime();
/** A number of things; that it is not negative need not be said in the description. */
export const count = z.int();
export const jobStatus = z.enum(JOB_STATUSES);
export const recipientOutcome = z.enum(RECIPIENT_OUTCOMES);
/** Where the next page starts; not there on the last one. */
export const cursor = z.optional(z.string());

/** One wrong field of a request. */
export const fieldError = z.object({ place: z.string(), code: z.string(), detail: z.string() });

export const timelineEntry = z.object({
  at: instant,
  event: z.string(),
  batch: z.optional(count),
  detail: z.optional(z.string()),
});

const waiting = z
  .object({ code: z.enum(WAITING_CODES), detail: z.string(), until: z.optional(instant) })
  .check(z.describe('Why it waits.'));

export const batch = z.object({
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

export const file = z
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

export const counts = z
  .object({ total: count, pending: count, accepted: count, rejected: count, unknown: count, cancelled: count, expired: count })
  .check(z.describe('Recipients by outcome; total is the sum of the others.'));

/** A job as lists show it. */
export const jobSummary = z.object({
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
export const job = z.intersection(
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

export const cancellation = z
  .object({ stopped: count, sent: count, beingSent: count, unknown: count })
  .check(z.describe('Recipients by what the cancel found.'));

export const recipient = z.object({
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
export const foundRecipient = z.intersection(recipient, z.object({ jobId: z.string(), caller: z.string(), createdAt: instant }));
