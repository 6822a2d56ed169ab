import { setTimeout as delay } from 'node:timers/promises';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { REGION, type Resource } from '../cloudformation/template.ts';
import { sqsClient } from '../sqs-s3/queues.ts';
import type { RunningFunction } from './running-function.ts';

/** A queue of the template, and the function that its messages wake up. */
export interface Mapping {
  queueUrl: string;
  queueArn: string;
  batchSize: number;
  /** Invocations at once. */
  concurrency: number;
  /** The function says which messages of a batch failed; else it is all or none. */
  partial: boolean;
  target: RunningFunction;
}

/**
 * Reads every event source mapping of the template.
 * @throws Error that names a mapping to nothing, a queue that no function is fed by, and what AWS would refuse
 */
export function readMappings(resources: readonly Resource[], functions: Iterable<RunningFunction>): Mapping[] {
  const running = [...functions];
  const queues = new Map(resources.filter(({ type }) => type === 'AWS::SQS::Queue').map((queue) => [queue.attributes.Arn, queue]));
  const mappings = resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .map(({ logicalId, properties }): Mapping => {
      const {
        EventSourceArn,
        FunctionName,
        BatchSize = 10,
        FunctionResponseTypes = [],
        ScalingConfig = {},
      } = properties as unknown as Declared;
      const queue = queues.get(EventSourceArn);
      if (!queue) throw new Error(`${logicalId}: its source ${EventSourceArn} is no queue of the stack`);
      const target = running.find(({ spec }) => spec.functionName === FunctionName || spec.functionArn === FunctionName);
      if (!target) throw new Error(`${logicalId}: leads to no function of the stack (${FunctionName})`);
      const visibility = Number(queue.properties.VisibilityTimeout ?? 30);
      if (visibility * 1000 < target.spec.timeoutMs) {
        throw new Error(`${logicalId}: the visibility time-out of ${queue.logicalId} is shorter than the time-out of its function`);
      }
      return {
        queueUrl: queue.ref,
        queueArn: EventSourceArn,
        batchSize: BatchSize,
        concurrency: Math.min(ScalingConfig.MaximumConcurrency ?? target.spec.concurrency, target.spec.concurrency),
        partial: FunctionResponseTypes.includes('ReportBatchItemFailures'),
        target,
      };
    });
  checkFed([...queues.values()], mappings, deadLetterQueues(resources));
  return mappings;
}

interface Declared {
  EventSourceArn: string;
  FunctionName: string;
  BatchSize?: number;
  FunctionResponseTypes?: string[];
  ScalingConfig?: { MaximumConcurrency?: number };
}

/** Dead letters wait for a person: those of queues, of the targets of rules, and of schedules, which a function makes as it is told. */
function deadLetterQueues(resources: readonly Resource[]): (string | undefined)[] {
  return resources.flatMap(({ properties }) => {
    const {
      RedrivePolicy,
      Targets = [],
      Environment,
    } = properties as {
      RedrivePolicy?: { deadLetterTargetArn: string };
      Targets?: { DeadLetterConfig?: { Arn: string } }[];
      Environment?: { Variables: Record<string, string> };
    };
    const ofTargets = Targets.map(({ DeadLetterConfig }) => DeadLetterConfig?.Arn);
    return [RedrivePolicy?.deadLetterTargetArn, ...ofTargets, Environment?.Variables.SCHEDULE_DEAD_LETTERS];
  });
}

/** Whoever sends to a queue that nobody reads waits for ever. */
function checkFed(queues: readonly Resource[], mappings: readonly Mapping[], dead: readonly (string | undefined)[]): void {
  for (const { logicalId, attributes } of queues) {
    if (dead.includes(attributes.Arn) || mappings.some(({ queueArn }) => queueArn === attributes.Arn)) continue;
    throw new Error(`${logicalId}: no function is fed by this queue`);
  }
}

export interface DeliveryOptions {
  endpoint: string;
  /** Seconds until a failed message comes back, instead of the queue's own visibility time-out. */
  redeliverAfter?: number | undefined;
  show: (line: string) => void;
}

/** Messages on their way to functions. */
export interface Polling {
  /** Receipt handles of messages that their function is done with, in vain: they wait for their visibility time-out. */
  readonly failed: ReadonlySet<string>;
  /** Ends the polling at once; what a function is working on ends with the function. */
  stop(): void;
}

/** Delivers messages until it is stopped. */
export function startMappings(mappings: readonly Mapping[], options: DeliveryOptions): Polling {
  const client = sqsClient(options.endpoint);
  const pollers = mappings.flatMap((mapping) => Array.from({ length: mapping.concurrency }, () => mapping));
  const failed = new Set<string>();
  const controllers = pollers.map((mapping) => {
    const controller = new AbortController();
    void poll(mapping, client, controller.signal, options, failed);
    return controller;
  });
  return {
    failed,
    stop() {
      for (const controller of controllers) controller.abort();
      client.destroy();
    },
  };
}

/** How long a poller rests after a failure that is no message's. */
const REST_MS = 500;

async function poll(
  mapping: Mapping,
  client: SQSClient,
  signal: AbortSignal,
  { redeliverAfter, show }: DeliveryOptions,
  failed: Set<string>,
): Promise<void> {
  const { queueUrl: QueueUrl, batchSize: MaxNumberOfMessages } = mapping;
  const receive = { QueueUrl, MaxNumberOfMessages, WaitTimeSeconds: 20, VisibilityTimeout: redeliverAfter };
  while (!signal.aborted) {
    let undone: readonly Message[] = [];
    try {
      const command = new ReceiveMessageCommand({ ...receive, MessageSystemAttributeNames: ['All'] });
      const { Messages = [] } = await client.send(command, { abortSignal: signal });
      if (Messages.length === 0 || signal.aborted) continue;
      undone = Messages;
      const done = carriedOut(Messages, await mapping.target.invoke(JSON.stringify(eventOf(Messages, mapping))), mapping);
      const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      if (Entries.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      undone = Messages.filter((message) => !done.includes(message));
    } catch (error) {
      if (signal.aborted) return;
      show((error as Error).message);
      await delay(REST_MS);
    } finally {
      for (const { ReceiptHandle = '' } of undone) failed.add(ReceiptHandle);
    }
  }
}

/** The event of an SQS event source. Messages of this stack have no attributes of their own. */
function eventOf(messages: readonly Message[], { queueArn }: Mapping): SQSEvent {
  const Records = messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes as unknown as SQSEvent['Records'][number]['attributes'],
    messageAttributes: {},
    md5OfBody: MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: REGION,
  }));
  return { Records };
}

/** The messages that need not come again. As Lambda reads it, an answer that names what is not in the batch means that all failed. */
function carriedOut(messages: readonly Message[], result: string, { partial }: Mapping): readonly Message[] {
  if (!partial) return messages;
  const { batchItemFailures } = (JSON.parse(result) ?? {}) as { batchItemFailures?: { itemIdentifier?: string }[] | null };
  const failed = (batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  if (!failed.every((id) => messages.some(({ MessageId }) => MessageId === id))) return [];
  return messages.filter(({ MessageId }) => !failed.includes(MessageId));
}
