import type { Protocol } from '../customsend/call.ts';
import type { BatchingSnapshot } from '../job/batch-item.ts';
import type { JobItem, SendTime } from '../job/job-item.ts';
import type { Message, Payload } from '../message/message.ts';

/**
 * A request that has been parsed, checked and batched: all that its job will be, as values. Nothing of it is read, checked or
 * encoded again until a batch is sent.
 */
export interface PreparedRequest {
  message: Message;
  smsType: number;
  postFixNumber: string;
  /** The caller's own name for it. */
  reference?: string | undefined;
  /** When it is to be sent; at once without it. */
  time?: SendTime | undefined;
  /** How late it may go out, in milliseconds from when it is due. */
  validFor?: number | undefined;
  /** Recipients that were left out because they stand in the request before, with the same text. */
  removed?: JobItem['removed'];
  /** The payloads of the calls, in order; each is one batch. */
  batches: readonly Payload[];
  /** The rules by which the batches were made. The same rules and request always give the same batches. */
  snapshot: BatchingSnapshot;
  /** The binding of this job's calls, where the stage's own cannot carry them. */
  protocol?: Protocol | undefined;
}
