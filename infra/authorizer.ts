import { Duration } from 'aws-cdk-lib';
import { AuthorizationType, IdentitySource, type MethodOptions, TokenAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { AuthorizerEnv } from '../functions/authorizer/env.ts';
import { BundledFunction } from './function.ts';
import type { StageSettings } from './stage-settings.ts';
import type { JobTable } from './table.ts';

/** How long the gateway remembers a key or token. A revoked key is refused within a minute; this leaves half of it for everything else. */
const REMEMBERED = Duration.seconds(30);
const TIMEOUT = Duration.seconds(10);

interface AuthorizerProps {
  readonly settings: StageSettings & { readonly authorization: 'jwt' | 'key' };
  readonly table: JobTable;
}

/**
 * The authoriser of stages whose callers bring keys or tokens. REST APIs verify tokens of Cognito only by themselves, so that a function
 * does. It has no alarm of its own: it refuses by an error, as API Gateway wants it, and what it fails at counts as errors of the API.
 */
class Authorizer extends Construct {
  /** For methods that ask for it. */
  readonly methodOptions: MethodOptions;

  constructor(scope: Construct, id: string, { settings, table }: AuthorizerProps) {
    super(scope, id);
    const handler = new BundledFunction<keyof AuthorizerEnv>(this, 'Function', {
      name: 'authorizer',
      settings,
      timeout: TIMEOUT,
      memoryMb: 512,
      environment: (granted) => ({
        ...(settings.authorization === 'key' ? table.grantReadKeys(granted) : { TABLE_NAME: table.name }),
        AUTHORIZATION: settings.authorization,
        JWT: JSON.stringify(settings.jwt),
      }),
    });
    const authorizer = new TokenAuthorizer(this, 'Token', {
      handler,
      identitySource: IdentitySource.header('Authorization'),
      resultsCacheTtl: REMEMBERED,
    });
    this.methodOptions = { authorizer, authorizationType: AuthorizationType.CUSTOM };
  }
}

/** What methods of the API ask for, where that is not what the gateway asks by itself. */
export function signInOf(scope: Construct, settings: StageSettings, table: JobTable): MethodOptions | undefined {
  const { authorization } = settings;
  if (authorization === 'iam' || authorization === 'none') return undefined;
  return new Authorizer(scope, 'Authorizer', { settings: { ...settings, authorization }, table }).methodOptions;
}
