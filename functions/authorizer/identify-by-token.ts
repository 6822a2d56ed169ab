import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod/mini';
import type { JwtSettings } from '../shared/caller/jwt-settings.ts';
import { readScopes } from '../shared/caller/scopes.ts';
import type { Identify } from './authorize.ts';

/** Signatures that anyone can verify: a shared secret would let each holder make tokens. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Difference of clocks that is overlooked (seconds). */
const CLOCK_TOLERANCE = 5;
/** For an answer of the issuer (milliseconds). */
const TIMEOUT = 3_000;

/** What a token is refused for. Any other error says that the issuer's keys could not be had. */
const REFUSED = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
];

/** What an issuer says of itself (OpenID Connect Discovery 1.0, section 3). */
const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Knows callers by tokens of one issuer for one audience. Its keys are asked for when they are first needed, and kept. */
export function identifyByToken({ issuer, audience, scopePrefix = '' }: JwtSettings): Identify {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  return async (credentials) => {
    // What is no token at all is refused without asking the issuer.
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(credentials)) return undefined;
    keys ??= createRemoteJWKSet(await findKeys(issuer), { timeoutDuration: TIMEOUT });
    try {
      const options = { issuer, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE, requiredClaims: ['sub', 'exp'] };
      const { payload } = await jwtVerify(credentials, keys, options);
      if (!audiencesOf(payload).includes(audience) || !payload.sub) return undefined;
      return { caller: `jwt:${payload.sub}`, scopes: scopesIn(payload, scopePrefix) };
    } catch (error) {
      if (REFUSED.some((kind) => error instanceof kind)) return undefined;
      throw error;
    }
  };
}

async function findKeys(issuer: string): Promise<URL> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT), redirect: 'error' });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}.`);
  const discovered = discoverySchema.parse(await answer.json());
  if (discovered.issuer !== issuer) throw new Error(`${address} is about another issuer.`);
  return new URL(discovered.jwks_uri);
}

/** `aud`, one or several; access tokens of Cognito have `client_id` instead. */
function audiencesOf({ aud, client_id: clientId }: JWTPayload): unknown[] {
  return aud === undefined ? [clientId] : [aud].flat();
}

/** The claim `scope` (RFC 8693, section 4.2): words between blanks. */
function scopesIn({ scope }: JWTPayload, prefix: string) {
  const words = typeof scope === 'string' ? scope.split(' ') : [];
  return readScopes(words.flatMap((word) => (word.startsWith(prefix) ? [word.slice(prefix.length)] : [])));
}
