import type { Protocol } from '../customsend/call.ts';
import type { Recipient } from './encoded-content.ts';

/** The message of a job, the same for all of its batches. */
export type Message =
  /** `written`: the pattern as its caller wrote it, where that names its fields; `pattern` has numbers. */
  | { form: 'structured'; pattern: string; defaultDetail: readonly string[]; written?: string }
  | { form: 'strings'; pattern: string; defaultDetail: string; trailingSeparator: boolean };

/** The recipients of one batch, in the form in which they go out. */
export type Payload = (
  | { form: 'structured'; recipients: readonly Recipient[] }
  /** All of them get the very same finished text, which is the Pattern; their details are kept, and do not go out. */
  | { form: 'rendered'; text: string; recipients: readonly Recipient[] }
  /** `text`: Phones to the content, where joining them by the dialect would not give it back; such a payload is never divided. */
  | { form: 'strings'; phones: readonly string[]; details: string; text?: string }
) & {
  /** The binding of this batch's calls, where the stage's own cannot carry them. */
  protocol?: Protocol;
};

/** How many recipients a payload holds. */
export function recipientCount(payload: Payload): number {
  return payload.form === 'strings' ? payload.phones.length : payload.recipients.length;
}

/** The phones of a payload, in order. */
export function phonesOf(payload: Payload): readonly string[] {
  return payload.form === 'strings' ? payload.phones : payload.recipients.map((recipient) => recipient.phone);
}
