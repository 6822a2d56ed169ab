import { ProblemError } from '../problem/problem.ts';
import { scopesOf } from './caller.ts';
import { type CallerSettings, settingsOf } from './caller-settings.ts';
import { signingPrincipal } from './principal.ts';
import { type CallerScope, readScopes, SCOPES } from './scopes.ts';

/** How a stage knows its callers: by SigV4, a token of an issuer, a key of this product, or not at all on 127.0.0.1. */
export const AUTHORIZATIONS = ['iam', 'jwt', 'key', 'none'] as const;
export type Authorization = (typeof AUTHORIZATIONS)[number];

/** What the gateway says about the caller. */
export interface GatewayIdentity {
  /** ARN of the principal that signed the request. */
  userArn: string | null;
  /** What the authoriser found out. */
  authorizer: Readonly<Record<string, unknown>> | null | undefined;
}

/** What the authoriser hands on: the gateway takes texts and numbers only. */
export interface AuthorizerContext {
  caller: string;
  /** Between blanks. */
  scopes: string;
}

/** The caller and its scopes. @throws ProblemError when the gateway does not name a caller */
export function callerBehind(
  identity: GatewayIdentity,
  authorization: Authorization,
  callers: readonly CallerSettings[] | undefined,
): { caller: string; scopes: readonly CallerScope[] } {
  switch (authorization) {
    case 'none':
      return { caller: 'local', scopes: SCOPES };
    case 'iam': {
      if (!identity.userArn) throw new ProblemError('caller-unknown', 'The request is not signed by an IAM principal.');
      const caller = signingPrincipal(identity.userArn);
      return { caller, scopes: scopesOf(settingsOf(callers, caller), undefined) };
    }
    default: {
      const { caller, scopes } = identity.authorizer ?? {};
      if (typeof caller !== 'string' || typeof scopes !== 'string') {
        throw new ProblemError('caller-unknown', 'The request has no key or token that the authoriser looked at.');
      }
      return { caller, scopes: scopesOf(settingsOf(callers, caller), readScopes(scopes.split(' '))) };
    }
  }
}
