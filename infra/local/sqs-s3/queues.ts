import { callJson } from '../aws-endpoint/json-call.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import { ACCOUNT, type Resource } from '../cloudformation/template.ts';

/** On 127.0.0.1, because the SDK sends to the host of the queue's URL. */
export const queueUrl = (endpoint: string, name: string): string => `${endpoint}/${ACCOUNT}/${name}`;

const numbers = [
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'VisibilityTimeout',
] as const;

/** The settings that SQS knows by the same names as the template, as text. @throws Error for a queue of a kind that is not run here */
function attributesOf({ logicalId, properties }: Resource): Record<string, string> {
  if (properties.FifoQueue) throw new Error(`${logicalId}: first-in-first-out queues are not known on one machine`);
  const given = numbers.flatMap((name) => (properties[name] === undefined ? [] : [[name, String(properties[name])]]));
  const { RedrivePolicy } = properties;
  return { ...Object.fromEntries(given), ...(RedrivePolicy !== undefined && { RedrivePolicy: JSON.stringify(RedrivePolicy) }) };
}

/** Creates the queues of the template; those that the engine has already keep their messages and get the settings of the template. */
export async function createQueues(endpoint: string, resources: readonly Resource[]): Promise<void> {
  for (const resource of resources.filter(({ type }) => type === 'AWS::SQS::Queue')) {
    const Attributes = attributesOf(resource);
    try {
      await callJson(endpoint, 'AmazonSQS.CreateQueue', { QueueName: resource.attributes.QueueName, Attributes });
    } catch (error) {
      if (!(error instanceof ServiceError && error.name === 'QueueNameExists')) throw error;
      await callJson(endpoint, 'AmazonSQS.SetQueueAttributes', { QueueUrl: resource.ref, Attributes });
    }
  }
}
