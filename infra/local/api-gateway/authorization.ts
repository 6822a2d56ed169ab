import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { ACCOUNT, REGION } from '../cloudformation/template.ts';
import { FunctionError } from '../lambda/instance.ts';
import type { Admission } from './admission.ts';
import type { TokenAuthorizer } from './authorizers.ts';
import type { GatewayRequest } from './proxy-event.ts';
import type { Route } from './routes.ts';
import { type AccessKey, verifySignature } from './verify-signature.ts';

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
