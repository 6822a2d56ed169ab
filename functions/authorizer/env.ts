import * as z from 'zod/mini';
import { jwtSettingsSchema } from '../shared/caller/jwt-settings.ts';
import { jsonOf, text } from '../shared/env/env.ts';

/** The environment of the authorizer function. */
export const authorizerFunctionEnv = z.object({
  AUTHORIZATION: z.enum(['jwt', 'key']),
  TABLE_NAME: text,
  /** JSON; `null` where callers bring keys. */
  JWT: jsonOf(z.nullable(jwtSettingsSchema)),
});
export type AuthorizerEnv = z.output<typeof authorizerFunctionEnv>;
