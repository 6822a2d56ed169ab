import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SmsService } from './sms-service.ts';
import type { StageSettings } from './stage-settings.ts';

/** A stack of its own for one stage, with the outputs that the pages name. */
export class SmsStack extends Stack {
  /** @param props go before what the settings say */
  constructor(scope: Construct, settings: StageSettings, props: StackProps = {}) {
    super(scope, `sms-${settings.name}`, {
      description: `SMS sending service, stage ${settings.name}`,
      terminationProtection: settings.protected,
      ...(settings.region !== null && { env: { region: settings.region } }),
      ...props,
    });
    const service = new SmsService(this, 'Sms', settings);
    const outputs: Record<string, [description: string, value: string | undefined]> = {
      ApiUrl: ['Address of the API', service.url],
      EventBusArn: ['Bus for requests and for events about jobs', service.bus.eventBusArn],
      TokenSecret: ["Where the provider's token belongs", service.tokenSecretArn],
      TokensTable: ['Where `npm run token` keeps tokens of the drop-in endpoint', settings.asmx ? service.tokensTable : undefined],
      DomainTarget: ['What the record of the domain must lead to', service.domainTarget],
    };
    for (const [name, [description, value]] of Object.entries(outputs)) {
      if (value !== undefined) new CfnOutput(this, name, { description, value });
    }
  }
}
