import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { startFauxqs } from '../../infra/local/sqs-s3/fauxqs-engine.ts';
import { queueUrl } from '../../infra/local/sqs-s3/queues.ts';
import { sqsClient } from './aws-clients.ts';

/** A queue engine in memory, on 127.0.0.1. */
export interface QueueEngine {
  endpoint: string;
  client: SQSClient;
  stop(): Promise<void>;
}

export async function startQueueEngine(): Promise<QueueEngine> {
  const { endpoint, stop } = await startFauxqs();
  const client = sqsClient(endpoint);
  return {
    endpoint,
    client,
    stop() {
      client.destroy();
      return stop();
    },
  };
}

const COUNTERS = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed', 'ApproximateNumberOfMessagesNotVisible'] as const;

/** Whether nothing is waiting, delayed or being worked on, as far as the queue can tell. */
export async function isQueueEmpty(client: SQSClient, url: string): Promise<boolean> {
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTERS] }));
  return COUNTERS.every((name) => Number(Attributes[name] ?? 0) === 0);
}

/** A queue of its own, and a receiver of its messages. */
export interface TestQueue {
  name: string;
  /** Every message that can be received now, at most ten. */
  receive(): Promise<Message[]>;
  /** The message is done with. */
  remove(message: Message): Promise<void>;
  /** The receiver of the message is gone: it is there again at once, not after its visibility time-out. */
  giveBack(message: Message): Promise<void>;
}

export async function freshQueue({ endpoint, client }: QueueEngine, name = `test-${randomUUID()}`): Promise<TestQueue> {
  await client.send(new CreateQueueCommand({ QueueName: name }));
  const QueueUrl = queueUrl(endpoint, name);
  return {
    name,
    async receive() {
      return (await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages ?? [];
    },
    async remove({ ReceiptHandle }) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    },
    async giveBack({ ReceiptHandle }) {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    },
  };
}
