import * as z from 'zod/mini';
import { callerSettingsSchema } from './caller/caller-settings.ts';
import { quietHoursSchema } from './quiet-hours/quiet-hours.ts';

const positive = z.int().check(z.positive());
const character = z.string().check(z.length(1));

/** How recipients become Details and Phones (provider.md). Until it is `confirmed`, it has not been tried on the stage's provider. */
export const dialectSchema = z.strictObject({
  confirmed: z.boolean(),
  /** Between the phones, and between the recipients' details. */
  recipientSeparator: character,
  /** Between the field values of one recipient. */
  fieldSeparator: character,
  /** Whether Phones and Details end with the separator too. */
  trailingSeparator: z.boolean(),
});
export type Dialect = z.output<typeof dialectSchema>;

/** What one call may carry and how long things are kept. */
export const limitsSchema = z.strictObject({
  phonesPerCall: positive,
  charactersPerMessage: positive,
  /** Largest body of one CustomSend request; ASP.NET's default is 4 MB. */
  requestBytes: positive,
  /** Calls that may be open at the same time, over all functions. */
  maxConcurrentCalls: positive,
  /** Calls that may begin in a second, over all functions; `null`: as many as there are. */
  callsPerSecond: z.nullable(z.number().check(z.positive())),
  /** Recipients that may be accepted in a day of the provider’s zone, over all callers; `null`: as many as there are. */
  maxRecipientsPerDay: z.nullable(positive),
  /** Outside production with a real provider only these phones are sent to; `null`: all. */
  allowedPhones: z.nullable(z.array(z.string())),
  /** How long jobs and idempotency keys are kept after they were due, in days. */
  retentionDays: positive,
  /** Calls that one job may take, which is many where each recipient has a text of its own; `null`: as many as there are. */
  callsPerJob: z.nullable(positive),
  /** When messages of which type are not sent. */
  quietHours: quietHoursSchema,
  /** What single callers may do; none is limited further where it is absent. */
  callers: z.optional(z.array(callerSettingsSchema)),
});
export type Limits = z.output<typeof limitsSchema>;
