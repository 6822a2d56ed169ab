import { uploadKey } from '../files/names.ts';
import type { JobContext } from '../job/context.ts';
import { lookUp, type SendRequestHead } from '../job/create-job.ts';
import { createFileJob, type FileSource } from '../job/file-job.ts';
import { addFieldErrors } from '../problem/field-error.ts';
import { invalidRequest } from '../problem/problem.ts';
import { type AcceptedRequest, checkKey, type IncomingRequest, sealedJob } from './accept-request.ts';
import { hashOf } from './body-hash.ts';
import { createFileCheck } from './check-file-request.ts';
import type { SendRules } from './check-request.ts';
import { durationMilliseconds } from './duration.ts';
import { expectTime, newSnapshot, underSnapshot } from './prepare-request.ts';
import { parseFileBody } from './request-schema.ts';
import { readSendTime } from './send-time.ts';

/** A request to send whose recipients come from a file. `uploader`: who uploaded it, unless that was the caller. */
export interface IncomingFileRequest extends IncomingRequest {
  uploader?: string | undefined;
}

/**
 * Steps a request whose recipients come from a file into a job that is `preparing`. The message is checked now, the file when it is
 * read; whether it is there is seen then, too. The same key and body always give the same job.
 * @throws ProblemError; then nothing was stored
 */
export async function acceptFileRequest(context: JobContext, rules: SendRules, request: IncomingFileRequest): Promise<AcceptedRequest> {
  const { caller, key, uploader = caller } = request;
  checkKey(key);
  const { body, errors } = parseFileBody(request.body);
  if (!body || errors.problems.length > 0) {
    if (body) addFieldErrors(errors, createFileCheck(rules, body).problems);
    throw invalidRequest(errors.problems, errors.furtherProblems);
  }
  const hash = hashOf(body);
  const lookup = await lookUp(context, caller, key, hash);
  if (lookup.kind !== 'free') return { job: sealedJob(lookup), made: false };

  const now = context.now();
  const snapshot = newSnapshot(rules, now);
  const { message, problems } = createFileCheck(underSnapshot(rules, snapshot), body);
  const { time, problems: timeProblems } = readSendTime(body, rules.providerZone);
  expectTime(rules, body.smsType, { time, problems: [...problems, ...timeProblems], furtherProblems: 0 }, now);
  const { charactersPerMessage, allowedPhones, retentionDays } = rules.limits;
  const order: SendRequestHead = {
    ...{ caller, key, hash, message, retentionDays, smsType: body.smsType, postFixNumber: body.postFixNumber },
    reference: body.reference,
    time,
    validFor: body.validFor === undefined ? undefined : durationMilliseconds(body.validFor),
    snapshot,
  };
  const { uploadId, badLines } = body.recipientsFrom;
  const limits = { charactersPerMessage, allowedPhones };
  const source: FileSource = { uploadId, object: uploadKey(uploader, uploadId), onBadLines: badLines, limits };
  const made = await createFileJob(context, order, source);
  return 'made' in made ? made : { job: sealedJob(made), made: false };
}
