import { Validations } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { NetworkSettings } from './stage-settings.ts';

/** What a function needs to go out from the stage's network. */
export interface Outbound {
  readonly vpc: IVpc;
  readonly securityGroups: ISecurityGroup[];
}

/** The subnets from which the functions that call the provider go out, so that it sees one address. */
export class Network extends Construct {
  readonly outbound: Outbound;

  constructor(scope: Construct, id: string, { vpcId, availabilityZones, subnetIds }: NetworkSettings) {
    super(scope, id);
    const zones = { availabilityZones: [...availabilityZones], privateSubnetIds: [...subnetIds] };
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, ...zones });
    // It lets everything out, since DynamoDB and its like have many addresses, and nothing in.
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Functions that call the SMS provider' });
    this.outbound = { vpc, securityGroups: [securityGroup] };
  }
}

/** What Lambda does with a function's role to join it to a network; none of it can name a resource. */
export function grantJoin(role: Role): void {
  const actions = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'DeleteNetworkInterface'];
  const addresses = ['AssignPrivateIpAddresses', 'UnassignPrivateIpAddresses'];
  role.addToPolicy(new PolicyStatement({ actions: [...actions, ...addresses].map((action) => `ec2:${action}`), resources: ['*'] }));
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Lambda makes the network interfaces of a function with its role, and they have no names before they are made.',
  });
}
