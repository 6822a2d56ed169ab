import type { APIGatewayAuthorizerResult, APIGatewayProxyEvent } from 'aws-lambda';
import { ACCOUNT, REGION, type Resource } from '../cloudformation/template.ts';
import { FunctionError } from '../lambda/instance.ts';
import type { RunningFunction } from '../lambda/running-function.ts';
import type { GatewayRequest } from './proxy-event.ts';
import type { Route } from './routes.ts';
import { type AccessKey, verifySignature } from './verify-signature.ts';

/** What a method of the template asks of its callers. */
export type SignIn = { type: 'NONE' } | { type: 'AWS_IAM' } | { type: 'CUSTOM'; authorizer: TokenAuthorizer };

/** An authoriser of the template that is a function of the stack. */
export interface TokenAuthorizer {
  target: RunningFunction;
  /** Milliseconds for which an answer is remembered. */
  remembered: number;
}

/** What the function behind a route learns of the caller. */
type Identity = Partial<Pick<APIGatewayProxyEvent['requestContext']['identity'], 'userArn' | 'accessKey'>>;

/** How a request is to go on. `refused`: the type of the gateway's own answer. */
export type Admission =
  | { kind: 'admitted'; identity: Identity; authorizer: Record<string, unknown> | null }
  | {
      kind: 'refused';
      answer: 'MISSING_AUTHENTICATION_TOKEN' | 'INVALID_SIGNATURE' | 'UNAUTHORIZED' | 'ACCESS_DENIED' | 'AUTHORIZER_FAILURE';
    };

/** Decides whether a request may go on to its route. */
export type Authorize = (request: GatewayRequest, route: Route) => Promise<Admission>;

const OPEN: Admission = { kind: 'admitted', identity: {}, authorizer: null };

/** Lets every request through, whatever its method asks: for what stands behind the gateway on this machine. */
export const admitAll: Authorize = async () => OPEN;

/**
 * Asks of each request what its method asks, as API Gateway does. Whether the policies of an IAM principal let it call is not looked at.
 * @param accessKeys of the principals that may sign
 * @param now epoch milliseconds by the clock that functions see
 */
export function createAuthorization(
  { apiId, stage }: { apiId: string; stage: string },
  accessKeys: readonly AccessKey[],
  now: () => number,
): Authorize {
  const answers = new Map<string, { until: number; result: APIGatewayAuthorizerResult }>();
  return async (request, { signIn, method, path }) => {
    switch (signIn.type) {
      case 'NONE':
        return OPEN;
      case 'AWS_IAM': {
        const signed = await verifySignature(request, accessKeys, now());
        if (signed.kind === 'not') return { kind: 'refused', answer: 'MISSING_AUTHENTICATION_TOKEN' };
        if (signed.kind === 'wrong') return { kind: 'refused', answer: 'INVALID_SIGNATURE' };
        return { kind: 'admitted', identity: { userArn: signed.key.principal, accessKey: signed.key.id }, authorizer: null };
      }
      default: {
        const token = authorizationOf(request);
        // Without the header that identifies the caller, API Gateway does not ask the function.
        if (token === '') return { kind: 'refused', answer: 'UNAUTHORIZED' };
        const methodArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/${stage}/${method}${path}`;
        const known = answers.get(token);
        if (known && known.until > now()) return admissionOf(known.result);
        const asked = await ask(signIn.authorizer, token, methodArn);
        if ('kind' in asked) return asked;
        if (signIn.authorizer.remembered > 0) answers.set(token, { until: now() + signIn.authorizer.remembered, result: asked });
        return admissionOf(asked);
      }
    }
  };
}

async function ask(
  { target }: TokenAuthorizer,
  authorizationToken: string,
  methodArn: string,
): Promise<APIGatewayAuthorizerResult | Admission> {
  try {
    return JSON.parse(await target.invoke(JSON.stringify({ type: 'TOKEN', authorizationToken, methodArn }))) as APIGatewayAuthorizerResult;
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    return { kind: 'refused', answer: /: Unauthorized$/.test(error.message) ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE' };
  }
}

function admissionOf({ principalId, policyDocument, context }: APIGatewayAuthorizerResult): Admission {
  const allowed = policyDocument.Statement.every(({ Effect }) => Effect === 'Allow') && policyDocument.Statement.length > 0;
  return allowed
    ? { kind: 'admitted', identity: {}, authorizer: { principalId, ...context } }
    : { kind: 'refused', answer: 'ACCESS_DENIED' };
}

function authorizationOf({ rawHeaders }: GatewayRequest): string {
  const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization');
  return index < 0 ? '' : (rawHeaders[index + 1] ?? '');
}

/**
 * Reads the authorisers of the template, by their ids.
 * @throws Error that names one that asks no function of the stack, or in a way that is not known here
 */
export function readAuthorizers(resources: readonly Resource[], byArn: ReadonlyMap<string, RunningFunction>): Map<string, TokenAuthorizer> {
  const declared = resources.filter(({ type }) => type === 'AWS::ApiGateway::Authorizer');
  return new Map(
    declared.map(({ ref, logicalId, properties }) => {
      const { Type, AuthorizerUri, AuthorizerResultTtlInSeconds = 300, IdentitySource } = properties;
      const target = byArn.get(/\/functions\/(arn:[^/]+)\/invocations$/.exec(String(AuthorizerUri))?.[1] ?? '');
      if (!target || Type !== 'TOKEN' || IdentitySource !== 'method.request.header.Authorization') {
        throw new Error(
          `${logicalId}: an authoriser that is no function of the stack, or that looks at no Authorization header, is not known here`,
        );
      }
      return [ref, { target, remembered: Number(AuthorizerResultTtlInSeconds) * 1_000 }];
    }),
  );
}
