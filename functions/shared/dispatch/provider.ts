import type * as z from 'zod/mini';
import { type CustomSend, createCustomSend } from '../customsend/client.ts';
import type { Outcome } from '../customsend/outcome.ts';
import type { providerEnv } from '../env/env.ts';
import { type AnswerCounters, openCounters } from '../metrics.ts';
import { signWithIam } from './iam-signature.ts';
import type { Sender } from './sender.ts';

type ProviderEnv = z.output<z.ZodMiniObject<typeof providerEnv>>;

/** A token is read anew from Secrets Manager after this time (seconds). */
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
  const read = (anew: boolean) => readToken(env.PROVIDER_TOKEN_SECRET, anew);
  return { dialect: env.DIALECT, ...withRollover(countDisagreements(client, openCounters(env.STAGE)), read) };
}

/** The provider, whose answers are counted when the two readers of XML see different documents in them. */
export function countDisagreements(client: Pick<CustomSend, 'send'>, counters: AnswerCounters): Pick<CustomSend, 'send'> {
  return {
    async send(call, options) {
      const outcome = await client.send(call, options);
      if (outcome.code === 'readers-disagree') counters.readersDisagree(1);
      return outcome;
    },
  };
}

/** What the provider may answer to a token that it knows no more; it answers `Faild` and faults to other mistakes, too. */
function mayBeToken({ kind, code, httpStatus }: Outcome): boolean {
  return kind === 'rejected' && (code === 'faild' || code === 'client-fault' || httpStatus === 401 || httpStatus === 403);
}

/**
 * Rolls over to another token without losing a message: when the provider rejects a call with a token of the secret, the secret is read
 * again, and if it holds another one by now, the call is made once more with that. A rejected call has sent nothing, so the second one
 * sends nothing twice. A caller's own token is never replaced.
 * @param read the token of the secret; `undefined` as long as it holds none
 */
export function withRollover(
  client: Pick<CustomSend, 'send'>,
  read: (anew: boolean) => Promise<string | undefined>,
): Pick<Sender, 'provider' | 'token'> {
  const ours = new Set<string>();
  const token = async (anew = false) => {
    const value = await read(anew);
    if (value !== undefined) ours.add(value);
    return value;
  };
  return {
    token: () => token(),
    provider: {
      async send(call, options) {
        const outcome = await client.send(call, options);
        if (!mayBeToken(outcome) || !ours.has(call.Token)) return outcome;
        // What the provider said stands when the secret cannot be read.
        const current = await token(true).catch(() => undefined);
        return current === undefined || current === call.Token ? outcome : client.send({ ...call, Token: current }, options);
      },
    },
  };
}

/** @returns `undefined` when no token has been put into the secret yet */
async function readToken(secretId: string, anew: boolean): Promise<string | undefined> {
  // The client of Secrets Manager is loaded with the first call, beside the reading of the batch: most requests to the API make none.
  const { getSecret } = await import('@aws-lambda-powertools/parameters/secrets');
  try {
    const token = await getSecret(secretId, { maxAge: TOKEN_AGE, forceFetch: anew });
    return typeof token === 'string' && token !== '' ? token : undefined;
  } catch (error) {
    // A secret that was made without a value: Secrets Manager has no current version to answer with.
    if ((error as { cause?: Error }).cause?.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
