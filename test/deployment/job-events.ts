import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

/** Where the emulated account is, and the caller. */
interface ClientSettings {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

const RULE = { Name: 'completed' };

/**
 * Asks for a send by an event, and waits for the event that tells of its end, in a queue of its own as another team has one.
 * @param bus name of the stage's bus: MiniStack finds no bus by its ARN
 * @param detail of `Send Requested`
 * @returns the detail of `Job Completed`
 * @throws Error when it has not come after 20 seconds
 */
export async function sendByEvent(settings: ClientSettings, bus: string, source: string, detail: object): Promise<object> {
  const [events, queues] = [new EventBridgeClient(settings), new SQSClient(settings)];
  const rule = { ...RULE, EventBusName: bus };
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: 'completed' }));
  const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const EventPattern = JSON.stringify({ source: ['sms'], 'detail-type': ['Job Completed'] });
  await events.send(new PutRuleCommand({ ...rule, EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: RULE.Name, EventBusName: bus, Targets: [{ Id: 'queue', Arn: Attributes?.QueueArn }] }));
  const entry = { EventBusName: bus, Source: source, DetailType: 'Send Requested', Detail: JSON.stringify(detail) };
  const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries: [entry] }));
  if (FailedEntryCount !== 0) throw new Error('The bus did not take the request.');
  const { Messages = [] } = await queues.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  // A bus that has a rule cannot be deleted, and this rule is no part of the stack.
  await events.send(new RemoveTargetsCommand({ Rule: RULE.Name, EventBusName: bus, Ids: ['queue'] }));
  await events.send(new DeleteRuleCommand(rule));
  await queues.send(new DeleteQueueCommand({ QueueUrl }));
  events.destroy();
  queues.destroy();
  if (!Messages[0]?.Body) throw new Error('No event tells that the job is completed.');
  return (JSON.parse(Messages[0].Body) as { detail: object }).detail;
}
