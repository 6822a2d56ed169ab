import { Duration, Names, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** A message that goes out again and again. */
export interface RecurringSendProps {
  /** ARN of the bus `sms-<stage>`, in the same region. */
  readonly busArn: string;
  /** A source that the stage names for this account. */
  readonly source: string;
  /** `cron(0 9 ? * MON *)`, `rate(1 day)` or `at(...)`, as EventBridge Scheduler writes them. */
  readonly schedule: string;
  /** IANA zone in which a cron expression is meant; UTC without it. */
  readonly timeZone?: string;
  /** The body of `POST /v1/jobs`. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly enabled?: boolean;
}

/** What Scheduler replaces these words by is the same however often it tries one occurrence, and another for the next. */
const OCCURRENCE = '<aws.scheduler.schedule-arn>@<aws.scheduler.scheduled-time>';
/** How long an occurrence is tried before it is given up: later it would be about another day. */
const LATEST = Duration.hours(1);

/**
 * A recurring send: a schedule of EventBridge Scheduler that puts `Send Requested` on the bus. There is no code behind it; each occurrence
 * has an idempotency key of its own, so that one that is delivered twice is sent once. Needs nothing of this repository but this file.
 */
export class RecurringSend extends Construct {
  /** Occurrences that never reached the bus. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { busArn, source, schedule, timeZone, message, enabled = true }: RecurringSendProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const { account } = Stack.of(this);
    const conditions = { StringEquals: { 'aws:SourceAccount': account } };
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }) });
    const own = { 'ForAllValues:StringEquals': { 'events:source': [source] }, Null: { 'events:source': 'false' } };
    role.addToPolicy(new PolicyStatement({ actions: ['events:PutEvents'], resources: [busArn], conditions: own }));
    this.deadLetters.grant(role, 'sqs:SendMessage');
    new CfnSchedule(this, 'Schedule', {
      name: Names.uniqueResourceName(this, { maxLength: 64 }),
      state: enabled ? 'ENABLED' : 'DISABLED',
      scheduleExpression: schedule,
      ...(timeZone !== undefined && { scheduleExpressionTimezone: timeZone }),
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: busArn,
        roleArn: role.roleArn,
        eventBridgeParameters: { detailType: 'Send Requested', source },
        input: JSON.stringify({ version: 1, idempotencyKey: OCCURRENCE, ...message }),
        retryPolicy: { maximumEventAgeInSeconds: LATEST.toSeconds(), maximumRetryAttempts: 185 },
        deadLetterConfig: { arn: this.deadLetters.queueArn },
      },
    });
  }
}
