import * as z from 'zod/mini';
import { AUTHORIZATIONS } from '../caller/gateway-identity.ts';
import { PROTOCOLS } from '../customsend/call.ts';
import { dialectSchema, limitsSchema } from '../settings.ts';
import { sourcesSchema } from './event-sources.ts';

const json = z.pipe(
  z.string(),
  z.transform((written: string, context): unknown => {
    try {
      return JSON.parse(written);
    } catch {
      context.issues.push({ code: 'custom', message: 'is not JSON', input: written });
      return z.NEVER;
    }
  }),
);

/** A setting that is written as JSON in one environment variable. */
export function jsonOf<Output>(schema: z.core.$ZodType<Output>) {
  return z.pipe(json, schema);
}

/** The dialect as it is written in an environment variable. */
export const dialectSchemaJson = jsonOf(dialectSchema);

/** A text that is not empty. It and the others are made once, since every start makes them. */
export const text = z.string().check(z.minLength(1));
const url = z.url();
const milliseconds = z.coerce.number().check(z.int(), z.positive());

/** The variables of every function that calls the provider. */
export const providerEnv = {
  PROVIDER_URL: url,
  PROVIDER_PROTOCOL: z.enum(PROTOCOLS),
  /** `iam`: requests are signed with SigV4, for the sandbox behind our own API. */
  PROVIDER_AUTH: z.enum(['none', 'iam']),
  /** Name or ARN of the secret that holds the provider's token. */
  PROVIDER_TOKEN_SECRET: text,
  PROVIDER_CONNECT_TIMEOUT_MS: milliseconds,
  /** For the whole call, from the first byte to the last of the answer. */
  PROVIDER_TIMEOUT_MS: milliseconds,
  /** HTTP statuses that the provider's front guarantees to mean "not sent", separated by commas; usually empty. */
  PROVIDER_NOT_SENT_STATUSES: z.pipe(
    z.string().check(z.regex(/^(\d{3}(,\d{3})*)?$/)),
    z.transform((statuses: string) => (statuses === '' ? [] : statuses.split(',').map(Number))),
  ),
  /** IANA zone of the provider's SendTime. Checked when the stack is made: the first use of zones costs a start some milliseconds. */
  PROVIDER_TIME_ZONE: text,
  DIALECT: dialectSchemaJson,
} as const;

/** The variables of every function that works on jobs. */
export const jobEnv = {
  /** The queue of what has to be done outside of the table: it invokes the function `events`. */
  EVENTS_QUEUE_URL: url,
  TABLE_NAME: text,
  /** Whether events about jobs go out on the bus. */
  PUBLISH_EVENTS: z.enum(['yes', 'no']),
  /** Name of the stage, for metrics. */
  STAGE: text,
  LIMITS: jsonOf(limitsSchema),
} as const;
export type JobEnv = z.output<z.ZodMiniObject<typeof jobEnv>>;

/** The variables of every function that queues batches. */
export const queueEnv = { DISPATCH_QUEUE_URL: url } as const;

/** The variables of every function that must know where events with requests may come from. */
export const eventSourcesEnv = { EVENT_SOURCES: jsonOf(sourcesSchema) } as const;

/** The variables of every function that works with uploaded files. */
export const filesEnv = {
  FILES_BUCKET: text,
  FILES_QUEUE_URL: url,
} as const;

/** What the runtime itself says of the environment in which a function runs; the stack does not write these. */
export const runtimeEnv = z.object({
  AWS_REGION: text,
  /** Where S3 is, as the SDK reads it; only local runs have it. */
  AWS_ENDPOINT_URL_S3: z.optional(url),
});

/** How callers are known. */
export const authorizationEnv = { AUTHORIZATION: z.enum(AUTHORIZATIONS) } as const;

/**
 * Parses a function's environment by its schema, once, when the function starts.
 * @throws Error that names every variable that is missing or wrong, without its value.
 */
export function readEnv<S extends z.core.$ZodType>(schema: S, source: Record<string, string | undefined> = process.env): z.core.output<S> {
  // Read once: compiling a parser for it, as zod would, costs a cold start more than it saves.
  const parsed = z.safeParse(schema, source, { jitless: true });
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The environment does not fit: ${wrong.join('; ')}`);
}
