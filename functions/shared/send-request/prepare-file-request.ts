import { uploadKey } from '../files/object-keys.ts';
import type { BatchingSnapshot } from '../job/batch-item.ts';
import type { FileSource } from '../job/job-file.ts';
import { createRecipientCheck } from '../message/check-recipient.ts';
import { addFieldErrors } from '../problem/field-error.ts';
import { invalidRequest } from '../problem/problem.ts';
import type { SendRules } from './check-request.ts';
import { durationMilliseconds } from './duration.ts';
import { parseFileBody } from './parse-body.ts';
import { expectTime, type PreparedRequest } from './prepare-request.ts';
import type { FileRequest } from './request-schema.ts';
import { readSendTime } from './send-time.ts';

/** A request whose message has been checked, and whose recipients are still to be read from a file. */
export interface FileToPrepare extends Omit<PreparedRequest, 'removed' | 'batches' | 'protocol'> {
  source: FileSource;
}

/** Reads the body of a request that names a file. @throws ProblemError that names every wrong place, those of its message too */
export function parseFileRequest(rules: SendRules, body: unknown): FileRequest {
  const { body: parsed, errors } = parseFileBody(body);
  if (parsed && errors.problems.length === 0) return parsed;
  if (parsed) addFieldErrors(errors, createRecipientCheck(rules.dialect, rules.limits, parsed).problems);
  throw invalidRequest(errors.problems, errors.furtherProblems);
}

/**
 * Checks a parsed request that names a file. Everything that decides how the file is read and batched is fixed here. Pure: nothing is stored.
 * @param uploader who uploaded the file
 * @param now epoch milliseconds
 * @throws ProblemError that names every wrong place
 */
export function prepareFileRequest(
  rules: SendRules,
  snapshot: BatchingSnapshot,
  body: FileRequest,
  uploader: string,
  now: number,
): FileToPrepare {
  const { message, problems } = createRecipientCheck(snapshot.dialect, rules.limits, body);
  const { time, problems: timeProblems } = readSendTime(body, rules.providerZone);
  expectTime(rules, body.smsType, { time, problems: [...problems, ...timeProblems], furtherProblems: 0 }, now);
  const { charactersPerMessage, allowedPhones, callsPerJob, signatures } = rules.limits;
  const { smsType, postFixNumber, reference, validFor, personalise, allowEmpty } = body;
  const { uploadId, badLines, phoneColumn, encoding } = body.recipientsFrom;
  return {
    message,
    smsType,
    postFixNumber,
    reference,
    time,
    snapshot,
    validFor: validFor === undefined ? undefined : durationMilliseconds(validFor),
    source: {
      uploadId,
      object: uploadKey(uploader, uploadId),
      onBadLines: badLines,
      limits: { charactersPerMessage, allowedPhones, callsPerJob, ...(signatures && { signatures }) },
      reading: { phoneColumn, encoding, personalise, allowEmpty },
    },
  };
}
