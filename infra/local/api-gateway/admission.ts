import type { APIGatewayProxyEvent } from 'aws-lambda';

/** What the function behind a route learns of the caller. */
type Identity = Partial<Pick<APIGatewayProxyEvent['requestContext']['identity'], 'userArn' | 'accessKey'>>;

/** How a request is to go on. `refused`: the type of the gateway's own answer. */
export type Admission =
  | { kind: 'admitted'; identity: Identity; authorizer: Record<string, unknown> | null }
  | {
      kind: 'refused';
      answer: 'MISSING_AUTHENTICATION_TOKEN' | 'INVALID_SIGNATURE' | 'UNAUTHORIZED' | 'ACCESS_DENIED' | 'AUTHORIZER_FAILURE';
    };
