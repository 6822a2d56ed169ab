import { setTimeout as delay } from 'node:timers/promises';
import type { SQSEvent } from 'aws-lambda';
import { REGION } from '../cloudformation/template.ts';
import type { QueuesAndFiles } from '../sqs-s3/fauxqs-engine.ts';
import type { Mapping } from './event-source-mappings.ts';
import { isRunaway, LONGEST_CHAIN, traceFor } from './recursive-loop.ts';

export interface PollerOptions {
  engine: QueuesAndFiles;
  /** Seconds until a failed message comes back, instead of the queue's own visibility time-out. */
  redeliverAfter?: number | undefined;
  show: (line: string) => void;
}

/** Messages on their way to functions. */
export interface Polling {
  /** Receipt handles of messages that their function is done with, in vain: they wait for their visibility time-out. */
  readonly failed: ReadonlySet<string>;
  /** Ends the polling; what a function is working on ends with the function. */
  stop(): void;
}

type Message = Record<'MessageId' | 'ReceiptHandle' | 'Body' | 'MD5OfBody', string> & { Attributes: Record<string, string> };

/** Delivers messages until it is stopped. */
export function startPolling(mappings: readonly Mapping[], options: PollerOptions): Polling {
  const failed = new Set<string>();
  const pollers = mappings.map((mapping) => new Poller(mapping, options, failed));
  return {
    failed,
    stop() {
      for (const poller of pollers) poller.stopped = true;
    },
  };
}

/** The longest that SQS lets a request wait for messages. */
const LONGEST_WAIT_MS = 20_000;
/** How many messages SQS gives at once. */
const MOST_RECEIVED = 10;
/** How long a poller rests after a failure that is no message's. */
const REST_MS = 500;

/** Reads one queue, and invokes its function with as many batches at once as the mapping says. */
class Poller {
  stopped = false;
  readonly #mapping: Mapping;
  readonly #options: PollerOptions;
  readonly #failed: Set<string>;

  constructor(mapping: Mapping, options: PollerOptions, failed: Set<string>) {
    this.#mapping = mapping;
    this.#options = options;
    this.#failed = failed;
    void this.#run();
  }

  async #run(): Promise<void> {
    const working = new Set<Promise<void>>();
    while (!this.stopped) {
      try {
        const messages = await this.#receiveBatch();
        if (messages.length === 0 || this.stopped) continue;
        const work = this.#deliver(messages).finally(() => working.delete(work));
        working.add(work);
        if (working.size >= this.#mapping.concurrency) await Promise.race(working);
      } catch (error) {
        await this.#rest(error as Error);
      }
    }
  }

  /** A full batch, or what came until the mapping's window was over. */
  async #receiveBatch(): Promise<Message[]> {
    const { batchSize, windowMs } = this.#mapping;
    const messages = await this.#receive(batchSize, LONGEST_WAIT_MS);
    const end = performance.now() + windowMs;
    for (let left = windowMs; left > 0 && messages.length > 0 && messages.length < batchSize; left = end - performance.now()) {
      messages.push(...(await this.#receive(batchSize - messages.length, left)));
    }
    return messages;
  }

  async #receive(most: number, waitMs: number): Promise<Message[]> {
    const { Messages = [] } = await this.#options.engine.sqs('ReceiveMessage', {
      QueueUrl: this.#mapping.queueUrl,
      MaxNumberOfMessages: Math.min(most, MOST_RECEIVED),
      WaitTimeSeconds: Math.min(waitMs, LONGEST_WAIT_MS) / 1000,
      VisibilityTimeout: this.#options.redeliverAfter,
      MessageSystemAttributeNames: ['All'],
    });
    return Messages as Message[];
  }

  async #deliver(received: readonly Message[]): Promise<void> {
    const { target } = this.#mapping;
    const { traces } = this.#options.engine;
    const headerOf = ({ MessageId }: Message) => traces.get(MessageId);
    let undone = received;
    try {
      const runaways = received.filter((message) => isRunaway(target.spec, headerOf(message)));
      const messages = received.filter((message) => !runaways.includes(message));
      await this.#drop(runaways);
      undone = messages;
      if (messages.length === 0) return;
      const trace = traceFor(
        target.spec,
        messages.map(headerOf).filter((header) => header !== undefined),
      );
      const done = carriedOut(messages, await target.invoke(JSON.stringify(eventOf(messages, this.#mapping)), trace), this.#mapping);
      await this.#remove(done);
      undone = messages.filter((message) => !done.includes(message));
    } catch (error) {
      await this.#rest(error as Error);
    } finally {
      for (const { ReceiptHandle } of undone) this.#failed.add(ReceiptHandle);
    }
  }

  /** What Lambda does with a message of a chain that is too long: it goes to the queue's dead letters, and is not tried again. */
  async #drop(messages: readonly Message[]): Promise<void> {
    const { target, queueUrl, deadLetterArn } = this.#mapping;
    for (const { MessageId, Body } of messages) {
      const destination = deadLetterArn === undefined ? 'is dropped' : 'goes to the dead-letter queue';
      this.#options.show(`${target.spec.functionName}: led to itself ${LONGEST_CHAIN} times; the message ${MessageId} ${destination}`);
      if (deadLetterArn === undefined) continue;
      const QueueUrl = new URL(deadLetterArn.split(':').at(-1) ?? '', queueUrl).href;
      await this.#options.engine.sqs('SendMessage', { QueueUrl, MessageBody: Body });
    }
    await this.#remove(messages);
  }

  async #remove(messages: readonly Message[]): Promise<void> {
    const { engine } = this.#options;
    for (let from = 0; from < messages.length; from += MOST_RECEIVED) {
      const Entries = messages.slice(from, from + MOST_RECEIVED).map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await engine.sqs('DeleteMessageBatch', { QueueUrl: this.#mapping.queueUrl, Entries });
    }
    for (const { MessageId } of messages) engine.traces.delete(MessageId);
  }

  async #rest(error: Error): Promise<void> {
    if (this.stopped) return;
    this.#options.show(error.message);
    await delay(REST_MS);
  }
}

/** The event of an SQS event source. Messages of this stack have no attributes of their own. */
function eventOf(messages: readonly Message[], { queueArn }: Mapping): SQSEvent {
  const Records = messages.map(({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes }) => ({
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
