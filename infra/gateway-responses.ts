import { type GatewayResponseOptions, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { PROBLEM_PAGE, PROBLEM_TYPES, type ProblemType } from '../functions/shared/problem/problem.ts';

/** What the gateway answers by itself, before or after a function: the type of its answer, our problem, and what a caller can do. */
const GATEWAY_ANSWERS: readonly [name: string, type: ResponseType, code: ProblemType, detail: string][] = [
  ['NotSigned', ResponseType.MISSING_AUTHENTICATION_TOKEN, 'not-signed', 'Sign the request with SigV4 for the service execute-api.'],
  ['WrongSignature', ResponseType.INVALID_SIGNATURE, 'not-allowed', 'The signature does not fit: look at key, region, clock and body.'],
  ['ExpiredToken', ResponseType.EXPIRED_TOKEN, 'not-allowed', 'The credentials that signed the request have expired.'],
  ['AccessDenied', ResponseType.ACCESS_DENIED, 'not-allowed', 'No policy lets this caller do this.'],
  [
    'Unauthorized',
    ResponseType.UNAUTHORIZED,
    'credentials-refused',
    'Send the header Authorization: Bearer, with a key or token that is valid.',
  ],
  ['AuthorizerFailure', ResponseType.AUTHORIZER_FAILURE, 'unavailable', 'The caller could not be identified. Send the same request again.'],
  [
    'AuthorizerBroken',
    ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
    'unavailable',
    'The caller could not be identified. Send the same request again.',
  ],
  ['RequestTooLarge', ResponseType.REQUEST_TOO_LARGE, 'body-too-large', 'More recipients go into a file: POST /v1/uploads.'],
  ['Throttled', ResponseType.THROTTLED, 'too-many-requests', 'Nothing was stored or sent. Send the same request again a little later.'],
  ['NoAnswer', ResponseType.INTEGRATION_FAILURE, 'no-answer', 'Send the same request with the same key again: nothing is sent twice.'],
  ['TooLate', ResponseType.INTEGRATION_TIMEOUT, 'answer-too-late', 'Send the same request with the same key again: nothing is sent twice.'],
  ['Other4xx', ResponseType.DEFAULT_4XX, 'invalid-request', 'The gateway could not read the request.'],
  ['Other5xx', ResponseType.DEFAULT_5XX, 'no-answer', 'Send the same request with the same key again: nothing is sent twice.'],
];

/** Seconds after which a request that was throttled may come again. */
const RETRY_AFTER = 1;

/** Has the gateway's own answers written as problem documents, as the function writes them. */
export function addGatewayResponses(api: RestApi): void {
  for (const [name, type, code, detail] of GATEWAY_ANSWERS) api.addGatewayResponse(name, gatewayResponse(type, code, detail));
}

function gatewayResponse(type: ResponseType, code: ProblemType, detail: string): GatewayResponseOptions {
  const { status, title, retry } = PROBLEM_TYPES[code];
  const document = {
    type: `https://$context.domainName/$context.stage${PROBLEM_PAGE}#${code}`,
    code,
    title,
    status,
    detail,
    retry,
    requestId: '$context.requestId',
  };
  return {
    type,
    statusCode: String(status),
    responseHeaders: {
      'Cache-Control': "'no-store'",
      'X-Request-Id': 'context.requestId',
      ...(type === ResponseType.UNAUTHORIZED && { 'WWW-Authenticate': "'Bearer'" }),
      ...(retry && { 'Retry-After': `'${RETRY_AFTER}'` }),
    },
    // The gateway chooses a template by the type that the caller accepts; what fits none gets the first.
    templates: { 'application/problem+json': JSON.stringify(document), 'application/json': JSON.stringify(document) },
  };
}
