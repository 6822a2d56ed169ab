import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import type { AuthorizerContext } from '../shared/caller/gateway-identity.ts';
import type { CallerScope } from '../shared/caller/scopes.ts';

/** The caller that a key or token stands for, with the scopes that it brings; `undefined` for one that is not valid. */
export type Identify = (credentials: string) => Promise<{ caller: string; scopes: readonly CallerScope[] } | undefined>;

/** API Gateway answers 401 for an error with this text, and 500 for any other. */
const UNAUTHORIZED = 'Unauthorized';

/**
 * Answers API Gateway for one key or token. The gateway remembers the answer for every method of the stage, so that the policy names the
 * stage; what a caller may do there is decided by its scopes, in the API itself.
 * @throws Error `Unauthorized` for what is no valid key or token; others when that could not be found out
 */
export async function authorize(
  identify: Identify,
  { authorizationToken, methodArn }: Pick<APIGatewayTokenAuthorizerEvent, 'authorizationToken' | 'methodArn'>,
  logger: Pick<Logger, 'error'>,
): Promise<APIGatewayAuthorizerResult> {
  const credentials = /^Bearer +(\S+)$/i.exec(authorizationToken.trim())?.[1];
  const found = credentials === undefined ? undefined : await findOut(identify, credentials, logger);
  if (!found) throw new Error(UNAUTHORIZED);
  const context: AuthorizerContext = { caller: found.caller, scopes: found.scopes.join(' ') };
  const statement = { Action: 'execute-api:Invoke', Effect: 'Allow' as const, Resource: stageOf(methodArn) };
  return { principalId: found.caller, policyDocument: { Version: '2012-10-17', Statement: [statement] }, context: { ...context } };
}

async function findOut(identify: Identify, credentials: string, logger: Pick<Logger, 'error'>): ReturnType<Identify> {
  try {
    return await identify(credentials);
  } catch (error) {
    const { name, message, stack } = error as Error;
    logger.error('could not identify the caller', { error: { name, message, stack } });
    throw error;
  }
}

/** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/GET/v1/jobs`: all methods of its stage. */
function stageOf(methodArn: string): string {
  return `${methodArn.split('/').slice(0, 2).join('/')}/*`;
}
