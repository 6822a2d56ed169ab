import * as z from 'zod/mini';
import { SCOPES } from '../shared/caller/scopes.ts';
import {
  batch,
  cancellation,
  count,
  counts,
  cursor,
  fieldError,
  file,
  foundRecipient,
  instant,
  job,
  jobStatus,
  jobSummary,
  recipient,
  recipientOutcome,
  timelineEntry,
} from './job-schemas.ts';

/** Shapes of the answers: what the OpenAPI description says, and what tests hold the answers against. */
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
      at: instant,
      jobId: z.string(),
      batch: count,
      code: z.string(),
      httpStatus: z.optional(z.int()),
      reason: z.optional(z.string()),
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
