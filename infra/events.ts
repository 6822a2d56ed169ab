import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { EventsEnv } from '../functions/events/env.ts';
import type { EventSources } from '../functions/shared/env/event-sources.ts';
import { REQUESTED, SOURCE } from '../functions/shared/event/event-names.ts';
import { ServiceAlarm } from './alarms.ts';
import { Delivery } from './delivery.ts';
import type { Dispatch } from './dispatch.ts';
import { type EventsQueue, eventsTimeout } from './events-queue.ts';
import { BundledFunction } from './function.ts';
import type { Provider } from './provider.ts';
import { WorkQueue } from './queue.ts';
import { Schedules } from './schedules.ts';
import type { StageSettings } from './stage-settings.ts';
import type { JobTable } from './table.ts';
import type { Uploads } from './uploads.ts';

/** Events of several jobs go to the bus in one request: it takes ten entries. A job's time is looked at up to a second later. */
const EVENTS_BATCH = { size: 10, window: Duration.seconds(1) };

interface EventsProps {
  readonly settings: StageSettings;
  readonly table: JobTable;
  readonly provider: Provider;
  readonly dispatch: Dispatch;
  readonly uploads: Uploads;
  readonly eventsQueue: EventsQueue;
}

/**
 * A request has the sources of all its entries: each of them must be one of these, and there must be one. `StringEquals` alone would let
 * an entry through beside an allowed one.
 */
const allSourcesIn = (sources: readonly string[]) => ({
  'ForAllValues:StringEquals': { 'events:source': [...sources] },
  Null: { 'events:source': 'false' },
});

/** The bus, the function that takes requests from it and puts events about jobs on it, and the schedules of jobs. */
export class Events extends Construct {
  readonly bus: EventBus;
  readonly #sources: EventSources;

  constructor(scope: Construct, id: string, { settings, table, provider, dispatch, uploads, eventsQueue }: EventsProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    this.#sources = settings.events.sources.map((source) => ({ account, ...source }));
    this.bus = new EventBus(this, 'Bus', { eventBusName: `sms-${settings.name}` });
    this.#admit();
    const requests = this.#createRequests(settings);
    const schedules = new Schedules(this, 'Schedules', { settings, eventsQueue });
    const handler = new BundledFunction<keyof EventsEnv>(this, 'Function', {
      name: 'events',
      settings,
      timeout: eventsTimeout,
      memoryMb: 512,
      loops: true,
      errors: { title: 'Events errors', impact: 'Requests that come as events, scheduled jobs and events about jobs are late.' },
      environment: (granted) => ({
        ...table.grantReadWrite(granted),
        ...dispatch.grantDispatchMessages(granted),
        ...uploads.grantTask(granted),
        ...provider.orderRules(),
        ...schedules.grantSchedule(granted),
        ...this.#grantPut(granted),
        ...this.sources(),
      }),
    });
    requests.feed(handler, settings.concurrency.requests);
    eventsQueue.feed(handler, settings.concurrency.events, EVENTS_BATCH);
    for (const delivery of settings.events.deliveries) {
      new Delivery(this, `Delivery-${delivery.name}`, { settings, bus: this.bus, delivery });
    }
    this.#watch(settings);
  }

  /** Where requests may come from, and who owns what they become, for a function that has to know. */
  sources(): Pick<Record<keyof EventsEnv, string>, 'EVENT_SOURCES'> {
    return { EVENT_SOURCES: JSON.stringify(this.#sources) };
  }

  #grantPut({ grantPrincipal }: IGrantable): Pick<Record<keyof EventsEnv, string>, 'EVENT_BUS_NAME'> {
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn], conditions: allSourcesIn([SOURCE]) }),
    );
    return { EVENT_BUS_NAME: this.bus.eventBusName };
  }

  /**
   * Lets the accounts of the stage put events under the sources that it names for them. Within its own account a role with a wider
   * right of its own may put under any source, so the function looks again.
   */
  #admit(): void {
    for (const account of new Set(this.#sources.map((source) => source.account))) {
      const sources = this.#sources.filter((source) => source.account === account).map(({ source }) => source);
      this.bus.addToResourcePolicy(
        new PolicyStatement({
          sid: account === Stack.of(this).account ? 'PutFromOwnAccount' : `PutFrom${account}`,
          principals: [new AccountPrincipal(account)],
          actions: ['events:PutEvents'],
          resources: [this.bus.eventBusArn],
          conditions: allSourcesIn(sources),
        }),
      );
    }
  }

  /** Every request, whatever its source: the function refuses what may not ask, and says so. */
  #createRequests(settings: StageSettings): WorkQueue {
    const requests = new WorkQueue(this, 'Requests', {
      settings,
      functionTimeout: eventsTimeout,
      dead: {
        title: 'Dead requests',
        impact: 'Requests that came as events are not sent, and their callers have not been told.',
      },
    });
    new Rule(this, 'RequestRule', {
      description: 'Requests to send, to the function that makes jobs of them',
      eventBus: this.bus,
      eventPattern: { detailType: [REQUESTED] },
      targets: [new SqsQueue(requests.queue, { deadLetterQueue: requests.deadLetters })],
    });
    return requests;
  }

  #watch(settings: StageSettings): void {
    new ServiceAlarm(this, 'UnauthorisedAlarm', {
      settings,
      title: 'Requests from unauthorised sources',
      impact: 'An application asks by events from an account or under a source that the stage does not name; nothing of it is sent.',
      metric: new Metric({
        namespace: 'Sms',
        metricName: 'UnauthorisedSources',
        dimensionsMap: { service: settings.name },
        statistic: 'sum',
        period: Duration.minutes(5),
      }),
      threshold: 1,
    });
  }
}
