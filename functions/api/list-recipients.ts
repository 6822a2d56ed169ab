import type { BatchItem } from '../shared/job/batch-item.ts';
import { getPayload } from '../shared/job/payload.ts';
import { RECIPIENT_OUTCOMES, type RecipientOutcome, type RecipientResult, readAnswers, resultsOf } from '../shared/job/results.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { choiceOf, cursorOf, integerOf, writeCursor } from './query.ts';
import { readOwnJob } from './read-jobs.ts';
import { json } from './responses.ts';

/** The most batches that one page looks into: a rare outcome in a large job is found in several short answers. */
const BATCHES_A_PAGE = 20;

/** Where a page starts: a batch (from 0) and a recipient in it. */
type Position = [batch: number, recipient: number];

/** `GET /v1/jobs/{jobId}/recipients`: every recipient with its outcome, or those of one outcome. */
export async function listRecipients({ context }: Api, request: ApiRequest) {
  const limit = integerOf(request.query, 'limit', { least: 1, most: 1_000, otherwise: 100 });
  const outcome = choiceOf(request.query, 'outcome', RECIPIENT_OUTCOMES);
  const [firstBatch, firstRecipient] = cursorOf(request.query, isPosition, [request.jobId, outcome]) ?? [0, 0];
  const { job, batches } = await readOwnJob(context, request);
  const results = resultsOf(job);
  const items: RecipientResult[] = [];
  let next: Position | undefined;
  for (const [index, batch] of batches.entries()) {
    if (index < firstBatch) continue;
    if (index >= firstBatch + BATCHES_A_PAGE) {
      next = [index, 0];
      break;
    }
    if (!mayHold(batch, outcome)) continue;
    const payload = await getPayload(context, job, batch.batch);
    const answer = (await readAnswers(context, [batch])).get(batch.batch);
    let position = 0;
    for (const result of results(batch, payload, answer)) {
      const at = position++;
      if (index === firstBatch && at < firstRecipient) continue;
      if (outcome !== undefined && result.outcome !== outcome) continue;
      if (items.length === limit) {
        next = [index, at];
        break;
      }
      items.push(result);
    }
    if (next) break;
  }
  return json(200, 'Recipients', { items, next: next && writeCursor(next, [request.jobId, outcome]) });
}

function mayHold(batch: BatchItem, outcome: RecipientOutcome | undefined): boolean {
  const { state } = batch;
  if (outcome === undefined || outcome === state) return true;
  if (outcome === 'pending') return state === 'waiting' || state === 'sending';
  return outcome === 'rejected' && batch.state === 'accepted' && (batch.errorPhones ?? 0) > 0;
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isInteger(part) && part >= 0);
}
