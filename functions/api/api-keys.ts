import * as z from 'zod/mini';
import { type ApiKey, listApiKeys, makeApiKey, revokeApiKey } from '../shared/caller/api-keys.ts';
import { SCOPES } from '../shared/caller/scopes.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import type { PathParameters } from './find-route.ts';
import { parseBody } from './json-body.ts';
import { json } from './responses.ts';

/** The caller of a new key, and its scopes. */
const newApiKeySchema = z.strictObject({
  caller: z
    .string()
    .check(
      z.regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
      z.describe('Its jobs are those of `key:<caller>`. Several keys of one caller share them.'),
    ),
  scopes: z.array(z.enum(SCOPES)).check(z.minLength(1)),
});

/** `POST /v1/keys`: the only answer that ever shows the key. */
export async function createApiKey({ context }: Api, request: ApiRequest) {
  const { caller, scopes } = parseBody(newApiKeySchema, request);
  const { key, listed } = await makeApiKey(context, { caller, scopes: [...new Set(scopes)], madeBy: request.caller });
  return json(201, 'NewApiKey', { key, ...keyResource(listed) });
}

/** `GET /v1/keys`: all keys, revoked ones too. */
export async function listKeys({ context }: Api) {
  return json(200, 'ApiKeys', { items: (await listApiKeys(context)).map(keyResource) });
}

/** `POST /v1/keys/{keyId}/revoke`. The gateway may remember the key for half a minute more. */
export async function revokeKey({ context }: Api, request: ApiRequest, { keyId = '' }: PathParameters) {
  const revoked = await revokeApiKey(context, keyId, request.caller);
  if (!revoked) throw new ProblemError('not-found', 'There is no such key.');
  return json(200, 'ApiKey', keyResource(revoked));
}

function keyResource({ scopes, madeAt, revokedAt, ...key }: ApiKey) {
  const revoked = revokedAt === undefined ? {} : { revokedAt: new Date(revokedAt).toISOString() };
  return { ...key, scopes: [...scopes], madeAt: new Date(madeAt).toISOString(), ...revoked };
}
