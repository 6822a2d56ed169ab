import { Duration, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  type IRestApi,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  type MethodOptions,
  RestApi,
  type Stage,
} from 'aws-cdk-lib/aws-apigateway';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { API_FUNCTION_TIMEOUT, GATEWAY_TIMEOUT } from '../functions/shared/job/deadlines.ts';
import { ServiceAlarm } from './alarms.ts';
import { keyOf } from './encryption.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { resourcePolicy } from './resource-policy.ts';
import type { StageSettings } from './stage-settings.ts';

/** One route of a function, as its routes.ts lists it. */
interface Route {
  readonly method: string;
  /** With `{name}` for a segment that varies. */
  readonly path: string;
}

/** What a function behind the gateway has: less than the gateway's own limit, so that the answer is ours and not its 504. */
export const handlerTimeout = Duration.millis(API_FUNCTION_TIMEOUT);

/**
 * Every type counts as binary, so that bytes come and go unharmed in whatever charset they are. A list would not do: the gateway looks
 * at the request's Content-Type for what comes in but at the first type of its Accept header for what goes out, and a caller that
 * sends no Accept, or one that starts with text/html, would get a GBK answer decoded as UTF-8.
 */
const binaryMediaTypes = ['*/*'];

/** This many answers of 500 and above within five minutes are no accident. */
const SERVER_ERRORS = 5;

/** Who asked for what and how it went. The route instead of the path, and no addresses: job ids and phones stay out of this log. */
const accessLog = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    at: AccessLogField.contextRequestTimeEpoch(),
    caller: AccessLogField.contextIdentityUserArn(),
    principal: AccessLogField.contextAuthorizerPrincipalId(),
    method: AccessLogField.contextHttpMethod(),
    route: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    milliseconds: AccessLogField.contextResponseLatency(),
    integrationError: AccessLogField.contextIntegrationErrorMessage(),
    authorizeError: AccessLogField.contextAuthorizeError(),
  }),
);

/** The regional REST API: every method under the stage's authorization, handed to a function as it came. */
export class Api extends Construct {
  readonly #api: RestApi;
  readonly #stageName: string;

  constructor(scope: Construct, id: string, { settings }: { settings: StageSettings }) {
    super(scope, id);
    this.#stageName = settings.name;
    const { logRetention: retention, removal: removalPolicy } = settings;
    const log = new LogGroup(this, 'AccessLog', { retention, removalPolicy, encryptionKey: keyOf(this, settings) });
    this.#api = new RestApi(this, 'RestApi', {
      restApiName: `sms-${settings.name}`,
      endpointTypes: [EndpointType.REGIONAL],
      binaryMediaTypes,
      policy: resourcePolicy(settings),
      // The gateway's right to write logs is one setting for all APIs of a region: it must not go with this stack.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      defaultMethodOptions: { authorizationType: settings.authorization === 'none' ? AuthorizationType.NONE : AuthorizationType.IAM },
      deployOptions: {
        stageName: settings.name,
        throttlingRateLimit: settings.throttle.requestsPerSecond,
        throttlingBurstLimit: settings.throttle.burst,
        accessLogDestination: new LogGroupLogDestination(log),
        accessLogFormat: accessLog,
      },
    });
    // Its output would have a name that changes with where the service stands; the stack has one of its own.
    this.#api.node.tryRemoveChild('Endpoint');
    new ServiceAlarm(this, 'ErrorsAlarm', {
      settings,
      title: 'API errors',
      impact: 'Callers get answers of 500 and above: they cannot send, or do not know whether they did until they ask again.',
      metric: this.#api.metricServerError({ statistic: 'sum' }),
      threshold: SERVER_ERRORS,
    });
    if (settings.webAclArn !== null) {
      const { webAclArn } = settings;
      new CfnWebACLAssociation(this, 'Firewall', { webAclArn, resourceArn: this.#api.deploymentStage.stageArn });
    }
    addGatewayResponses(this.#api);
    this.#acknowledge();
  }

  /** The address of the deployed stage, without a final slash. */
  get url(): string {
    return this.addressOf('');
  }

  /** The API, for what stands before it. */
  get restApi(): IRestApi {
    return this.#api;
  }

  get stage(): Stage {
    return this.#api.deploymentStage;
  }

  /** Hands these routes to a function. One permission serves them all: one for each would outgrow the function's policy. */
  serve(handler: IFunction, routes: readonly Route[], options?: MethodOptions): Method[] {
    const integration = new LambdaIntegration(handler, { timeout: Duration.millis(GATEWAY_TIMEOUT), scopePermissionToMethod: false });
    return routes.map(({ method, path }) => this.#api.root.resourceForPath(path).addMethod(method, integration, options));
  }

  /**
   * Hands a function what its routes leave over: other methods of their paths, and paths that are none. It answers 404, 405 and OPTIONS.
   * @param paths greedy ones included, such as `/{proxy+}`
   */
  serveRest(handler: IFunction, paths: readonly string[], options?: MethodOptions): void {
    this.serve(
      handler,
      paths.map((path) => ({ method: 'ANY', path })),
      options,
    );
  }

  /** The same for routes that ask for no signature; who may reach them is the resource policy's matter. */
  serveUnsigned(handler: IFunction, routes: readonly Route[]): void {
    const reason = "Old callers cannot sign: the API's resource policy names the addresses that may come here, and callers bring a token.";
    for (const method of this.serve(handler, routes, { authorizationType: AuthorizationType.NONE })) {
      Validations.of(method).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    }
  }

  /** The deployed address of a path, from the API's id and the stage's name alone: it does not wait for the deployment. */
  addressOf(path: string): string {
    const { region, urlSuffix } = Stack.of(this);
    return Fn.join('', ['https://', this.#api.restApiId, '.execute-api.', region, '.', urlSuffix, '/', this.#stageName, path]);
  }

  /** Lets a principal make these calls with SigV4; their paths are written out, `{name}` would stand for itself. */
  grantCall({ grantPrincipal }: IGrantable, calls: readonly Route[]): void {
    const resources = calls.map(({ method, path }) => this.#api.arnForExecuteApi(method, path, this.#stageName));
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['execute-api:Invoke'], resources }));
  }

  /** Findings of AwsSolutions that do not fit, each with its reason; everything else ends the synthesis. */
  #acknowledge(): void {
    const findings = {
      'AwsSolutions-COG4': 'Callers are services: they sign with SigV4, they are no users of a pool.',
      'AwsSolutions-APIG2': 'The function validates, and answers one problem document that names every wrong field.',
      'AwsSolutions-APIG3': 'A firewall belongs to the accounts and stages that have one; every method asks for SigV4.',
      'AwsSolutions-APIG6': 'Execution logs would hold bodies, so texts and phones; the access log and the functions tell the rest.',
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
        "The account's one role for gateway logs is shared by all APIs of the region, and this is the policy made for it.",
    };
    for (const [id, reason] of Object.entries(findings)) Validations.of(this.#api).acknowledge({ id, reason });
  }
}
