import type { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { loadSqs } from './sqs-client.ts';

/** What the uploads function is asked for: to read the file of a job, or to write the results of one. The table is the truth. */
export const fileTaskSchema = z.strictObject({ task: z.enum(['split', 'export']), jobId: z.string() });
export type FileTask = z.output<typeof fileTaskSchema>;

/** The queue of the uploads function. Losing a message loses time, and repeating one changes nothing. */
export interface FilesQueue {
  /** @throws Error when the queue did not take it */
  send(task: FileTask): Promise<void>;
}

/** Opens the queue of the uploads function. The only code that sends to it. */
export function openFilesQueue(url: string, given?: SQSClient): FilesQueue {
  return {
    async send(task) {
      const { client, SendMessageCommand } = await loadSqs(given);
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(task) }));
    },
  };
}
