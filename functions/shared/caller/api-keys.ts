import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { base32 } from '../base32.ts';
import { isAbsent, isPresent } from '../dynamodb/conditions.ts';
import { API_KEYS, apiKeyKey, type Key } from '../dynamodb/keys.ts';
import type { Table } from '../dynamodb/table.ts';
import type { CallerScope } from './scopes.ts';

/** What keys are kept in, and the clock (epoch milliseconds). */
export interface KeyStore {
  table: Pick<Table, 'get' | 'put' | 'update' | 'range'>;
  now: () => number;
}

/** A key as it is listed. The key itself is nowhere but with its caller. */
export interface ApiKey {
  keyId: string;
  /** The caller that it stands for, as jobs name it: `key:crm`. */
  caller: string;
  scopes: readonly CallerScope[];
  /** Epoch milliseconds. */
  madeAt: number;
  madeBy: string;
  revokedAt?: number;
  revokedBy?: string;
}

interface ApiKeyItem extends Key, ApiKey {
  /** SHA-256 of the whole key, hexadecimal. 256 random bits need nothing slower. */
  hash: string;
}

/** `sms_`, the id by which it is listed and revoked, and 256 random bits. */
const FORM = /^sms_([0-9A-Z]{16})_[\w-]{43}$/;

/**
 * Makes a key.
 * @param caller a name of small letters, digits and dashes; several keys of one caller share its jobs, so that one can replace another
 * @returns the key, which cannot be had again, and how it is listed
 */
export async function makeApiKey(
  { table, now }: KeyStore,
  { caller, scopes, madeBy }: { caller: string; scopes: readonly CallerScope[]; madeBy: string },
): Promise<{ key: string; listed: ApiKey }> {
  const keyId = base32(randomBytes(16));
  const key = `sms_${keyId}_${randomBytes(32).toString('base64url')}`;
  const listed: ApiKey = { keyId, caller: `key:${caller}`, scopes, madeAt: now(), madeBy };
  await table.put<ApiKeyItem>({ ...apiKeyKey(keyId), ...listed, hash: hashOf(key).toString('hex') }, [isAbsent('pk')]);
  return { key, listed };
}

/** Revokes a key for good. Repeating it changes nothing. @returns how it is listed then, or `undefined` if there is no such key */
export async function revokeApiKey({ table, now }: KeyStore, keyId: string, revokedBy: string): Promise<ApiKey | undefined> {
  const key = apiKeyKey(keyId);
  const conditions = [isPresent('hash'), isAbsent('revokedAt')];
  const revoked = await table.update<ApiKeyItem>(key, { set: { revokedAt: now(), revokedBy } }, conditions);
  const item = revoked ?? (await table.get<ApiKeyItem>(key));
  return item && toListed(item);
}

/** Every key, revoked ones too, by their ids. */
export async function listApiKeys({ table }: KeyStore): Promise<ApiKey[]> {
  return (await table.range<ApiKeyItem>(API_KEYS, '', '\uFFFF')).map(toListed);
}

/** The key that this text is, read consistently; `undefined` for one that is malformed, unknown or revoked. */
export async function findApiKey({ table }: Pick<KeyStore, 'table'>, text: string): Promise<ApiKey | undefined> {
  const keyId = FORM.exec(text)?.[1];
  if (keyId === undefined) return undefined;
  const item = await table.get<ApiKeyItem>(apiKeyKey(keyId));
  if (!item || item.revokedAt !== undefined) return undefined;
  return timingSafeEqual(Buffer.from(item.hash, 'hex'), hashOf(text)) ? toListed(item) : undefined;
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function toListed({ keyId, caller, scopes, madeAt, madeBy, revokedAt, revokedBy }: ApiKeyItem): ApiKey {
  return { keyId, caller, scopes, madeAt, madeBy, ...(revokedAt !== undefined && { revokedAt }), ...(revokedBy && { revokedBy }) };
}
