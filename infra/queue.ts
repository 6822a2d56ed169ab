import { Duration, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Impact, ServiceAlarm } from './alarms.ts';
import { maxConcurrencyOf } from './concurrency.ts';
import { keyOf } from './encryption.ts';
import type { StageSettings } from './stage-settings.ts';

/** SQS lets a message that is being worked on rest for six times its function's time-out, as AWS advises for event sources. */
const VISIBILITY_FACTOR = 6;
/** How often a message may fail before a person has to look at it. */
const MAX_RECEIVE_COUNT = 5;

/** What every queue of the stack is. */
function queueProps(scope: Construct, settings: StageSettings): QueueProps {
  const encryptionMasterKey = keyOf(scope, settings);
  return {
    ...(encryptionMasterKey ? { encryption: QueueEncryption.KMS, encryptionMasterKey } : { encryption: QueueEncryption.SQS_MANAGED }),
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy: settings.removal,
  };
}

interface DeadLettersProps {
  readonly settings: StageSettings;
  /** Who is affected by a message that is given up. */
  readonly dead: Impact;
}

/** A queue of what was given up, for a person to look at. It rings as soon as there is anything. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string, { settings, dead }: DeadLettersProps) {
    super(scope, id, queueProps(scope, settings));
    const metric = this.metricApproximateNumberOfMessagesVisible({ statistic: 'max' });
    new ServiceAlarm(this, 'Alarm', { settings, ...dead, metric, threshold: 1 });
    Validations.of(this).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It holds the dead letters of others, and people read it.' });
  }
}

interface WorkQueueProps extends DeadLettersProps {
  /** Of the function that is fed by it. */
  readonly functionTimeout: Duration;
}

/** A queue whose messages invoke one function, one at a time; what fails again and again waits in a queue of its own for a person. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string, { settings, functionTimeout, dead }: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, 'DeadLetters', { settings, dead });
    this.queue = new Queue(this, 'Queue', {
      ...queueProps(this, settings),
      visibilityTimeout: Duration.seconds(functionTimeout.toSeconds() * VISIBILITY_FACTOR),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /**
   * @param messages worked on at once, as far as SQS can tell
   * @param batch how many messages one invocation gets at most, and how long it waits for them; one by one unless given
   */
  feed(handler: LambdaFunction, messages: number, batch?: { size: number; window: Duration }): void {
    // What SqsEventSource makes, without the right to look up the queue's URL, which Lambda does not use.
    const polling = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'];
    const grant = this.queue.grant(handler, ...polling);
    const mapping = handler.addEventSourceMapping(`${this.node.id}Messages`, {
      eventSourceArn: this.queue.queueArn,
      batchSize: batch?.size ?? 1,
      ...(batch && { maxBatchingWindow: batch.window }),
      reportBatchItemFailures: true,
      maxConcurrency: maxConcurrencyOf(messages),
    });
    // Lambda refuses a mapping of a queue that the function may not read.
    grant.applyBefore(mapping);
  }

  /** The right to send. @returns the queue's URL */
  grantSend(grantee: IGrantable): string {
    this.queue.grant(grantee, 'sqs:SendMessage');
    return this.queue.queueUrl;
  }

  /** The right to see how many messages wait. */
  grantCount(grantee: IGrantable): void {
    this.queue.grant(grantee, 'sqs:GetQueueAttributes');
  }
}
