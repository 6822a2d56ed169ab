import type { Protocol } from '../customsend/call.ts';
import { isMarkupFor } from '../customsend/encodability.ts';
import type { Recipient } from '../message/encoded-content.ts';
import type { Message, Payload } from '../message/message.ts';
import type { RoutedRecipient } from '../message/recipient-input.ts';
import {
  type BatchingRules,
  createFill,
  type Fill,
  finishedTextOf,
  roomFor,
  type Shared,
  splitStrings,
  TooLargeError,
  textsOf,
} from './batching.ts';
import type { Audience } from './check-request.ts';

/** Batches that are filled side by side: one for each finished text, and how many recipients they hold together. */
const MOST_OPEN = 10_000;
const MOST_HELD = 50_000;

/** A batch that is being filled. */
interface OpenBatch {
  protocol: Protocol;
  text: string | undefined;
  fill: Fill;
  recipients: Recipient[];
}

/**
 * Steps recipients into batches, each as large as phones per call, bytes of the request and size of the stored item allow: for lists and
 * for files that are not held in memory. Recipients of the same finished text share batches; so do those whose texts only SOAP carries.
 * The same recipients in the same order always give the same batches.
 */
export class Batcher {
  readonly #rules: BatchingRules;
  readonly #shared: Shared & { message: Message & { form: 'structured' } };
  /** By binding and finished text, in the order in which they were begun. */
  readonly #open = new Map<string, OpenBatch>();
  readonly #markupInAll: boolean;
  #held = 0;
  #ready: Payload[] = [];

  constructor(rules: BatchingRules, shared: Shared & { message: Message & { form: 'structured' } }) {
    this.#rules = rules;
    this.#shared = shared;
    const { pattern, defaultDetail } = textsOf(rules.dialect, shared.message);
    this.#markupInAll = [pattern, defaultDetail].some((text) => isMarkupFor(rules.protocol, text));
  }

  /** How many batches are complete and have not been taken. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /** Hands over the batches that are complete. */
  takeReady(): Payload[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** @returns whether the recipient fits into a call */
  add({ recipient, text }: RoutedRecipient): boolean {
    const { dialect } = this.#rules;
    const detail = text === undefined ? (recipient.detail?.join(dialect.fieldSeparator) ?? '') : '';
    const protocol = this.#bindingFor(text, detail);
    const key = `${protocol} ${text ?? ''}`;
    const batch = this.#open.get(key) ?? this.#begin(protocol, text);
    const taken = batch.fill(recipient.phone, detail, `${recipient.detail?.join() ?? ''}${recipient.reference ?? ''}`);
    if (taken === 'too-large') return false;
    if (taken === 'new') this.#complete(key, batch);
    if (batch.recipients.length === 0) this.#open.set(key, batch);
    batch.recipients.push(recipient);
    this.#held += 1;
    while (this.#open.size > MOST_OPEN || this.#held > MOST_HELD) this.#completeOldest();
    return true;
  }

  /** Completes what is left. */
  end(): void {
    while (this.#open.size > 0) this.#completeOldest();
  }

  /** The stage's binding, or SOAP for markup, which ASP.NET refuses in forms. A separator and a value can make it together. */
  #bindingFor(text: string | undefined, detail: string): Protocol {
    const { protocol, dialect } = this.#rules;
    const { recipientSeparator } = dialect;
    const hasMarkup =
      text === undefined
        ? this.#markupInAll || isMarkupFor(protocol, `${recipientSeparator}${detail}${recipientSeparator}`)
        : isMarkupFor(protocol, text);
    return hasMarkup ? 'soap11' : protocol;
  }

  #begin(protocol: Protocol, text: string | undefined): OpenBatch {
    const { smsType, postFixNumber, message } = this.#shared;
    const rules = { ...this.#rules, protocol };
    const texts = text === undefined ? textsOf(rules.dialect, message) : finishedTextOf(rules.dialect, text);
    const room = roomFor(rules, { smsType, postFixNumber, ...texts });
    return { protocol, text, fill: createFill(rules, room), recipients: [] };
  }

  #completeOldest(): void {
    const [oldest] = this.#open;
    if (oldest) this.#complete(...oldest);
  }

  #complete(key: string, batch: OpenBatch): void {
    const { protocol, text, recipients } = batch;
    const content: Payload = text === undefined ? { form: 'structured', recipients } : { form: 'rendered', text, recipients };
    this.#ready.push({ ...content, ...(protocol !== this.#rules.protocol && { protocol }) });
    this.#held -= recipients.length;
    this.#open.delete(key);
    batch.recipients = [];
  }
}

/** Divides a list of recipients into batches. @throws TooLargeError for a recipient that fits into no call */
function splitRecipients(
  rules: BatchingRules,
  shared: Shared & { message: Message & { form: 'structured' } },
  recipients: readonly RoutedRecipient[],
): Payload[] {
  const batcher = new Batcher(rules, shared);
  for (const [index, recipient] of recipients.entries()) if (!batcher.add(recipient)) throw new TooLargeError(index);
  batcher.end();
  return batcher.takeReady();
}

/** Divides the recipients of a request into batches. @throws TooLargeError for what fits into no call */
export function splitAudience(rules: BatchingRules, shared: Shared, audience: Audience): Payload[] {
  const { message } = shared;
  if (audience.form === 'strings') return splitStrings(rules, shared, audience);
  if (message.form === 'strings') throw new Error('A message and its recipients are in different forms.');
  return splitRecipients(rules, { ...shared, message }, audience.recipients);
}
