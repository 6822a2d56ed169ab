import type { Problem } from '../problem/field-error.ts';
import type { DetailInput } from './detail.ts';
import type { Recipient } from './encoded-content.ts';
import type { Message } from './message.ts';

/** A recipient as callers write it; a text alone is a phone. */
export type RecipientInput = string | { phone: string; detail?: DetailInput | undefined; reference?: string | undefined };

/** A recipient that may be sent to. `text`: the finished text, where the provider does not fill it in. */
export interface RoutedRecipient {
  recipient: Recipient;
  text?: string | undefined;
}

/** What a recipient is held against. Keeps no state, so that a file of any length can go through it line by line. */
export interface RecipientCheck {
  message: Message & { form: 'structured' };
  /** What is wrong for all: the pattern, defaultDetail, and the text that they make together. */
  problems: Problem[];
  /** @param place the recipient's own, `recipients[17]`; its phone is `recipients[17].phone` also when it is a text alone. */
  check(input: RecipientInput, place: string): RoutedRecipient | { problems: Problem[] };
}
