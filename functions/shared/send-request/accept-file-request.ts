import { uploadKey } from '../files/names.ts';
import { lookUp, type OrderHead } from '../job/create-job.ts';
import { type FileSource, makePreparing } from '../job/file-job.ts';
import type { Store } from '../job/context.ts';
import { invalidRequest } from '../problem/problem.ts';
import { hashOf } from './body-hash.ts';
import type { OrderRules } from './check-request.ts';
import { durationMilliseconds } from './duration.ts';
import { createFileCheck } from './check-file-request.ts';
import { checkKey, expectTime, newPlan, type OrderRequest, type PlacedOrder, sealedJob } from './accept-request.ts';
import { parseFileOrder } from './request-schema.ts';
import { readSendTime } from './send-time.ts';

/** A request to send whose recipients come from a file. `uploader`: who uploaded it, unless that was the caller. */
export interface FileRequest extends OrderRequest {
  uploader?: string | undefined;
}

/**
 * Turns a request whose recipients come from a file into a job that is `preparing`. The message is checked now, the file when it is
 * read; whether it is there is seen then, too. The same key and body always give the same job.
 * @throws ProblemError; then nothing was stored
 */
export async function placeFileOrder(store: Store, rules: OrderRules, request: FileRequest): Promise<PlacedOrder> {
  const { caller, key, uploader = caller } = request;
  checkKey(key);
  const parsed = parseFileOrder(request.body);
  if ('problems' in parsed) throw invalidRequest(parsed.problems, parsed.furtherProblems);
  const body = parsed.order;
  const hash = hashOf(body);
  const lookup = await lookUp(store, caller, key, hash);
  if (lookup.kind !== 'free') return { job: sealedJob(lookup), made: false };

  const { message, problems } = createFileCheck(rules, body);
  const { time, problems: timeProblems } = readSendTime(body, rules.providerZone);
  expectTime(rules, body.smsType, { time, problems: [...problems, ...timeProblems], furtherProblems: 0 }, store.now());
  const { charactersPerMessage, allowedPhones, retentionDays } = rules.limits;
  const order: OrderHead = {
    ...{ caller, key, hash, message, retentionDays, smsType: body.smsType, postFixNumber: body.postFixNumber },
    time,
    validFor: body.validFor === undefined ? undefined : durationMilliseconds(body.validFor),
    plan: newPlan(store, rules),
  };
  const { uploadId, badLines } = body.recipientsFrom;
  const limits = { charactersPerMessage, allowedPhones };
  const source: FileSource = { uploadId, object: uploadKey(uploader, uploadId), onBadLines: badLines, limits };
  const made = await makePreparing(store, order, source, lookup.seen);
  return 'made' in made ? made : { job: sealedJob(made), made: false };
}
