import type { ProblemResponse } from './openapi-problems.ts';
import type { BodyName } from './request-schemas.ts';
import type { AnswerName, PartName } from './response-schemas.ts';
import type { DescribedRoute } from './routes.ts';

/** A parameter of a route. */
export interface Parameter {
  name: string;
  in: 'query' | 'header' | 'path';
  description: string;
  schema: object;
  required?: true;
}

/** Headers of an answer, by their names in the description. */
type AnswerHeader = 'ETag' | 'Location' | 'RetryAfter' | 'IdempotencyReplayed';

/** What is said of one route; everything else follows from the schemas. */
export interface Operation {
  id: string;
  tag: keyof typeof TAGS;
  summary: string;
  description: string;
  answers: Partial<Record<200 | 201 | 202 | 304, AnswerName | 'none'>>;
  /** Media type of the answers, where it is not JSON. */
  mediaType?: string;
  headers?: readonly AnswerHeader[];
  /** Beside those of its path, its pages and its preconditions. */
  parameters?: readonly (Parameter | { $ref: string })[];
  /** The most entries of a page, for a route with pages. */
  page?: 100 | 1_000;
  /** Schema of the request's body, by its name in the description. */
  takes?: BodyName;
  problems: readonly ProblemResponse[];
}

export const TAGS = {
  jobs: 'Sending, and how it went.',
  files: 'Recipients from files, and results as files.',
  operation: 'Stopping and starting, and how the service stands.',
  description: 'What describes the service.',
} as const;

const text = { type: 'string' };
const query = (name: string, description: string, schema: object): Parameter => ({ name, in: 'query', description, schema });
const header = (name: string, description: string): Parameter => ({ name, in: 'header', description, schema: text });
const limit = (maximum: number) => query('limit', 'Entries of one page.', { type: 'integer', minimum: 1, maximum });

/** Parameters of several routes, by the names that the description gives them. */
export const SHARED_PARAMETERS = {
  JobId: { name: 'jobId', in: 'path', description: 'Id of the job.', schema: text, required: true },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'Yours. The same key and body give the same job.',
    schema: { ...text, minLength: 1, maxLength: 255 },
    required: true,
  },
  Cursor: query('cursor', '`next` of the page before.', { ...text, minLength: 1 }),
  Limit100: limit(100),
  Limit1000: limit(1_000),
  From: query('from', 'Made from this moment on.', { ...text, format: 'date-time' }),
  To: query('to', 'Made before this moment.', { ...text, format: 'date-time' }),
  Caller: query('caller', 'Whose: a caller by event that the asking one owns; with the scope `operate`, any caller.', text),
  IfMatch: header('If-Match', 'The ETag that is meant; 412 when it is another.'),
  IfNoneMatch: header('If-None-Match', 'The ETag that the caller has; 304 when it is that still.'),
} as const satisfies Record<string, Parameter>;
type SharedParameter = keyof typeof SHARED_PARAMETERS;

const part = (name: PartName) => ({ $ref: `#/components/schemas/${name}` });

const PREFER = header('Prefer', '`respond-async`: answer 202 at once.');

const DAY = { ...text, format: 'date' };
const shared = (name: SharedParameter) => ({ $ref: `#/components/parameters/${name}` });
const TIMES = [shared('From'), shared('To')];

const BODY: readonly ProblemResponse[] = ['BadBody'];
const SEND: readonly ProblemResponse[] = ['BadSend', 'KeyInUse', 'NotSendable', 'OverLimit'];
const ONE_JOB: readonly ProblemResponse[] = ['BadQuery', 'NotFound'];

const operationIn =
  (tag: Operation['tag']) =>
  (id: string, summary: string, more: Omit<Operation, 'id' | 'tag' | 'summary'>): Operation => ({ id, tag, summary, ...more });
const [jobs, files] = [operationIn('jobs'), operationIn('files')];
const [operating, describing] = [operationIn('operation'), operationIn('description')];

/** The routes of the API as their description has them. */
export const operations: Record<DescribedRoute, Operation> = {
  'POST /v1/jobs': jobs('createJob', 'Send', {
    takes: 'SendRequest',
    description:
      'Sends, once for each key. A 2xx does not mean accepted: `counts` says what was. ' +
      'With `"dryRun": true` in the body it answers as `/v1/preview` does; a generated client calls that.',
    answers: { 200: 'Job', 201: 'Job', 202: 'Job' },
    headers: ['ETag', 'Location', 'IdempotencyReplayed'],
    parameters: [shared('IdempotencyKey'), PREFER],
    problems: SEND,
  }),
  'GET /v1/jobs': jobs('listJobs', 'List jobs', {
    page: 100,
    description: "Summaries of the caller's jobs, newest first.",
    answers: { 200: 'Jobs' },
    parameters: [
      query('status', 'Only jobs in this status.', part('JobStatus')),
      shared('Caller'),
      query('reference', 'Only jobs with this reference.', text),
      ...TIMES,
    ],
    problems: ['BadQuery'],
  }),
  'GET /v1/jobs/{jobId}': jobs('getJob', 'Read a job', {
    description: 'With `wait`, answers as soon as nothing is pending any more.',
    answers: { 200: 'Job', 304: 'none' },
    headers: ['ETag'],
    parameters: [query('wait', 'Seconds to wait until nothing is pending.', { type: 'integer', minimum: 0, maximum: 20 })],
    problems: ONE_JOB,
  }),
  'PATCH /v1/jobs/{jobId}': jobs('rescheduleJob', 'Move a job to another time', {
    takes: 'Reschedule',
    description: 'Until it is due. Repeating it changes nothing.',
    answers: { 200: 'Job' },
    headers: ['ETag'],
    problems: [...BODY, 'NotFound', 'NotReschedulable', 'RevisionChanged', 'QuietHours'],
  }),
  'GET /v1/jobs/{jobId}/recipients': jobs('listRecipients', 'List the recipients of a job', {
    page: 1_000,
    description: 'Each with its outcome.',
    answers: { 200: 'Recipients' },
    parameters: [query('outcome', 'Only recipients of this outcome.', part('RecipientOutcome'))],
    problems: ONE_JOB,
  }),
  'GET /v1/jobs/{jobId}/batches': jobs('listBatches', 'List the batches of a job', {
    page: 100,
    description: 'Each with the answer of the provider.',
    answers: { 200: 'Batches' },
    problems: ONE_JOB,
  }),
  'GET /v1/jobs/{jobId}/timeline': jobs('listTimeline', 'List what happened to a job', {
    page: 100,
    description: 'In order, of the job and its batches.',
    answers: { 200: 'Timeline' },
    problems: ONE_JOB,
  }),
  'POST /v1/jobs/{jobId}/cancel': jobs('cancelJob', 'Cancel a job', {
    description: 'Stops every batch that is not being sent, and says what was too late. May be repeated.',
    answers: { 200: 'CancelledJob' },
    headers: ['ETag'],
    problems: [...ONE_JOB, 'RevisionChanged'],
  }),
  'POST /v1/jobs/{jobId}/settle': jobs('settleJob', 'Settle unknown batches', {
    takes: 'Settlement',
    description: 'Decides what unknown batches were. Repeating it changes nothing.',
    answers: { 200: 'Job' },
    headers: ['ETag'],
    problems: [...BODY, 'NotFound', 'NotSettleable', 'RevisionChanged'],
  }),
  'POST /v1/jobs/{jobId}/resend': jobs('resendJob', 'Send again to some recipients', {
    takes: 'Resend',
    description: 'A new job for the recipients with these outcomes, with their details, linked both ways.',
    answers: { 200: 'Job', 201: 'Job', 202: 'Job' },
    headers: ['ETag', 'Location', 'IdempotencyReplayed'],
    parameters: [shared('IdempotencyKey')],
    problems: ['BadSend', 'NotFound', 'NotResendable', 'NotSendable', 'OverLimit'],
  }),
  'POST /v1/jobs/{jobId}/export': files('createExport', 'Ask for the results as a file', {
    description: 'A CSV file with one recipient in each row. Ask where it is with GET.',
    answers: { 200: 'Export', 202: 'Export' },
    headers: ['Location', 'RetryAfter'],
    problems: [...ONE_JOB, 'TooEarly'],
  }),
  'GET /v1/jobs/{jobId}/export': files('getExport', 'Find the file of results', {
    description: '200 with its address, good for a quarter of an hour; 202 while it is being written.',
    answers: { 200: 'Export', 202: 'Export' },
    headers: ['Location', 'RetryAfter'],
    problems: ONE_JOB,
  }),
  'POST /v1/uploads': files('createUpload', 'Get an address for a file', {
    takes: 'Upload',
    description: 'A file of up to 1,000,000 recipients goes there with PUT.',
    answers: { 201: 'UploadAddress' },
    problems: BODY,
  }),
  'POST /v1/preview': jobs('previewJob', 'Preview a request', {
    takes: 'SendRequest',
    page: 1_000,
    description: 'What it would send. Nothing is stored or sent.',
    answers: { 200: 'Preview' },
    problems: [...BODY, 'TooManyRecipients'],
  }),
  'GET /v1/recipients': jobs('findRecipients', 'Find what was sent to a phone', {
    page: 100,
    description: 'Over all jobs that the caller may see, newest first.',
    answers: { 200: 'FoundRecipients' },
    parameters: [{ ...query('phone', 'In any way of writing it.', text), required: true }, shared('Caller'), ...TIMES],
    problems: ['BadQuery'],
  }),
  'GET /v1/usage': operating('getUsage', 'Read the usage by day', {
    description: "What the jobs made on each day came to, in the stage's zone; today without `from` and `to`.",
    answers: { 200: 'Usage' },
    parameters: [shared('Cursor'), query('from', 'First day.', DAY), query('to', 'Last day.', DAY), shared('Caller')],
    problems: ['BadQuery'],
  }),
  'GET /v1/provider': operating('getProvider', 'Read how the provider does', {
    description: "Whether it is called, how many calls are open, and its last answers to the caller's jobs.",
    answers: { 200: 'Provider' },
    problems: ['BadQuery'],
  }),
  'GET /v1/account': operating('getAccount', 'Read the account', {
    description: "The caller, its switch, and today's recipients.",
    answers: { 200: 'Account' },
    problems: ['BadQuery'],
  }),
  'PUT /v1/account/dispatch': operating('setOwnDispatch', "Stop or start the caller's jobs", {
    takes: 'SwitchChange',
    description: 'What is being sent ends; what waits stays.',
    answers: { 200: 'Switch' },
    parameters: [shared('Caller')],
    problems: BODY,
  }),
  'GET /v1/dispatch': operating('getDispatch', 'Read the switch of all jobs', {
    description: 'Whether jobs are dispatched at all.',
    answers: { 200: 'Switch' },
    problems: ['BadQuery'],
  }),
  'PUT /v1/dispatch': operating('setDispatch', 'Stop or start all jobs', {
    takes: 'SwitchChange',
    description: 'What is being sent ends; what waits stays.',
    answers: { 200: 'Switch' },
    problems: BODY,
  }),
  'GET /events.json': describing('getEventSchemas', 'Read the schemas of the events', {
    description: 'JSON Schemas of the events that are taken and put.',
    answers: { 200: 'Document' },
    problems: ['BadQuery'],
  }),
  'GET /healthz': operating('getHealth', 'Ask whether it answers', {
    description: 'Looks at nothing behind the function.',
    answers: { 200: 'Health' },
    problems: ['BadQuery'],
  }),
};
