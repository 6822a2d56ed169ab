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
}

/**
 * The handler of a function that a queue wakes up. A message that fails is reported to SQS, which leaves Lambda's own count of errors
 * at 0: so each failure is logged with its stack, and counted for the function's alarm.
 */
export function queueHandler<Message>({ schema, logger, failures, timeToEnd, work }: QueueWork<Message>) {
  const succeeds = async ({ body, messageId }: SQSRecord, deadline: number): Promise<boolean> => {
    try {
      await work(schema.parse(JSON.parse(body)), deadline);
      return true;
    } catch (error) {
      const { name, message, stack } = error as Error;
      logger.error('message failed', { messageId, error: { name, message, stack } });
      return false;
    }
  };
  // Deadlines are our own: middy would answer early and leave a call open.
  return middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 })
    .before(({ context }) => logger.addContext(context as Context))
    .handler(async ({ Records }, context) => {
      const deadline = Date.now() + context.getRemainingTimeInMillis() - timeToEnd;
      const failed: string[] = [];
      for (const record of Records) if (!(await succeeds(record, deadline))) failed.push(record.messageId);
      failures.count(failed.length);
      return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
    });
}
