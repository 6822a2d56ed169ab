import * as z from 'zod/mini';
import { PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { readEnv } from '../../functions/shared/env.ts';
import { handlerTimeout } from '../api.ts';
import { dev, type StageSettings } from '../stages.ts';

/** What a call to the provider leaves of the function's time for the table's writes and the answer. */
const longestCallMs = handlerTimeout.toMilliseconds() - 4_000;

const whole = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z.coerce.number({ error }).check(z.int({ error }), z.minimum(from, { error }), z.maximum(to, { error }));
};

/** The environment of `npm start`. */
const settingsSchema = z.object({
  /** 0 = any free port, here and below. */
  PORT: z._default(whole(0, 65_535), 3000),
  SANDBOX_PORT: z._default(whole(0, 65_535), 4000),
  /** Services.asmx of another ASMX server, instead of the sandbox; the default dialect then counts as confirmed. */
  PROVIDER_URL: z.optional(z.url({ protocol: /^https?$/, error: 'must be an http or https address' })),
  PROVIDER_PROTOCOL: z._default(z.enum(PROTOCOLS, { error: `must be one of ${PROTOCOLS.join(', ')}` }), dev.provider.protocol),
  PROVIDER_TOKEN: z._default(z.string(), 'local-token'),
  PROVIDER_TIMEOUT_MS: z._default(whole(1, longestCallMs), dev.provider.timeoutMs),
  DATA_DIR: z._default(z.string(), '.local'),
});
export type LocalSettings = z.output<typeof settingsSchema>;

/**
 * @param source an empty variable counts as unset
 * @throws Error that names every variable that is wrong
 */
export function readSettings(source: Record<string, string | undefined>): LocalSettings {
  return readEnv(settingsSchema, Object.fromEntries(Object.entries(source).filter(([, value]) => value !== '')));
}

/** The stage of one machine: open on 127.0.0.1, with the sandbox behind a front that carries out the fates of connections. */
export function localStage(settings: LocalSettings, sandboxAddress: string): StageSettings {
  return {
    ...dev,
    name: 'local',
    authorization: 'none',
    sandbox: 'carry-out',
    provider: {
      ...dev.provider,
      url: settings.PROVIDER_URL ?? `${sandboxAddress}/Services.asmx`,
      plainHttp: true,
      protocol: settings.PROVIDER_PROTOCOL,
      timeoutMs: settings.PROVIDER_TIMEOUT_MS,
    },
  };
}
