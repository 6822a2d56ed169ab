import { Duration, SecretValue } from 'aws-cdk-lib';
import { ApiDestination, Authorization, Connection, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { ApiDestination as ApiDestinationTarget } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { SOURCE } from '../functions/shared/event/event-names.ts';
import { DeadLetters } from './queue.ts';
import type { DeliverySettings, StageSettings } from './stage-settings.ts';

interface DeliveryProps {
  readonly settings: StageSettings;
  readonly bus: IEventBus;
  readonly delivery: DeliverySettings;
}

/** Events that go to an HTTPS address outside of AWS. EventBridge makes the requests, and repeats them; there is no code of ours. */
export class Delivery extends Construct {
  constructor(scope: Construct, id: string, { settings, bus, delivery }: DeliveryProps) {
    super(scope, id);
    const { name, url, header, perSecond, events, callers, hours } = delivery;
    const deadLetterQueue = new DeadLetters(this, 'DeadLetters', {
      settings,
      dead: {
        title: 'Dead deliveries',
        impact: `${name} was not told how jobs ended: its address refused the events, or did not answer.`,
      },
    });
    const connection = new Connection(this, 'Connection', {
      connectionName: `sms-${settings.name}-${name}`,
      authorization: Authorization.apiKey(header.name, SecretValue.secretsManager(header.secret)),
    });
    const destination = new ApiDestination(this, 'Destination', {
      apiDestinationName: `sms-${settings.name}-${name}`,
      connection,
      endpoint: url,
      rateLimitPerSecond: perSecond,
    });
    new Rule(this, 'Rule', {
      description: `Events to ${name}`,
      eventBus: bus,
      eventPattern: { source: [SOURCE], detailType: [...events], ...(callers && { detail: { caller: [...callers] } }) },
      targets: [new ApiDestinationTarget(destination, { deadLetterQueue, maxEventAge: Duration.hours(hours), retryAttempts: 185 })],
    });
  }
}
