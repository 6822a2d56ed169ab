import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
import type * as z from 'zod/mini';
import { createCustomSend } from '../customsend/client.ts';
import type { providerEnv } from '../env/env.ts';
import { signWithIam } from './iam-signature.ts';
import type { Sender } from './send-batch.ts';

type ProviderEnv = z.output<z.ZodMiniObject<typeof providerEnv>>;

/** A token is read anew from Secrets Manager after so many seconds. */
const TOKEN_AGE = 300;

/** The provider of a running function, as its environment describes it. */
export function openProvider(env: ProviderEnv): Pick<Sender, 'provider' | 'token' | 'dialect'> {
  const provider = createCustomSend({
    url: env.PROVIDER_URL,
    protocol: env.PROVIDER_PROTOCOL,
    connectTimeoutMs: env.PROVIDER_CONNECT_TIMEOUT_MS,
    timeoutMs: env.PROVIDER_TIMEOUT_MS,
    notSentStatuses: env.PROVIDER_NOT_SENT_STATUSES,
    ...(env.PROVIDER_AUTH === 'iam' && { sign: signWithIam }),
  });
  return { provider, dialect: env.DIALECT, token: () => readToken(env.PROVIDER_TOKEN_SECRET) };
}

async function readToken(secretId: string): Promise<string> {
  const token = await getSecret(secretId, { maxAge: TOKEN_AGE });
  if (typeof token !== 'string' || token === '') throw new Error('The secret of the provider token is empty.');
  return token;
}
