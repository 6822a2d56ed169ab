import type * as z from 'zod/mini';
import type { JobItem, OutboxEvent } from '../job/job-item.ts';
import { outcomeOf } from '../job/states.ts';
import { PROBLEM_TYPES, type ProblemDocument, ProblemError, type ProblemType } from '../problem/problem.ts';
import { EVENT_OF, type EventName, VERSION } from './event-names.ts';
import type { outgoing } from './schemas.ts';

/** An event as it is put on the bus. `time`: epoch milliseconds. */
export type OutgoingEvent = {
  [Name in EventName]: { name: Name; time: number; detail: z.output<(typeof outgoing)[Name]> };
}[EventName];

/** A request to send that came as an event: its id, and where it came from. */
export interface RequestOrigin {
  eventId: string;
  account: string;
  source: string;
}

/** EventBridge takes entries of 256 KB, names and time included; JSON in UTF-8 (bytes). */
const LARGEST_PROBLEM = 200_000;
/** The most characters of a problem's own sentence, which may quote a name that the caller chose. */
const LONGEST_SENTENCE = 1_000;

/** Writes an entry of a job's outbox as an event. */
export function describeOutboxEvent(job: JobItem, { status, rev, at, counts }: OutboxEvent): OutgoingEvent {
  const { jobId, caller, key: idempotencyKey } = job;
  const { reference } = job;
  const named = {
    ...({ version: VERSION, jobId, revision: rev, caller, idempotencyKey, time: new Date(at).toISOString() } as const),
    ...(reference !== undefined && { reference }),
  };
  if (status === 'refused') return { name: EVENT_OF[status], time: at, detail: { ...named, problem: cutToFit(fileProblem(job)) } };
  const detail = { ...named, status, counts, ...(status === 'completed' && { outcome: outcomeOf(status, counts) }) };
  return { name: EVENT_OF[status], time: at, detail } as OutgoingEvent;
}

/** Writes why a request that came as an event made no job. @param idempotencyKey the request's own, if it can be used */
export function describeRefusal(
  origin: RequestOrigin,
  caller: string,
  idempotencyKey: string | undefined,
  problem: ProblemDocument,
  now: number,
): OutgoingEvent {
  const named = { caller, time: new Date(now).toISOString(), ...(idempotencyKey && { idempotencyKey }), request: origin };
  return { name: EVENT_OF.refused, time: now, detail: { version: VERSION, ...named, problem: cutToFit(problem) } };
}

/** Why a file was refused, as a request over HTTPS with the same recipients would hear it. */
function fileProblem({ file }: JobItem): ProblemDocument {
  const { code = 'unreadable', detail = 'The file could not be read.' } = file?.refusal ?? {};
  if (Object.hasOwn(PROBLEM_TYPES, code)) return new ProblemError(code as ProblemType, detail).document;
  const { count = 0, first = [] } = code === 'bad-lines' ? (file?.progress.badLines ?? {}) : {};
  const lines = first.map(({ place, code: wrong, detail: sentence }) => ({ place, code: wrong, detail: sentence }));
  const errors = lines.length > 0 ? lines : [{ place: 'recipientsFrom.uploadId', code, detail }];
  return new ProblemError('file-refused', detail, { errors, furtherErrors: Math.max(0, count - lines.length) }).document;
}

/** A problem document that fits into an event: places that are left out are counted. */
function cutToFit(problem: ProblemDocument): z.output<(typeof outgoing)['Send Refused']>['problem'] {
  const { errors: all = [], furtherErrors = 0, detail: whole, ...rest } = problem;
  const detail = whole.length > LONGEST_SENTENCE ? `${whole.slice(0, LONGEST_SENTENCE)} ... (cut)` : whole;
  const errors = [...all];
  let bytes = Buffer.byteLength(JSON.stringify(errors));
  while (bytes > LARGEST_PROBLEM) bytes -= Buffer.byteLength(JSON.stringify(errors.pop()));
  const further = furtherErrors + all.length - errors.length;
  return { ...rest, detail, ...(errors.length > 0 && { errors }), ...(further > 0 && { furtherErrors: further }) };
}
