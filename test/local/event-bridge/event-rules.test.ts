import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { eventBridgeAt, schedulerAt, scheduleTo } from '../../support/event-engines.ts';
import { type Resources, temporaryFolder } from '../fixture.ts';
import { messaging, notes, startMessaging } from '../messaging.ts';

let data: ReturnType<typeof temporaryFolder>;
let system: LocalSystem | undefined;
beforeEach(() => {
  data = temporaryFolder();
});
afterEach(async () => {
  await system?.stop();
  data.remove();
});

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Principal: { Service: 'events.amazonaws.com' }, Resource: arn('Messages') };

const policy = (queue: string, Statement: object[]) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: { Queues: [{ Ref: queue }], PolicyDocument: { Version: '2012-10-17', Statement } },
});

/** A bus, a rule that leads from it to the queue of the worker, and a schedule group. */
function eventful(rule: object = {}, Statement: object[] = [statement]): Resources {
  return {
    ...messaging(),
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'sms-fixture' } },
    BusPolicy: { Type: 'AWS::Events::EventBusPolicy', Properties: { EventBusName: { Ref: 'Bus' }, StatementId: 'x' } },
    Requests: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: { Ref: 'Bus' },
        EventPattern: { 'detail-type': ['Send Requested'] },
        Targets: [{ Id: 'queue', Arn: arn('Messages'), DeadLetterConfig: { Arn: arn('Unsent') } }],
        ...rule,
      },
    },
    Unsent: { Type: 'AWS::SQS::Queue' },
    QueuePolicy: policy('Messages', Statement),
    UnsentPolicy: policy('Unsent', [{ ...statement, Resource: arn('Unsent') }]),
    Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'sms-fixture' } },
  };
}

it("an event on the template's bus reaches the function of its rule, and a schedule finds the template's group", async () => {
  system = await startMessaging(data.folder, {}, eventful());
  // By the addresses that functions are given, which lead through IAM to the engines.
  const [{ AWS_ENDPOINT_URL_EVENTBRIDGE = '', AWS_ENDPOINT_URL_SCHEDULER = '' } = {}] = [...system.functions.values()].map(
    ({ spec }) => spec.environment,
  );
  const [events, schedules] = [eventBridgeAt(AWS_ENDPOINT_URL_EVENTBRIDGE), schedulerAt(AWS_ENDPOINT_URL_SCHEDULER)];
  const EventBusName = 'sms-fixture';
  const entry = (DetailType: string) => ({ EventBusName, Source: 'crm', DetailType, Detail: '{}' });
  await events.send(new PutEventsCommand({ Entries: [entry('Other'), entry('Send Requested')] }));
  const schedule = { Name: 's', GroupName: 'sms-fixture', ScheduleExpression: 'rate(1 day)' };
  await schedules.send(new CreateScheduleCommand(scheduleTo('Messages', schedule)));
  const bodies = () => notes(data.folder).flatMap(({ event }) => (event?.Records ?? []).map(({ body }) => body));
  await expect
    .poll(() => bodies().toSorted(), { timeout: 5_000 })
    .toEqual(['due', expect.stringContaining('"detail-type":"Send Requested"')]);
  events.destroy();
  schedules.destroy();
});

const broken: [string, Resources, RegExp][] = [
  [
    'no policy for its queue',
    eventful({}, [{ ...statement, Principal: { Service: 'sqs.amazonaws.com' } }]),
    /Requests: no policy lets EventBridge send/,
  ],
  ['an operator that is not known', eventful({ EventPattern: { source: [{ suffix: 'x' }] } }), /Requests: Event pattern is not valid/],
  ['no target', eventful({ Targets: [] }), /Requests:/],
  ['a target that is no queue', eventful({ Targets: [{ Id: 'f', Arn: arn('Worker') }] }), /Requests: .*must be the ARN of a queue/],
  ['an input of its own', eventful({ Targets: [{ Id: 'q', Arn: arn('Messages'), Input: '{}' }] }), /Requests: .*Input/],
  ['an unknown bus', eventful({ EventBusName: 'other' }), /Requests: other is no bus of the stack/],
];

it.each(broken)('a rule with %s does not start', async (_what, declared, message) => {
  await expect(startMessaging(data.folder, {}, declared)).rejects.toThrow(message);
});
