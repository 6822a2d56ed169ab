import { Duration, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type AlarmProps, ServiceAlarm } from './alarms.ts';
import type { StageSettings } from './stages.ts';

/** SQS lets a message that is being worked on rest for six times its function's time-out, as AWS advises for event sources. */
const VISIBILITY_FACTOR = 6;
/** How often a message may fail before a person has to look at it. */
const MAX_RECEIVE_COUNT = 5;

/** What every queue of the stack is. */
const queueProps = ({ removal }: StageSettings): QueueProps => ({
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
  removalPolicy: removal,
});

/** A queue of what was given up, for a person to look at. It rings as soon as there is anything. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string, settings: StageSettings, dead: Pick<AlarmProps, 'title' | 'impact'>) {
    super(scope, id, queueProps(settings));
    const metric = this.metricApproximateNumberOfMessagesVisible({ statistic: 'max' });
    new ServiceAlarm(this, 'Alarm', settings, { ...dead, metric, threshold: 1 });
    Validations.of(this).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It holds the dead letters of others, and people read it.' });
  }
}

interface WorkQueueProps {
  readonly settings: StageSettings;
  /** Of the function that is fed by it. */
  readonly functionTimeout: Duration;
  /** Who is hurt by a message that is given up. */
  readonly dead: Pick<AlarmProps, 'title' | 'impact'>;
}

/** A queue whose messages wake up one function, one at a time; what fails again and again waits in a queue of its own for a person. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string, { settings, functionTimeout, dead }: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, 'DeadLetters', settings, dead);
    this.queue = new Queue(this, 'Queue', {
      ...queueProps(settings),
      visibilityTimeout: Duration.seconds(functionTimeout.toSeconds() * VISIBILITY_FACTOR),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /**
   * @param maxConcurrency invocations at once; SQS knows nothing below 2 and above 1,000
   * @param batch how many messages one invocation gets at most, and how long it waits for them; one by one unless given
   */
  feed(handler: LambdaFunction, maxConcurrency: number, batch?: { size: number; window: Duration }): void {
    handler.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: batch?.size ?? 1,
        ...(batch && { maxBatchingWindow: batch.window }),
        reportBatchItemFailures: true,
        maxConcurrency: Math.min(1_000, Math.max(2, maxConcurrency)),
      }),
    );
  }

  /** The right to send, and to see how many wait. @returns the queue's URL */
  grantSend({ grantPrincipal }: IGrantable): string {
    const actions = ['sqs:SendMessage', 'sqs:GetQueueAttributes'];
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [this.queue.queueArn] }));
    return this.queue.queueUrl;
  }
}
