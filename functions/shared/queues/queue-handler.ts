import type { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { FailureCounter } from '../metrics.ts';

/** What a function does with one message of its queue. */
export interface QueueWork<Message> {
  /** The only shapes that the queue carries; any other message fails, and ends among the dead letters. */
  schema: { parse(value: unknown): Message };
  logger: Pick<Logger, 'addContext' | 'error'>;
  failures: FailureCounter;
  /** Kept back of the function's time for the last writes (milliseconds). */
  timeToEnd: number;
  /** @param deadline epoch milliseconds. @throws when nothing could be decided: the message comes again */
  work(message: Message, deadline: number): Promise<void>;
  /** Messages that are worked on at once, after the others. */
  together?: {
    /** What such a message is about; `undefined` for one that is worked on alone. Messages about the same are one piece of work. */
    keyOf(message: Message): string | undefined;
    /** @returns why pieces of work failed: their messages come again. @throws when none of them could be done */
    work(keys: readonly string[]): Promise<ReadonlyMap<string, Error>>;
  };
}

/**
 * The handler of a function that a queue invokes. A message that fails is reported to SQS, which leaves Lambda's own count of errors
 * at 0: so each failure is logged with its stack, and counted for the function's alarm.
 */
export function queueHandler<Message>({ schema, logger, failures, timeToEnd, work, together }: QueueWork<Message>) {
  /** @param gathered messages to be worked on together, by what they are about */
  const succeeds = async ({ body, messageId }: SQSRecord, deadline: number, gathered: Map<string, string[]>): Promise<boolean> => {
    try {
      const message = schema.parse(JSON.parse(body));
      const key = together?.keyOf(message);
      if (key === undefined) await work(message, deadline);
      else gathered.set(key, [...(gathered.get(key) ?? []), messageId]);
      return true;
    } catch (error) {
      const { name, message, stack } = error as Error;
      logger.error('message failed', { messageId, error: { name, message, stack } });
      return false;
    }
  };
  /** @returns the messages that failed */
  const workTogether = async (gathered: ReadonlyMap<string, readonly string[]>): Promise<string[]> => {
    const keys = [...gathered.keys()];
    if (!together || keys.length === 0) return [];
    const failed = await together.work(keys).catch((error: Error) => new Map(keys.map((key) => [key, error])));
    for (const [key, { name, message, stack }] of failed) logger.error('message failed', { about: key, error: { name, message, stack } });
    return [...failed.keys()].flatMap((key) => gathered.get(key) ?? []);
  };
  // Deadlines are our own: middy would answer early and leave a call open.
  return middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 })
    .before(({ context }) => logger.addContext(context as Context))
    .handler(async ({ Records }, context) => {
      const deadline = Date.now() + context.getRemainingTimeInMillis() - timeToEnd;
      const failed: string[] = [];
      const gathered = new Map<string, string[]>();
      for (const record of Records) if (!(await succeeds(record, deadline, gathered))) failed.push(record.messageId);
      failed.push(...(await workTogether(gathered)));
      failures.count(failed.length);
      return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
    });
}
