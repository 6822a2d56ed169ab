import * as z from 'zod/mini';
import type { RecipientInput } from '../message/recipient-input.ts';
import { describeIssue } from '../problem/describe-issue.ts';
import { addFieldErrors, type FieldErrors, type Problem } from '../problem/field-error.ts';
import { type FileRequest, fileRequest, recipient, type SendRequestBody, stringsRequest, structuredRequest } from './request-schema.ts';

/** A body that was read field by field, so that everything that is wrong with it is found in one pass. */
export interface ParsedBody<Body> {
  /** Without its wrong fields; `undefined` when its message cannot be read. It may be sent only when there are no errors. */
  body: Body | undefined;
  errors: FieldErrors;
}

/** Reads the body of a request to send, by the schema of the form that it chooses with `recipients` or `phones`. */
export function parseBody(body: unknown): ParsedBody<SendRequestBody> {
  if (hasField(body, 'recipients') && hasField(body, 'phones')) return formsMixed('recipients', 'phones');
  return hasField(body, 'phones') ? readFields(stringsRequest, body) : readFields(structuredRequest, body);
}

/** Whether a body names a file. Then it has no recipients of its own. */
export function namesFile(body: unknown): boolean {
  return hasField(body, 'recipientsFrom');
}

/** Reads the body of a request whose recipients come from a file. */
export function parseFileBody(body: unknown): ParsedBody<FileRequest> {
  const other = ['recipients', 'phones'].find((name) => hasField(body, name));
  return other ? formsMixed('recipientsFrom', other) : readFields(fileRequest, body);
}

function hasField(body: unknown, name: string): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name);
}

function formsMixed(one: string, other: string): ParsedBody<never> {
  const detail = `${one} and ${other} exclude each other: they choose the form of the request.`;
  return { body: undefined, errors: { problems: [{ place: other, code: 'forms-mixed', detail }], furtherProblems: 0 } };
}

/** Each says what another means: where one is wrong, nothing is said about the rest. */
const TIME_FIELDS = ['sendTime', 'timeZone', 'scheduler', 'validFor'];
/** Without one of these it would be another message, so that nothing more can be said about it. */
const MESSAGE_FIELDS = ['pattern', 'defaultDetail', 'recipients', 'phones', 'details', 'recipientsFrom'];

/** Reads each field by its own schema. A wrong one beside the message does not hide what is wrong with the message. */
function readFields<Schema extends z.ZodMiniObject>(schema: Schema, body: unknown): ParsedBody<z.output<Schema>> {
  const errors: FieldErrors = { problems: [], furtherProblems: 0 };
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { body: undefined, errors: problemsOf(z.safeParse(schema, body).error as z.core.$ZodError) };
  }
  const fields: Record<string, unknown> = {};
  const wrong = new Set<string>();
  for (const [name, field] of Object.entries(schema.shape)) {
    const written = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
    const parsed = z.safeParse(field, written);
    addFieldErrors(errors, nameless(written, name));
    if (!parsed.success) {
      wrong.add(name);
      for (const issue of parsed.error.issues) addFieldErrors(errors, toProblems(issue, [name]));
    }
    const value = parsed.success ? parsed.data : z.safeParse(field, undefined).data;
    if (value !== undefined) fields[name] = value;
  }
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(schema.shape, name));
  addFieldErrors(errors, unknown.map(unknownField));
  if (TIME_FIELDS.some((name) => wrong.has(name))) for (const name of TIME_FIELDS) delete fields[name];
  const isReadable = !MESSAGE_FIELDS.some((name) => wrong.has(name));
  return { body: isReadable ? (fields as z.output<Schema>) : undefined, errors };
}

/** Reads one recipient of a file, as it stands in a list of recipients. @param place of the recipient, for its problems */
export function parseRecipient(value: unknown, place: string): { recipient: RecipientInput } | { problems: Problem[] } {
  const parsed = z.safeParse(recipient, value);
  const hidden = nameless(value, place);
  if (hidden.length > 0) return { problems: hidden };
  if (parsed.success) return { recipient: parsed.data };
  return { problems: problemsOf(parsed.error).problems.map((problem) => ({ ...problem, place: within(place, problem.place) })) };
}

/** Details by name with a name that no object can have, which zod passes over in silence. */
function nameless(value: unknown, place: string): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((entry, index) => (typeof entry === 'object' ? nameless(entry, `${place}[${index}]`) : []));
  const { detail } = value as { detail?: unknown };
  const own = Object.hasOwn(value, '__proto__') && /detail$/i.test(place) ? [unknownField(`${place}.__proto__`)] : [];
  return detail === undefined ? own : [...own, ...nameless(detail, `${place}.detail`)];
}

/** What a schema found wrong, with places as callers know them. */
export function problemsOf(error: z.core.$ZodError): FieldErrors {
  const list: FieldErrors = { problems: [], furtherProblems: 0 };
  for (const issue of error.issues) addFieldErrors(list, toProblems(issue));
  return list;
}

/** Writes a schema's complaint with its place as callers know it: `recipients[17].phone`. */
function toProblems(issue: z.core.$ZodIssue, prefix: PropertyKey[] = []): Problem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField(placeOf([...path, key])));
  }
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.findLast((branch) => branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'));
    if (deepest && deepest.length > 0) return deepest.flatMap((inner) => toProblems(inner, path));
    return [{ place: placeOf(path), code: 'invalid-type', detail: expectedAt(path) }];
  }
  return [{ place: placeOf(path), ...describeIssue(issue) }];
}

function expectedAt(path: readonly PropertyKey[]): string {
  return /detail$/i.test(String(path.at(-1)))
    ? 'Expected a list of texts, or an object of texts by the names of the fields.'
    : 'Expected a phone as text, or an object with phone and detail.';
}

function unknownField(place: string): Problem {
  return { place, code: 'unknown-field', detail: 'There is no such field.' };
}

function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'body';
  return path.reduce<string>(
    (place, key) => (typeof key === 'number' ? `${place}[${key}]` : place ? `${place}.${String(key)}` : String(key)),
    '',
  );
}

function within(place: string, inner: string): string {
  return inner === 'body' ? place : `${place}.${inner}`;
}
