import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { describeOutboxEvent, describeRefusal, type OutgoingEvent } from '../../functions/shared/event/details.ts';
import { EVENT_OF, type EventName } from '../../functions/shared/event/event-names.ts';
import { eventSchemas } from '../../functions/shared/event/schemas.ts';
import type { JobItem, OutboxEvent } from '../../functions/shared/job/job-item.ts';
import { countRecipients } from '../../functions/shared/job/states.ts';
import { invalidRequest, ProblemError } from '../../functions/shared/problem/problem.ts';

/** The schemas as other systems read them. Written anew by `curl -sS http://127.0.0.1:3000/events.json`, then formatted. */
const file = new URL('../../functions/shared/event/events.json', import.meta.url);
const published = JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof eventSchemas>;

test('the file of schemas is what the schemas say', () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(eventSchemas())));
});

const reader = (schema: unknown) => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);

/** Holds an event against the published schema, and its fields against those that the schema names: no phone slips in. */
function expectPublished({ name, detail }: OutgoingEvent): void {
  const written = JSON.parse(JSON.stringify(detail));
  const schema = published.out.details[name] as { properties: object; required: string[] };
  expect(reader(schema).safeParse(written).error).toBeUndefined();
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(written)));
}

const NOW = Date.parse('2026-11-23T01:02:03.004Z');
const counts = { ...countRecipients([]), total: 3, accepted: 1, rejected: 2 };
const job = {
  ...{ jobId: 'job_01', caller: 'event:111111111111/shop', key: 'k', status: 'completed', rev: 9 },
  file: {
    refusal: { code: 'file-missing', detail: 'Nothing was uploaded under this uploadId.' },
    progress: { badLines: { count: 0, first: [] } },
  },
} as unknown as JobItem;
const outbox = (status: OutboxEvent['status']): OutboxEvent => ({ status, rev: 4, at: NOW, counts });

test.each(Object.keys(EVENT_OF) as OutboxEvent['status'][])('%s is told as it is published', (status) => {
  const event = describeOutboxEvent(job, outbox(status));
  expectPublished(event);
  expect(event).toMatchObject({ name: EVENT_OF[status], time: NOW });
  const named = { version: 1, jobId: 'job_01', revision: 4, caller: job.caller, idempotencyKey: 'k', time: '2026-11-23T01:02:03.004Z' };
  const rest = { completed: { status, counts, outcome: 'partial' }, refused: { problem: expect.anything() } }[status as string] ?? {
    status,
    counts,
  };
  expect(event.detail).toEqual({ ...named, ...rest });
});

test('a schema refuses what is not an event', () => {
  const { detail } = describeOutboxEvent(job, outbox('completed'));
  const reads = (name: EventName, value: object) => reader(published.out.details[name]).safeParse(value).success;
  expect(reads('Job Completed', detail)).toBe(true);
  expect(reads('Job Completed', { ...detail, addedLater: 1 })).toBe(true);
  expect(reads('Job Completed', { ...detail, counts: undefined })).toBe(false);
  expect(reads('Job Completed', { ...detail, version: 2 })).toBe(false);
  expect(reads('Job Cancelled', detail)).toBe(false);
});

test('a refused file says what a request over HTTPS would hear', () => {
  const told = (refusal: { code: string; detail: string }, badLines: object = { count: 0, first: [] }) => {
    const event = describeOutboxEvent({ ...job, file: { ...job.file, refusal, progress: { badLines } } } as JobItem, outbox('refused'));
    expectPublished(event);
    return (event.detail as { problem: unknown }).problem;
  };
  const bad = { line: 3, place: 'line 3.phone', code: 'phone-malformed', detail: 'No mobile number.' };
  expect(told({ code: 'bad-lines', detail: '2 line(s)' }, { count: 2, first: [bad] })).toMatchObject({
    ...{ code: 'file-refused', status: 422, retry: false, detail: '2 line(s)', furtherErrors: 1 },
    errors: [{ place: 'line 3.phone', code: 'phone-malformed', detail: 'No mobile number.' }],
  });
  expect(told({ code: 'file-missing', detail: 'x' })).toMatchObject({
    errors: [{ place: 'recipientsFrom.uploadId', code: 'file-missing' }],
  });
  expect(told({ code: 'daily-limit-reached', detail: 'x' })).toMatchObject({ code: 'daily-limit-reached', retry: true });
});

const origin = { eventId: 'e', account: '111111111111', source: 'shop' };

test('a refusal is told as it is published', () => {
  const event = describeRefusal(
    origin,
    job.caller,
    'k',
    new ProblemError('quiet-now', 'x', { nextAllowedTime: '2026-11-24T00:00:00Z' }).document,
    NOW,
  );
  expectPublished(event);
  expect(event.detail).toMatchObject({ request: origin, idempotencyKey: 'k', caller: job.caller, time: '2026-11-23T01:02:03.004Z' });
  expect(describeRefusal(origin, job.caller, undefined, new ProblemError('not-found', 'x').document, NOW).detail).not.toHaveProperty(
    'idempotencyKey',
  );
});

test('a refusal fits into an event however long the names are that the caller chose; what is left out is counted', () => {
  const wrong = (index: number, length: number) => ({
    place: `${'字'.repeat(length)}${index}`,
    code: 'unknown-field',
    detail: 'There is no such field.',
  });
  for (const [places, length] of [
    [100, 1_000],
    [1, 80_000],
    [3, 30_000],
    [100, 10],
  ] as const) {
    const errors = Array.from({ length: places }, (_, index) => wrong(index, length));
    const event = describeRefusal(origin, job.caller, 'k', invalidRequest(errors, 7).document, NOW);
    expectPublished(event);
    expect(Buffer.byteLength(JSON.stringify(event.detail))).toBeLessThan(256 * 1024 - 5_000);
    const { problem } = event.detail as { problem: { errors?: object[]; furtherErrors: number; detail: string } };
    const shown = problem.errors ?? [];
    expect(shown).toEqual(errors.slice(0, shown.length));
    expect(shown.length + problem.furtherErrors).toBe(places + 7);
    if (length === 10) expect(shown).toHaveLength(places);
  }
});

test('the schema of Send Requested takes the three forms, and neither a missing key nor another version', () => {
  const takes = (detail: object) => reader(published.in['Send Requested']).safeParse(detail).success;
  const head = { version: 1, idempotencyKey: 'k', pattern: 'hi' };
  expect(
    takes({ ...head, recipients: ['13800138000', { phone: '13900139000', detail: ['a'] }], sendTime: '2026-12-01T09:00:00+08:00' }),
  ).toBe(true);
  expect(takes({ ...head, phones: '13800138000;' })).toBe(true);
  expect(takes({ ...head, recipientsFrom: { uploadId: 'upl_csv_01ARZ3NDEKTSV4RRFFQ69G5FAV' } })).toBe(true);
  expect(takes({ ...head, recipients: [], idempotencyKey: undefined })).toBe(false);
  expect(takes({ ...head, recipients: [], version: 2 })).toBe(false);
  expect(takes({ ...head, recipients: [], more: 1 })).toBe(false);
});
