import type { SQSClient } from '@aws-sdk/client-sqs';
import type { FileTask } from './file-task.ts';
import { loadSqs } from './sqs-client.ts';

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
