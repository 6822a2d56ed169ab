import * as z from 'zod/mini';
import { signingPrincipal } from './principal.ts';
import { SCOPES } from './scopes.ts';

const limit = z.optional(z.int().check(z.positive()));

/** What a stage says of one caller. */
export const callerSettingsSchema = z.strictObject({
  /** An ARN of a user or role, `key:<caller>`, `jwt:<subject>` or `event:<account>/<source>`. */
  principal: z.string().check(z.regex(/^(arn:[^:]+:(iam|sts)::\d{12}:.+|key:[a-z0-9][a-z0-9-]{0,39}|jwt:.+|event:\d{12}\/.+)$/)),
  /** What it may do. A key or a token that brings scopes of its own has those of them that stand here. */
  scopes: z.array(z.enum(SCOPES)),
  /** Recipients that may be accepted from it in a day. */
  dailyRecipients: limit,
  /** Requests over HTTPS that it may make in a second. */
  perSecond: limit,
  /** The signatures 【...】 of its texts, without the brackets. */
  signatures: z.optional(z.array(z.string().check(z.regex(/^[^\u3010\u3011]+$/))).check(z.minLength(1))),
});
export type CallerSettings = Readonly<z.output<typeof callerSettingsSchema>>;

/** What the stage says of a caller, if it says anything. */
export function settingsOf(callers: readonly CallerSettings[] | undefined, caller: string): CallerSettings | undefined {
  return callers?.find(({ principal }) => signingPrincipal(principal) === caller);
}
