import { RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { scheduleEnv } from '../functions/shared/env/env.ts';
import { grantKey } from './encryption.ts';
import type { EventsQueue } from './events-queue.ts';
import { DeadLetters } from './queue.ts';
import type { StageSettings } from './stage-settings.ts';

/** A region or account as the checks write it: they name a stack's own where the stack does not. */
const known = (value: string, parameter: string) => (Token.isUnresolved(value) ? `<AWS::${parameter}>` : value);

interface SchedulesProps {
  readonly settings: StageSettings;
  readonly eventsQueue: EventsQueue;
}

/** The one-off schedules of jobs: their group, the role by which they send to the events queue, and what they could not send. */
export class Schedules extends Construct {
  readonly #settings: StageSettings;
  readonly #group: ScheduleGroup;
  readonly #role: Role;
  readonly #deadLetters: Queue;
  readonly #target: Queue;

  constructor(scope: Construct, id: string, { settings, eventsQueue }: SchedulesProps) {
    super(scope, id);
    this.#settings = settings;
    this.#target = eventsQueue.queue;
    // It goes with the stack in every stage: no function would be left that its schedules could invoke. Its name is generated, so that
    // a stack of another name has another group.
    this.#group = new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    this.#deadLetters = new DeadLetters(this, 'DeadLetters', {
      settings,
      dead: { title: 'Dead schedules', impact: 'Jobs go out some two minutes after their time, when the sweep finds them.' },
    });
    this.#role = this.#createRole();
  }

  /** The right to make and delete schedules of this group, which send by its role and no other. */
  grantSchedule(granted: LambdaFunction): Record<keyof typeof scheduleEnv, string> {
    const { grantPrincipal } = granted;
    const { scheduleGroupName } = this.#group;
    const stack = Stack.of(this);
    const schedules = stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${scheduleGroupName}/*` });
    const actions = ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'];
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [schedules] }));
    Validations.of(granted.role as Role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:${known(stack.region, 'Region')}:${known(stack.account, 'AccountId')}:schedule/${scheduleGroupName}/*]`,
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

  /** For schedules of this group and account only: Scheduler must not be talked into sending for another account. */
  #createRole(): Role {
    const { account } = Stack.of(this);
    const group = this.#group.scheduleGroupArn;
    const conditions = { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group } };
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }) });
    const resources = [this.#target.queueArn, this.#deadLetters.queueArn];
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources }));
    grantKey(role, this.#settings);
    return role;
  }
}
