import { createHash, randomBytes } from 'node:crypto';
import { signingPrincipal } from '../shared/caller/principal.ts';
import { isAbsent, isPresent } from '../shared/dynamodb/conditions.ts';
import { type Key, tokenKey } from '../shared/dynamodb/keys.ts';
import type { JobContext } from '../shared/job/context.ts';

/** A token of a drop-in caller. The token itself is nowhere but with the caller. */
interface TokenItem extends Key {
  caller: string;
  /** Epoch milliseconds. */
  madeAt: number;
  revokedAt?: number;
}

/**
 * Makes a token for a caller, as the JSON API knows it: there its jobs are seen and settled.
 * @returns the token, which cannot be had again, and its id, by which it is revoked
 */
export async function makeToken({ table, now }: Pick<JobContext, 'table' | 'now'>, caller: string): Promise<{ token: string; id: string }> {
  const token = `sms_${randomBytes(24).toString('base64url')}`;
  const id = idOf(token);
  await table.put<TokenItem>({ ...tokenKey(id), caller: signingPrincipal(caller), madeAt: now() }, [isAbsent('pk')]);
  return { token, id };
}

/** Revokes a token, at once and for good. @returns whether there is such a token */
export async function revokeToken({ table, now }: Pick<JobContext, 'table' | 'now'>, id: string): Promise<boolean> {
  return (await table.update(tokenKey(id), { set: { revokedAt: now() } }, [isPresent('madeAt')])) !== undefined;
}

/** The caller of a token, read consistently with each request; `undefined` for one that is unknown or revoked. */
export async function findCaller({ table }: Pick<JobContext, 'table'>, token: string): Promise<string | undefined> {
  const item = await table.get<TokenItem>(tokenKey(idOf(token)));
  return item && item.revokedAt === undefined ? item.caller : undefined;
}

/** SHA-256, hexadecimal. Tokens are 192 random bits, so nothing slower is needed to keep them from being guessed. */
function idOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
