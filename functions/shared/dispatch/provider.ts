import type * as z from 'zod/mini';
import { type CustomSend, createCustomSend } from '../customsend/client.ts';
import type { providerEnv } from '../env/env.ts';
import { type AnswerCounters, openCounters } from '../metrics.ts';
import { signWithIam } from './iam-signature.ts';
import type { Sender } from './send-batch.ts';

type ProviderEnv = z.output<z.ZodMiniObject<typeof providerEnv>>;

/** A token is read anew from Secrets Manager after so many seconds. */
const TOKEN_AGE = 300;

/** The provider of a running function, as its environment describes it. */
export function openProvider(env: ProviderEnv & { STAGE: string }): Pick<Sender, 'provider' | 'token' | 'dialect'> {
  const client = createCustomSend({
    url: env.PROVIDER_URL,
    protocol: env.PROVIDER_PROTOCOL,
    connectTimeoutMs: env.PROVIDER_CONNECT_TIMEOUT_MS,
    timeoutMs: env.PROVIDER_TIMEOUT_MS,
    notSentStatuses: env.PROVIDER_NOT_SENT_STATUSES,
    ...(env.PROVIDER_AUTH === 'iam' && { sign: signWithIam }),
  });
  const provider = countDisagreements(client, openCounters(env.STAGE));
  return { provider, dialect: env.DIALECT, token: () => readToken(env.PROVIDER_TOKEN_SECRET) };
}

/** The provider, whose answers are counted when the two readers of XML see different documents in them. */
export function countDisagreements(provider: Pick<CustomSend, 'send'>, counters: AnswerCounters): Pick<CustomSend, 'send'> {
  return {
    async send(call, options) {
      const outcome = await provider.send(call, options);
      if (outcome.code === 'readers-disagree') counters.readersDisagree(1);
      return outcome;
    },
  };
}

/** The client of Secrets Manager is loaded with the first call, beside the reading of the batch: most requests to the API make none. */
async function readToken(secretId: string): Promise<string> {
  const { getSecret } = await import('@aws-lambda-powertools/parameters/secrets');
  const token = await getSecret(secretId, { maxAge: TOKEN_AGE });
  if (typeof token !== 'string' || token === '') throw new Error('The secret of the provider token is empty.');
  return token;
}
