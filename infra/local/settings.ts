import * as z from 'zod/mini';
import { AUTHORIZATIONS } from '../../functions/shared/caller/gateway-identity.ts';
import { PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { callersSchemaJson, jsonOf, quietHoursSchemaJson, readEnv } from '../../functions/shared/env/env.ts';
import { API_FUNCTION_TIMEOUT, SEND_BY } from '../../functions/shared/job/deadlines.ts';
import { normalisePhone } from '../../functions/shared/message/phone.ts';
import { isLoopback } from '../loopback.ts';

/** What the wait for a call to begin, the table's writes and the answer leave of the function's time. */
const longestCallMs = API_FUNCTION_TIMEOUT - SEND_BY - 1_000;

const whole = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z.coerce.number({ error }).check(z.int({ error }), z.minimum(from, { error }), z.maximum(to, { error }));
};

const rate = { error: 'must be a number above 0' };

/** Phones between commas, in any way of writing them. A wrong one is not quoted: it may be a real number. */
const phones = z.pipe(
  z.string(),
  z.transform((text: string, { issues }): string[] => {
    const normalised = text.split(',').map(normalisePhone);
    const wrong = normalised.indexOf(null);
    if (wrong >= 0) issues.push({ code: 'custom', message: `entry ${wrong + 1} must be a mobile number`, input: undefined });
    return normalised.filter((phone) => phone !== null);
  }),
);

/** Words between commas. */
const words = z.pipe(
  z.string(),
  z.transform((text: string): string[] => text.split(',').map((word) => word.trim())),
);

/** The principal of the key that is there by default. */
export const LOCAL_USER = 'arn:aws:iam::000000000000:user/local';

const accessKeysJson = jsonOf(z.array(z.strictObject({ id: z.string(), secret: z.string(), principal: z.string() })));

/** The environment of `npm start`. What has no default here is as in the stage `dev`. */
const variables = z.object({
  /** 0 = any free port, here and below. */
  PORT: z._default(whole(0, 65_535), 3000),
  SANDBOX_PORT: z._default(whole(0, 65_535), 4000),
  /** What stands before every path of the API, as in AWS the stage does. */
  STAGE_PATH: z._default(z.string().check(z.regex(/^\/[\w-]{1,128}$/, 'must be / and a name, such as /dev')), ''),
  /** Services.asmx of another ASMX server, instead of the sandbox; the default dialect then counts as confirmed. */
  PROVIDER_URL: z.optional(z.url({ protocol: /^https?$/, error: 'must be an http or https address', abort: true })),
  PROVIDER_PROTOCOL: z.optional(z.enum(PROTOCOLS, { error: `must be one of ${PROTOCOLS.join(', ')}` })),
  PROVIDER_TOKEN: z._default(z.string(), 'local-token'),
  PROVIDER_TIMEOUT_MS: z.optional(whole(1, longestCallMs)),
  /** Limits of the stage; without the optional ones there is none. */
  MAX_CONCURRENT_CALLS: z.optional(whole(1, 1_000)),
  CALLS_PER_SECOND: z.optional(z.coerce.number(rate).check(z.positive(rate))),
  PHONES_PER_CALL: z.optional(whole(1, 1_000_000)),
  /** Calls that one job may take, which is many where each recipient has a text of its own. */
  CALLS_PER_JOB: z.optional(whole(1, 1_000_000)),
  MAX_RECIPIENTS_PER_DAY: z.optional(whole(1, 1_000_000_000)),
  /** Whether the provider's way of filling in fields counts as tried; unconfirmed is how a first deploy begins. */
  DIALECT: z._default(z.enum(['confirmed', 'unconfirmed'], { error: 'must be confirmed or unconfirmed' }), 'confirmed'),
  /** Whose tokens the callers of the drop-in endpoint bring: this product's, or the provider's, which go on to it. */
  ASMX_TOKENS: z._default(z.enum(['own', 'pass-through'], { error: 'must be own or pass-through' }), 'pass-through'),
  /** How long a repeated drop-in request gets the definite answer of the first (seconds); 0 = it is sent again. */
  ASMX_REPEAT_WINDOW: z._default(whole(0, 86_400), 0),
  /** The only phones that are sent to; without it all are. */
  ALLOWED_PHONES: z.optional(phones),
  /** JSON: [{"smsTypes":[1],"timeZone":"Asia/Shanghai","from":"21:00","to":"08:00"}]; without it there are none. */
  QUIET_HOURS: z.optional(quietHoursSchemaJson),
  /** Sources of events from which requests are taken. */
  EVENT_SOURCES: z._default(words, ['crm']),
  /** How callers are known: not at all, by signatures with the ACCESS_KEYS, by tokens of JWT_ISSUER, or by keys of this product. */
  AUTH: z._default(z.enum(AUTHORIZATIONS, { error: `must be one of ${AUTHORIZATIONS.join(', ')}` }), 'none'),
  /** JSON: [{"id":"local","secret":"local","principal":"arn:aws:iam::000000000000:user/local"}], which is also the default. */
  ACCESS_KEYS: z._default(accessKeysJson, [{ id: 'local', secret: 'local', principal: LOCAL_USER }]),
  JWT_ISSUER: z.optional(z.url({ protocol: /^https?$/, error: 'must be an http or https address' })),
  JWT_AUDIENCE: z.optional(z.string()),
  /** JSON: [{"principal":"key:crm","scopes":["send"],"perSecond":5}], as `callers` of a stage; without it the local user may do everything. */
  CALLERS: z.optional(callersSchemaJson),
  DATA_DIR: z._default(z.string(), '.local'),
});

const settingsSchema = variables.check(
  z.refine(({ AUTH, JWT_ISSUER, JWT_AUDIENCE }) => AUTH !== 'jwt' || (JWT_ISSUER !== undefined && JWT_AUDIENCE !== undefined), {
    path: ['JWT_ISSUER'],
    error: 'must be set with JWT_AUDIENCE where AUTH is jwt',
  }),
  z.refine(({ PROVIDER_URL: url, ALLOWED_PHONES }) => url === undefined || isLoopback(url) || ALLOWED_PHONES !== undefined, {
    path: ['ALLOWED_PHONES'],
    error: 'must be set for a provider elsewhere: the only phones, between commas, that may be sent to',
  }),
);
export type LocalSettings = z.output<typeof settingsSchema>;

/**
 * @param source an empty variable counts as unset
 * @throws Error that names every variable that is wrong
 */
export function readSettings(source: Record<string, string | undefined>): LocalSettings {
  return readEnv(settingsSchema, Object.fromEntries(Object.entries(source).filter(([, value]) => value !== '')));
}
