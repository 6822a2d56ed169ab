import type { JobContext } from '../job/context.ts';
import { createFileJob } from '../job/file-job.ts';
import { lookUp } from '../job/look-up-key.ts';
import type { SendRequestHead } from '../job/new-job.ts';
import { type AcceptedRequest, checkKey, type IncomingRequest, sealedJob } from './accept-request.ts';
import { hashOf } from './body-hash.ts';
import { rulesFor } from './caller-rules.ts';
import type { SendRules } from './check-request.ts';
import { parseFileRequest, prepareFileRequest } from './prepare-file-request.ts';
import { newSnapshot } from './prepare-request.ts';

/** A request to send whose recipients come from a file. `uploader`: who uploaded it, unless that was the caller. */
export interface IncomingFileRequest extends IncomingRequest {
  uploader?: string | undefined;
}

/**
 * Steps a request whose recipients come from a file into a job that is `preparing`. The message is checked now, the file when it is
 * read; whether it is there is seen then, too. The same key and body always give the same job.
 * @throws ProblemError; then nothing was stored
 */
export async function acceptFileRequest(context: JobContext, stage: SendRules, request: IncomingFileRequest): Promise<AcceptedRequest> {
  const { caller, key, uploader = caller } = request;
  checkKey(key);
  const rules = rulesFor(stage, caller);
  const body = parseFileRequest(rules, request.body);
  const hash = hashOf(body);
  const lookup = await lookUp(context, caller, key, hash);
  if (lookup.kind !== 'free') return { job: sealedJob(lookup), made: false };

  const now = context.now();
  const { source, ...prepared } = prepareFileRequest(rules, newSnapshot(rules, now), body, uploader, now);
  const head: SendRequestHead = { ...prepared, caller, key, hash, retentionDays: rules.limits.retentionDays };
  const made = await createFileJob(context, head, source);
  return 'made' in made ? made : { job: sealedJob(made), made: false };
}
