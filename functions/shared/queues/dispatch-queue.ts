import type { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { loadSqs } from './sqs-client.ts';

/** One try of one batch: all that a dispatch message says. The table is the truth. */
export const attemptSchema = z.strictObject({ jobId: z.string(), batch: z.int(), try: z.int() });
export type Attempt = z.output<typeof attemptSchema>;

/** The queue of dispatch messages. Losing a message loses time, and repeating one changes nothing. */
export interface DispatchQueue {
  /** Queues these for dispatch, `delay` milliseconds from now. @throws Error when the queue did not take all of them */
  send(attempts: readonly Attempt[], delay?: number): Promise<void>;
  /** Whether nothing is waiting, delayed or being worked on, as far as the queue can tell. */
  isEmpty(): Promise<boolean>;
}

/** Messages that SQS takes in one request, and the longest delay that it takes (seconds). */
const MESSAGES_A_REQUEST = 10;
const LONGEST_DELAY = 900;
/** How often messages that the queue did not take are sent again. */
const ATTEMPTS = 4;

/** Opens the queue of dispatch messages. The only code that sends to it. */
export function openDispatchQueue(url: string, given?: SQSClient): DispatchQueue {
  const send = async (attempts: readonly Attempt[], seconds: number): Promise<void> => {
    const { client, SendMessageBatchCommand } = await loadSqs(given);
    let left = attempts.map((attempt, index) => ({ Id: String(index), MessageBody: JSON.stringify(attempt), DelaySeconds: seconds }));
    for (let round = 0; left.length > 0; round++) {
      if (round === ATTEMPTS) throw new Error(`The queue did not take ${left.length} dispatch messages.`);
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: left }));
      left = left.filter(({ Id }) => Failed.some((failure) => failure.Id === Id));
    }
  };
  return {
    async send(attempts, delay = 0) {
      const seconds = Math.min(LONGEST_DELAY, Math.max(0, Math.ceil(delay / 1000)));
      for (let start = 0; start < attempts.length; start += MESSAGES_A_REQUEST) {
        await send(attempts.slice(start, start + MESSAGES_A_REQUEST), seconds);
      }
    },
    async isEmpty() {
      const { client, GetQueueAttributesCommand } = await loadSqs(given);
      const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTERS] }));
      return COUNTERS.every((name) => Number(Attributes[name] ?? 0) === 0);
    },
  };
}

const COUNTERS = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed', 'ApproximateNumberOfMessagesNotVisible'] as const;
