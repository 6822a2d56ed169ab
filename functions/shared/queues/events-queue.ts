import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Due, PublishMessage } from './events-messages.ts';
import { loadSqs } from './sqs-client.ts';

/** The queue of the events function. Losing a message loses time, and repeating one changes nothing. */
export interface EventsQueue {
  /** Has the job's time looked at, `delay` milliseconds from now (cut at LONGEST_DELAY). @throws Error when the queue did not take it */
  due(jobId: string, gen: number, delay?: number): Promise<void>;
  /** Has the job's events sent. @throws Error when the queue did not take it */
  publish(jobId: string): Promise<void>;
}

/** The longest delay that SQS takes (milliseconds). */
export const LONGEST_DELAY = 900_000;
/** A function that ends a job waits this long for the queue: its caller waits too, and the sweep repeats a lost message (milliseconds). */
const PUBLISH_TIMEOUT = 1_000;

/** Opens the events queue. The only code that sends to it, except for the schedules. */
export function openEventsQueue(url: string, given?: SQSClient): EventsQueue {
  const send = async (message: Due | PublishMessage, delay: number, abortSignal?: AbortSignal): Promise<void> => {
    const seconds = Math.ceil(Math.min(LONGEST_DELAY, Math.max(0, delay)) / 1000);
    const { client, SendMessageCommand } = await loadSqs(given);
    const command = new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(message), DelaySeconds: seconds });
    await client.send(command, abortSignal && { abortSignal });
  };
  return {
    due: (jobId, gen, delay = 0) => send({ jobId, gen }, delay),
    publish: (jobId) => send({ jobId, publish: true }, 0, AbortSignal.timeout(PUBLISH_TIMEOUT)),
  };
}
