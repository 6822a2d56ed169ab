import type { Resource } from '../cloudformation/template.ts';
import type { RunningFunction } from '../lambda/running-function.ts';

/** What a method of the template asks of its callers. */
export type SignIn = { type: 'NONE' } | { type: 'AWS_IAM' } | { type: 'CUSTOM'; authorizer: TokenAuthorizer };

/** An authoriser of the template that is a function of the stack. */
export interface TokenAuthorizer {
  target: RunningFunction;
  /** Milliseconds for which an answer is remembered. */
  remembered: number;
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
