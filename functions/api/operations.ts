import { JOB_STATUSES } from '../shared/job/states.ts';
import type { BodyName } from './request-schemas.ts';
import type { AnswerName } from './response-schemas.ts';
import type { RouteName } from './routes.ts';

/** A parameter of a route: its name, where it stands, what it means, its schema. */
export type Parameter = [name: string, place: 'query' | 'header' | 'path', description: string, schema: object, required?: 'required'];

/** What is said of one route; everything else follows from the schemas. */
export interface Operation {
  summary: string;
  answers: Partial<Record<200 | 201 | 202, AnswerName | 'OpenApi' | 'EventSchemas'>>;
  /** Answers without a body of ours. */
  redirects?: string;
  parameters?: Parameter[];
  /** Schema of the request's body, by its name in the description. */
  takes?: BodyName;
}

const limit = (maximum: number): Parameter => ['limit', 'query', 'Entries of one page.', { type: 'integer', minimum: 1, maximum }];
const LIMIT = limit(100);
const CURSOR: Parameter = ['cursor', 'query', '`next` of the page before.', { type: 'string' }];
const JOB_ID: Parameter = ['jobId', 'path', 'Id of the job.', { type: 'string' }, 'required'];
const KEY: Parameter = [
  'Idempotency-Key',
  'header',
  'Chosen by the caller; the same key and body always give the same job.',
  { type: 'string', minLength: 1, maxLength: 255 },
  'required',
];
const CALLER: Parameter = ['caller', 'query', 'The jobs of a caller by event whose owner asks.', { type: 'string' }];
const PREFER: Parameter = ['Prefer', 'header', 'respond-async: do not wait for the provider, answer 202.', { type: 'string' }];
const OUTCOMES = ['pending', 'accepted', 'rejected', 'unknown', 'cancelled', 'expired'];

/** The routes of the API as their description has them. */
export const operations: Record<RouteName, Operation> = {
  'POST /v1/jobs': {
    summary: 'Send, once. 201 with the answer of the provider, 202 while there is none, 200 for a key that was used before.',
    answers: { 200: 'Job', 201: 'Job', 202: 'Job' },
    parameters: [KEY, PREFER],
    takes: 'SendRequest',
  },
  'GET /v1/jobs': {
    summary: "The caller's jobs, newest first.",
    answers: { 200: 'Jobs' },
    parameters: [LIMIT, CURSOR, ['status', 'query', 'Only jobs in this status.', { type: 'string', enum: JOB_STATUSES }], CALLER],
  },
  'GET /v1/jobs/{jobId}': {
    summary: 'One job.',
    answers: { 200: 'Job' },
    parameters: [JOB_ID, ['wait', 'query', 'Wait so many seconds until nothing is pending.', { type: 'integer', minimum: 0, maximum: 20 }]],
  },
  'PATCH /v1/jobs/{jobId}': {
    summary: 'Moves a job to another time, until it is due. Repeating it changes nothing.',
    answers: { 200: 'Job' },
    parameters: [JOB_ID],
    takes: 'Reschedule',
  },
  'GET /v1/jobs/{jobId}/recipients': {
    summary: 'Every recipient and what became of it.',
    answers: { 200: 'Recipients' },
    parameters: [
      JOB_ID,
      limit(1_000),
      CURSOR,
      ['outcome', 'query', 'Only recipients of this outcome.', { type: 'string', enum: OUTCOMES }],
    ],
  },
  'GET /v1/jobs/{jobId}/batches': {
    summary: 'Every batch with the answer of the provider.',
    answers: { 200: 'Batches' },
    parameters: [JOB_ID, LIMIT, CURSOR],
  },
  'GET /v1/jobs/{jobId}/timeline': {
    summary: 'Everything that happened to the job, in order.',
    answers: { 200: 'Timeline' },
    parameters: [JOB_ID, LIMIT, CURSOR],
  },
  'POST /v1/jobs/{jobId}/cancel': {
    summary: 'Stops every batch that nobody has claimed, and says what was too late. May be repeated.',
    answers: { 200: 'CancelledJob' },
    parameters: [JOB_ID],
  },
  'POST /v1/jobs/{jobId}/settle': {
    summary: 'Decides what unknown batches were: accepted, rejected, or to be sent once more. Repeating it changes nothing.',
    answers: { 200: 'Job' },
    parameters: [JOB_ID, ['If-Match', 'header', 'Revision whose unknown batches are meant, when none are named.', { type: 'string' }]],
    takes: 'Settlement',
  },
  'POST /v1/jobs/{jobId}/export': {
    summary: 'Asks for the results of a job, recipient by recipient, as a CSV file.',
    answers: { 202: 'Export' },
    parameters: [JOB_ID],
  },
  'GET /v1/jobs/{jobId}/export': {
    summary: 'Where the file of results is; 202 while it is being written.',
    answers: { 202: 'Export' },
    redirects: 'The file is at the address in Location, for a quarter of an hour.',
    parameters: [JOB_ID],
  },
  'POST /v1/uploads': {
    summary: 'An address to which a file of up to 1,000,000 recipients can be uploaded with PUT.',
    answers: { 201: 'UploadAddress' },
    takes: 'Upload',
  },
  'POST /v1/preview': {
    summary: 'What a request would send: texts, segments, calls, refusals. Nothing is stored or sent.',
    answers: { 200: 'Preview' },
    parameters: [limit(1_000), CURSOR],
    takes: 'SendRequest',
  },
  'GET /v1/account': { summary: "The caller, whether its jobs are dispatched, and today's recipients.", answers: { 200: 'Account' } },
  'PUT /v1/account/dispatch': {
    summary: "Stops or starts dispatching the caller's jobs.",
    answers: { 200: 'Switch' },
    takes: 'SwitchChange',
  },
  'GET /v1/dispatch': { summary: "Whether anybody's jobs are dispatched.", answers: { 200: 'Switch' } },
  'PUT /v1/dispatch': { summary: "Stops or starts dispatching everybody's jobs.", answers: { 200: 'Switch' }, takes: 'SwitchChange' },
  'GET /openapi.json': { summary: 'This description.', answers: { 200: 'OpenApi' } },
  'GET /events.json': { summary: 'JSON Schemas of the events that are taken and put.', answers: { 200: 'EventSchemas' } },
  'GET /healthz': { summary: 'Whether the service answers.', answers: { 200: 'Health' } },
};
