import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { scheduleEnv } from '../functions/shared/env/env.ts';
import type { EventsQueue } from './events-queue.ts';
import { DeadLetters } from './queue.ts';
import type { StageSettings } from './stages.ts';

/** The one-off schedules of jobs: their group, the role by which they send to the events queue, and what they could not send. */
export class Schedules extends Construct {
  readonly #group: ScheduleGroup;
  readonly #role: Role;
  readonly #deadLetters: Queue;
  readonly #target: Queue;

  constructor(scope: Construct, id: string, settings: StageSettings, eventsQueue: EventsQueue) {
    super(scope, id);
    const { removal } = settings;
    this.#target = eventsQueue.queue;
    // No schedule outlives its job by long, so the group may go with the stack: jobs that wait are made due by the sweep, if it stays.
    this.#group = new ScheduleGroup(this, 'Group', { scheduleGroupName: `sms-${settings.name}`, removalPolicy: removal });
    this.#deadLetters = new DeadLetters(this, 'DeadLetters', settings, {
      title: 'Dead schedules',
      impact: 'Jobs go out some two minutes after their time, when the sweep finds them.',
    });
    this.#role = this.#createRole();
  }

  /** The right to make and delete schedules of this group, which send by its role and no other. */
  grantSchedule(granted: LambdaFunction): Record<keyof typeof scheduleEnv, string> {
    const { grantPrincipal } = granted;
    const { scheduleGroupName } = this.#group;
    const schedules = Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${scheduleGroupName}/*` });
    const actions = ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'];
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [schedules] }));
    Validations.of(granted.role as Role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${scheduleGroupName}/*]`,
      reason: 'Schedules are named after jobs as these come: the right can name their group and no more.',
    });
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.#role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
    return {
      SCHEDULE_GROUP: this.#group.scheduleGroupName,
      SCHEDULE_TARGET: this.#target.queueArn,
      SCHEDULE_ROLE: this.#role.roleArn,
      SCHEDULE_DEAD_LETTERS: this.#deadLetters.queueArn,
    };
  }

  /** For schedules of this group and account only: Scheduler must not be talked into sending for anybody else. */
  #createRole(): Role {
    const { account } = Stack.of(this);
    const group = this.#group.scheduleGroupArn;
    const conditions = { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group } };
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }) });
    const resources = [this.#target.queueArn, this.#deadLetters.queueArn];
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources }));
    return role;
  }
}
