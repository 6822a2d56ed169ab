import * as z from 'zod/mini';

/** The issuer of the tokens that are taken, and which of them. */
export const jwtSettingsSchema = z.strictObject({
  /** `iss` of the tokens, and where `/.well-known/openid-configuration` is. */
  issuer: z.url(),
  /** A value of `aud`, or the `client_id` of a Cognito access token. */
  audience: z.string().check(z.minLength(1)),
  /** Stands before each scope in the claim `scope`, such as `sms/` of a Cognito resource server. */
  scopePrefix: z.optional(z.string()),
});
export type JwtSettings = Readonly<z.output<typeof jwtSettingsSchema>>;
