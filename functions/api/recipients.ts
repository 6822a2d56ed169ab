import { splitList } from '../shared/customsend/answer.ts';
import type { BatchItem, Message, Payload } from '../shared/job/items.ts';
import { getPayload } from '../shared/job/payload.ts';
import { parsePattern, renderParts } from '../shared/message/pattern.ts';
import { normalisePhone } from '../shared/message/phone.ts';
import { json } from './answer.ts';
import type { Api } from './api.ts';
import { readOwnJob } from './read.ts';
import { type ApiRequest, choiceOf, cursorOf, integerOf, writeCursor } from './request.ts';
import { readAnswers } from './resource.ts';

const OUTCOMES = ['pending', 'accepted', 'rejected', 'unknown', 'cancelled', 'expired'] as const;
type RecipientOutcome = (typeof OUTCOMES)[number];

/** One page looks into so many batches at most, so that a rare outcome in a large job is found in several short answers. */
const BATCHES_A_PAGE = 20;

/** Where a page starts: a batch (from 0) and a recipient in it. */
type Position = [batch: number, recipient: number];

/** `GET /v1/jobs/{jobId}/recipients`: every recipient and what became of it, all or those of one outcome. */
export async function listRecipients({ store }: Api, request: ApiRequest) {
  const limit = integerOf(request.query, 'limit', { least: 1, most: 1_000, otherwise: 100 });
  const outcome = choiceOf(request.query, 'outcome', OUTCOMES);
  const [firstBatch, firstRecipient] = cursorOf(request.query, isPosition) ?? [0, 0];
  const { job, batches } = await readOwnJob(store, request);
  const render = renderer(job.message);
  const items: object[] = [];
  let next: Position | undefined;
  for (const [index, batch] of batches.entries()) {
    if (index < firstBatch) continue;
    if (index >= firstBatch + BATCHES_A_PAGE) {
      next = [index, 0];
      break;
    }
    if (!mayHold(batch, outcome)) continue;
    const payload = await getPayload(store, job.jobId, batch.batch);
    const refused = new Set(splitList((await readAnswers(store, [batch])).get(batch.batch)?.ErrorPhones ?? null).map(normalised));
    for (const [place, { phone, detail }] of recipientsOf(payload).entries()) {
      if (index === firstBatch && place < firstRecipient) continue;
      const became = outcomeOf(batch, refused.has(phone));
      if (outcome !== undefined && became !== outcome) continue;
      if (items.length === limit) {
        next = [index, place];
        break;
      }
      const reason = refused.has(phone) ? 'The provider named the number in ErrorPhones.' : batch.reason;
      items.push({ phone, outcome: became, batch: batch.batch, try: batch.try, code: batch.code, reason, text: render(detail) });
    }
    if (next) break;
  }
  return json(200, { items, next: next && writeCursor(next) });
}

function mayHold({ state, errorPhones = 0 }: BatchItem, outcome: RecipientOutcome | undefined): boolean {
  if (outcome === undefined || outcome === state) return true;
  if (outcome === 'pending') return state === 'waiting' || state === 'sending';
  return outcome === 'rejected' && errorPhones > 0;
}

function outcomeOf({ state }: BatchItem, refused: boolean): RecipientOutcome {
  if (state === 'waiting' || state === 'sending') return 'pending';
  return state === 'accepted' && refused ? 'rejected' : state;
}

function recipientsOf(payload: Payload): readonly { phone: string; detail: readonly string[] | null }[] {
  return payload.form === 'structured' ? payload.recipients : payload.phones.map((phone) => ({ phone, detail: null }));
}

/** Renders a recipient's text; `undefined` for the provider's own strings, which nobody here can read for certain. */
function renderer(message: Message): (detail: readonly string[] | null) => string | undefined {
  if (message.form === 'strings') return () => undefined;
  const { parts } = parsePattern(message.pattern);
  return (detail) => renderParts(parts, detail ?? message.defaultDetail);
}

function normalised(phone: string): string {
  return normalisePhone(phone) ?? phone;
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isInteger(part) && part >= 0);
}
