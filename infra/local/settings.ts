import * as z from 'zod/mini';
import { PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { quietHoursSchemaJson, readEnv } from '../../functions/shared/env/env.ts';
import { API_FUNCTION_TIMEOUT, SEND_BY } from '../../functions/shared/job/deadlines.ts';
import { normalisePhone } from '../../functions/shared/message/phone.ts';
import { isLoopback } from '../provider.ts';
import { dev, type StageSettings } from '../stages.ts';

/** What the wait for a call to begin, the table's writes and the answer leave of the function's time. */
const longestCallMs = API_FUNCTION_TIMEOUT - SEND_BY - 1_000;

const whole = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z.coerce.number({ error }).check(z.int({ error }), z.minimum(from, { error }), z.maximum(to, { error }));
};

const rate = { error: 'must be a number above 0' };

/** Phones between commas, in any way of writing them. What is wrong is not repeated: it may be somebody's number. */
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

/** The environment of `npm start`. */
const variables = z.object({
  /** 0 = any free port, here and below. */
  PORT: z._default(whole(0, 65_535), 3000),
  SANDBOX_PORT: z._default(whole(0, 65_535), 4000),
  /** Services.asmx of another ASMX server, instead of the sandbox; the default dialect then counts as confirmed. */
  PROVIDER_URL: z.optional(z.url({ protocol: /^https?$/, error: 'must be an http or https address', abort: true })),
  PROVIDER_PROTOCOL: z._default(z.enum(PROTOCOLS, { error: `must be one of ${PROTOCOLS.join(', ')}` }), dev.provider.protocol),
  PROVIDER_TOKEN: z._default(z.string(), 'local-token'),
  PROVIDER_TIMEOUT_MS: z._default(whole(1, longestCallMs), dev.provider.timeoutMs),
  /** Limits of the stage; without the optional ones there is none. */
  MAX_CONCURRENT_CALLS: z._default(whole(1, 1_000), dev.limits.maxConcurrentCalls),
  CALLS_PER_SECOND: z.optional(z.coerce.number(rate).check(z.positive(rate))),
  PHONES_PER_CALL: z._default(whole(1, 1_000_000), dev.limits.phonesPerCall),
  CALLS_PER_JOB: z._default(whole(1, 1_000_000), dev.limits.callsPerJob ?? 1_000_000),
  MAX_RECIPIENTS_PER_DAY: z.optional(whole(1, 1_000_000_000)),
  /** Whether the provider's way of filling in fields counts as tried; unconfirmed is how a first deploy begins. */
  DIALECT: z._default(z.enum(['confirmed', 'unconfirmed'], { error: 'must be confirmed or unconfirmed' }), 'confirmed'),
  /** Whose tokens the callers of the drop-in endpoint bring: this product's, or the provider's, which go on to it. */
  ASMX_TOKENS: z._default(z.enum(['own', 'pass-through'], { error: 'must be own or pass-through' }), 'pass-through'),
  /** The same drop-in request, so many seconds after its definite answer, gets that answer; 0 = it is sent again. */
  ASMX_REPEAT_WINDOW: z._default(whole(0, 86_400), 0),
  /** Nobody else is sent to. */
  ALLOWED_PHONES: z.optional(phones),
  /** JSON: [{"smsTypes":[1],"timeZone":"Asia/Shanghai","from":"21:00","to":"08:00"}]; without it there are none. */
  QUIET_HOURS: z.optional(quietHoursSchemaJson),
  /** Sources of events from which requests are taken. */
  EVENT_SOURCES: z._default(words, ['crm']),
  DATA_DIR: z._default(z.string(), '.local'),
});

const settingsSchema = variables.check(
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

/** The stage of one machine: open on 127.0.0.1, with the sandbox behind a front that carries out the scenarios of connections. */
export function localStage(settings: LocalSettings, sandboxAddress: string): StageSettings {
  return {
    ...dev,
    name: 'local',
    authorization: 'none',
    sandbox: 'carry-out',
    events: { sources: settings.EVENT_SOURCES.map((source) => ({ source, owner: 'local' })), deliveries: [] },
    asmx: {
      tokens: settings.ASMX_TOKENS === 'own' ? 'own' : { passThroughFor: 'local' },
      repeatWindowSeconds: settings.ASMX_REPEAT_WINDOW,
      allowFrom: 'open',
      loadBalancer: null,
    },
    limits: {
      ...dev.limits,
      maxConcurrentCalls: settings.MAX_CONCURRENT_CALLS,
      callsPerSecond: settings.CALLS_PER_SECOND ?? null,
      phonesPerCall: settings.PHONES_PER_CALL,
      callsPerJob: settings.CALLS_PER_JOB,
      maxRecipientsPerDay: settings.MAX_RECIPIENTS_PER_DAY ?? null,
      allowedPhones: settings.ALLOWED_PHONES ?? null,
      quietHours: settings.QUIET_HOURS ?? [],
    },
    dialect: { ...dev.dialect, confirmed: settings.DIALECT === 'confirmed' },
    provider: {
      ...dev.provider,
      url: settings.PROVIDER_URL ?? `${sandboxAddress}/Services.asmx`,
      plainHttp: true,
      protocol: settings.PROVIDER_PROTOCOL,
      timeoutMs: settings.PROVIDER_TIMEOUT_MS,
    },
  };
}
