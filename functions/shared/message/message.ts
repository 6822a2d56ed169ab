/** The message of a job, the same for all of its batches. */
export type Message =
  | { form: 'structured'; pattern: string; defaultDetail: readonly string[] }
  | { form: 'strings'; pattern: string; defaultDetail: string; trailingSeparator: boolean };

/** The recipients of one batch, in the form in which they were given. */
export type Payload =
  | { form: 'structured'; recipients: readonly { phone: string; detail: readonly string[] | null }[] }
  /** `text`: Phones to the content, where joining them by the dialect would not give it back; such a payload is never cut. */
  | { form: 'strings'; phones: readonly string[]; details: string; text?: string };

/** How many recipients a payload holds. */
export function recipientCount(payload: Payload): number {
  return phonesOf(payload).length;
}

/** The phones of a payload, in order. */
export function phonesOf(payload: Payload): readonly string[] {
  return payload.form === 'strings' ? payload.phones : payload.recipients.map((recipient) => recipient.phone);
}
