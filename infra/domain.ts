import { DomainName, EndpointType, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { Api } from './api.ts';
import type { DomainSettings } from './stage-settings.ts';

interface DomainProps {
  readonly domain: DomainSettings;
  readonly api: Api;
}

/** A name of the team's own before the API. Its paths begin without the stage. */
export class Domain extends Construct {
  readonly url: string;
  /** What a record of the name must lead to, where this stack does not make it. */
  readonly target: string;

  constructor(scope: Construct, id: string, { domain, api }: DomainProps) {
    super(scope, id);
    const { name, certificateArn, hostedZone } = domain;
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const domainName = new DomainName(this, 'Name', {
      domainName: name,
      certificate,
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    domainName.addBasePathMapping(api.restApi, { stage: api.stage });
    this.url = `https://${name}`;
    this.target = domainName.domainNameAliasDomainName;
    if (hostedZone === null) return;
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: hostedZone.id, zoneName: hostedZone.name });
    new ARecord(this, 'Record', { zone, recordName: name, target: RecordTarget.fromAlias(new ApiGatewayDomain(domainName)) });
  }
}
