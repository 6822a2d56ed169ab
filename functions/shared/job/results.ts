import { splitList } from '../customsend/answer-content.ts';
import type { CustomSendReturn } from '../customsend/call.ts';
import { answerKey } from '../dynamodb/keys.ts';
import type { Recipient } from '../message/encoded-content.ts';
import type { Message, Payload } from '../message/message.ts';
import { parsePattern, renderParts } from '../message/pattern.ts';
import { normalisePhone } from '../message/phone.ts';
import { countSegments } from '../message/segments.ts';
import type { AnswerItem, BatchItem } from './batch-item.ts';
import type { JobContext } from './context.ts';
import type { JobItem } from './job-item.ts';

/** What becomes of a recipient. */
export const RECIPIENT_OUTCOMES = ['pending', 'accepted', 'rejected', 'unknown', 'cancelled', 'expired'] as const;
export type RecipientOutcome = (typeof RECIPIENT_OUTCOMES)[number];

/** The code of a recipient whose number the provider named in ErrorPhones; the rest of its batch was accepted. */
const NUMBER_REFUSED = 'number-refused';

/** A recipient and its outcome. */
export interface RecipientResult {
  phone: string;
  outcome: RecipientOutcome;
  batch: number;
  try: number;
  code?: string | undefined;
  reason?: string | undefined;
  /** Its own field values; not there where the request's defaultDetail was used. */
  detail?: readonly string[] | undefined;
  /** The caller's own name for it. */
  reference?: string | undefined;
  /** Not there for the provider's own strings, which cannot be read for certain; nor are its segments. */
  text?: string | undefined;
  segments?: number | undefined;
  /** The provider's ids of the call that it was in. */
  commonJobId?: string | undefined;
  specialJobIds?: readonly string[] | undefined;
}

/**
 * The outcome of each recipient of a batch, in order.
 * @param answer the provider's to the batch's last call; a phone in its ErrorPhones counts as rejected
 */
export function resultsOf({ message }: Pick<JobItem, 'message'>) {
  const render = renderer(message);
  return function* (batch: BatchItem, payload: Payload, answer: CustomSendReturn | undefined): Generator<RecipientResult> {
    const refused = new Set(splitList(answer?.ErrorPhones ?? null).map(normalised));
    const ids = {
      commonJobId: answer?.CommonJobID ?? undefined,
      specialJobIds: answer ? splitList(answer.SpecialJobIDs) : undefined,
    };
    const shared = { batch: batch.batch, try: batch.try };
    const finished = payload.form === 'rendered' ? payload.text : undefined;
    for (const { phone, detail, reference } of recipientsOf(payload)) {
      const isRefused = refused.has(normalised(phone));
      const outcome = outcomeOf(batch, isRefused);
      const reason = isRefused ? 'The provider named the number in ErrorPhones.' : batch.reason;
      const code = isRefused ? NUMBER_REFUSED : batch.code;
      const text = finished ?? render(detail);
      const segments = text === undefined ? undefined : countSegments(text);
      yield { phone, outcome, ...shared, code, reason, detail: detail ?? undefined, reference, text, segments, ...ids };
    }
  };
}

/** The provider's answers by batch number: of batches whose last claim led to one. Up to 100 batches. */
export async function readAnswers(context: JobContext, batches: readonly BatchItem[]): Promise<Map<number, CustomSendReturn>> {
  const answered = batches.filter(({ state, claim }) => state !== 'waiting' && state !== 'sending' && claim !== undefined);
  const elsewhere = answered.filter(({ answer }) => !answer);
  const items = await context.table.getMany<AnswerItem>(elsewhere.map((batch) => answerKey(batch.jobId, batch.batch, batch.try)));
  const byClaim = new Map(items.map((item) => [item.claim, item.answer]));
  return new Map(answered.flatMap(({ batch, claim, answer = byClaim.get(claim ?? '') }) => (answer ? [[batch, answer] as const] : [])));
}

function outcomeOf({ state }: BatchItem, refused: boolean): RecipientOutcome {
  if (state === 'waiting' || state === 'sending') return 'pending';
  return state === 'accepted' && refused ? 'rejected' : state;
}

function recipientsOf(payload: Payload): readonly Recipient[] {
  return payload.form === 'strings' ? payload.phones.map((phone) => ({ phone, detail: null })) : payload.recipients;
}

function renderer(message: Message): (detail: readonly string[] | null) => string | undefined {
  if (message.form === 'strings') return () => undefined;
  const { parts } = parsePattern(message.pattern);
  return (detail) => renderParts(parts, detail ?? message.defaultDetail);
}

function normalised(phone: string): string {
  return normalisePhone(phone) ?? phone;
}
