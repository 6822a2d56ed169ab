import { Duration, Validations } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ApplicationLoadBalancer, ApplicationProtocol, ApplicationTargetGroup, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LambdaTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { AsmxEnv } from '../functions/asmx/env.ts';
import { asmxRoutes } from '../functions/asmx/routes.ts';
import { type Api, handlerTimeout } from './api.ts';
import { BundledFunction } from './function.ts';
import type { Outbound } from './network.ts';
import type { Provider } from './provider.ts';
import type { AsmxSettings, BalancerSettings, StageSettings } from './stage-settings.ts';
import type { JobTable } from './table.ts';

interface AsmxProps {
  readonly settings: StageSettings;
  readonly asmx: AsmxSettings;
  readonly api: Api;
  readonly table: JobTable;
  readonly provider: Provider;
  readonly outbound: Outbound | undefined;
}

/** The drop-in CustomSend endpoint: one function behind the API's unsigned route and, by stage, behind a load balancer. */
export class Asmx extends Construct {
  constructor(scope: Construct, id: string, { settings, asmx, api, table, provider, outbound }: AsmxProps) {
    super(scope, id);
    const { tokens, repeatWindowSeconds, loadBalancer } = asmx;
    const handler = new BundledFunction<keyof AsmxEnv>(this, 'Function', {
      name: 'asmx',
      settings,
      timeout: handlerTimeout,
      memoryMb: 1024,
      outbound,
      errors: {
        title: 'Drop-in errors',
        impact: 'Old callers got no answer, and a call to the provider may have been cut off and become unknown.',
      },
      environment: (granted) => ({
        ...table.grantReadWrite(granted),
        ...(tokens === 'own' ? provider.grantCall(granted) : provider.grantCallWithoutToken(granted)),
        ASMX_TOKENS: tokens === 'own' ? 'own' : 'pass-through',
        ASMX_CALLER: tokens === 'own' ? '' : tokens.passThroughFor,
        ASMX_REPEAT_WINDOW_SECONDS: String(repeatWindowSeconds),
      }),
    });
    api.serveUnsigned(handler, asmxRoutes);
    if (loadBalancer) new Balancer(this, 'Balancer', loadBalancer, handler);
  }
}

/** Plain HTTP in front of the same function, inside a network, for callers that cannot do TLS 1.2. It carries bodies of 1 MB. */
class Balancer extends Construct {
  constructor(scope: Construct, id: string, settings: BalancerSettings, handler: IFunction) {
    super(scope, id);
    const { vpcId, availabilityZones, subnetIds, port, ipRanges } = settings;
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId,
      availabilityZones: [...availabilityZones],
      privateSubnetIds: [...subnetIds],
    });
    // It opens no connections: a function is reached through Lambda's own address.
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      allowAllOutbound: false,
      description: 'Drop-in CustomSend endpoint',
    });
    for (const range of ipRanges) securityGroup.addIngressRule(Peer.ipv4(range), Port.tcp(port));
    const balancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      internetFacing: false,
      securityGroup,
      // A request that is being sent must not be cut off before the function's own end.
      idleTimeout: Duration.seconds(60),
      dropInvalidHeaderFields: true,
    });
    const group = new ApplicationTargetGroup(this, 'Targets', {
      targetType: TargetType.LAMBDA,
      targets: [new LambdaTarget(handler)],
      multiValueHeadersEnabled: true,
    });
    balancer.addListener('Listener', { port, protocol: ApplicationProtocol.HTTP, open: false, defaultTargetGroups: [group] });
    Validations.of(balancer).acknowledge({
      id: 'AwsSolutions-ELB2',
      reason: 'Its access log would hold the query of HTTP GET, so tokens, texts and phones; the function logs each request without them.',
    });
  }
}
