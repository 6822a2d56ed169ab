/** The X-Ray trace header of each message, by its id: SQS keeps it as the attribute AWSTraceHeader, and fauxqs does not. */
export class MessageTraces {
  readonly #headers = new Map<string, string>();

  note(sent: readonly { MessageId?: string }[], header: string | string[] | undefined): void {
    if (typeof header !== 'string') return;
    for (const { MessageId } of sent) if (MessageId !== undefined) this.#headers.set(MessageId, header);
  }

  get(messageId: string): string | undefined {
    return this.#headers.get(messageId);
  }

  delete(messageId: string): void {
    this.#headers.delete(messageId);
  }
}
