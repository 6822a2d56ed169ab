import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DispatchEnv } from '../functions/dispatch/env.ts';
import type { queueEnv } from '../functions/shared/env/env.ts';
import { LONGEST_FUNCTION_TIMEOUT } from '../functions/shared/job/deadlines.ts';
import { ServiceAlarm } from './alarms.ts';
import { BundledFunction } from './function.ts';
import type { Outbound } from './network.ts';
import type { Provider } from './provider.ts';
import { WorkQueue } from './queue.ts';
import type { StageSettings } from './stage-settings.ts';
import type { JobTable } from './table.ts';

/** Dispatch messages that lie longer than this, in seconds, are late even for a large job behind others. */
const OLDEST_DISPATCH_MESSAGE = 30 * 60;

interface DispatchProps {
  readonly settings: StageSettings;
  readonly table: JobTable;
  readonly provider: Provider;
  readonly outbound: Outbound | undefined;
}

/** The queue of dispatch messages, and the function that makes a call of each. */
export class Dispatch extends Construct {
  readonly #dispatchQueue: WorkQueue;

  constructor(scope: Construct, id: string, { settings, table, provider, outbound }: DispatchProps) {
    super(scope, id);
    const timeout = Duration.millis(LONGEST_FUNCTION_TIMEOUT);
    this.#dispatchQueue = new WorkQueue(this, 'DispatchQueue', {
      settings,
      functionTimeout: timeout,
      dead: {
        title: 'Dead dispatch messages',
        impact: 'The store could not be reached for a long time: batches wait until the sweep queues them again.',
      },
    });
    const handler = new BundledFunction<keyof DispatchEnv>(this, 'Function', {
      name: 'dispatch',
      settings,
      timeout,
      memoryMb: 512,
      loops: true,
      outbound,
      errors: {
        title: 'Dispatch errors',
        impact: 'Calls to the provider may have been cut off: their batches become unknown, or go out late.',
      },
      environment: (granted) => ({
        ...table.grantReadWrite(granted),
        ...provider.grantCall(granted),
        ...this.grantDispatchMessages(granted),
      }),
    });
    this.#dispatchQueue.feed(handler, settings.limits.maxConcurrentCalls);
    this.#watch(settings);
  }

  /** The right to see whether any dispatch message waits. */
  grantCount(principal: IGrantable): void {
    this.#dispatchQueue.grantCount(principal);
  }

  /** The right to queue batches for dispatch. */
  grantDispatchMessages(principal: IGrantable): Record<keyof typeof queueEnv, string> {
    return { DISPATCH_QUEUE_URL: this.#dispatchQueue.grantSend(principal) };
  }

  #watch(settings: StageSettings): void {
    new ServiceAlarm(this, 'LateAlarm', {
      settings,
      title: 'Late dispatch messages',
      impact: 'Recipients get their messages more than half an hour late, and jobs of short validity expire.',
      metric: this.#dispatchQueue.queue.metricApproximateAgeOfOldestMessage({ statistic: 'max' }),
      threshold: OLDEST_DISPATCH_MESSAGE,
    });
    const counter = (metricName: string) =>
      new Metric({
        namespace: 'Sms',
        metricName,
        dimensionsMap: { service: settings.name },
        statistic: 'sum',
        period: Duration.minutes(5),
      });
    new ServiceAlarm(this, 'UnknownAlarm', {
      settings,
      title: 'Unknown batches',
      impact: 'It is not known whether the recipients of a batch got their message; it waits until a person settles it.',
      metric: counter('UnknownBatches'),
      threshold: 1,
    });
    new ServiceAlarm(this, 'ReadersAlarm', {
      settings,
      title: 'Readers disagree',
      impact: 'An answer of the provider is not what it seems to one of two XML readers; its batch is unknown until a person settles it.',
      metric: counter('ReadersDisagree'),
      threshold: 1,
    });
    new ServiceAlarm(this, 'LateAnswerAlarm', {
      settings,
      title: 'Late answers',
      impact: 'The provider answered after a person had settled the batch: if it was sent again, its recipients may have got it twice.',
      metric: counter('LateAnswers'),
      threshold: 1,
    });
  }
}
