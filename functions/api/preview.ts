import { decodeContent, type Recipient } from '../shared/message/encoded-content.ts';
import { parsePattern, renderParts } from '../shared/message/pattern.ts';
import { countSegments } from '../shared/message/segments.ts';
import { signatureWarnings } from '../shared/message/signature.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import { checkRequest } from '../shared/send-request/check-request.ts';
import { newSnapshot, parseRequest, prepareChecked } from '../shared/send-request/prepare-request.ts';
import type { PreparedRequest } from '../shared/send-request/prepared-request.ts';
import type { SendRequestBody } from '../shared/send-request/request-schema.ts';
import { isStrings } from '../shared/send-request/request-schema.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { cursorOf, integerOf, writeCursor } from './query.ts';
import { json } from './responses.ts';
import { sendObstacles } from './send-obstacles.ts';

/**
 * `POST /v1/preview`: what `POST /v1/jobs` would do with this body. Every recipient's text by page, segments in all, how many calls,
 * what would be refused or removed. Nothing is stored or sent.
 */
export async function preview({ rules, context }: Api, request: ApiRequest) {
  const limit = integerOf(request.query, 'limit', { least: 1, most: 1_000, otherwise: 100 });
  const start = cursorOf(request.query, (value): value is number => Number.isInteger(value) && (value as number) >= 0) ?? 0;
  const body = parseRequest(rules, request.body());
  const now = context.now();
  const checked = checkRequest(rules, body);
  const { removed, payload } = checked;
  const prepared = orRefusal(() => prepareChecked(rules, newSnapshot(rules, now), body, checked, now));
  if ('errors' in prepared) return json(200, 'Preview', { sendable: false, ...prepared, removed });
  const recipients = payload.form === 'structured' ? payload.recipients.length : payload.phones.length;
  const obstacles = await sendObstacles({ context, rules }, request.caller, recipients);
  if (obstacles.errors.length > 0) return json(200, 'Preview', { sendable: false, ...obstacles, furtherErrors: 0, removed });
  const texts = textsOf(rules.dialect, body, payload.form === 'structured' ? payload.recipients : undefined);
  const end = start + limit;
  return json(200, 'Preview', {
    sendable: true,
    calls: prepared.batches.length,
    recipients,
    segments: texts?.reduce((sum, { text }) => sum + countSegments(text), 0),
    removed,
    warnings: [...obstacles.warnings, ...(texts?.[0] ? signatureWarnings(texts[0].text, 'pattern') : [])],
    items: texts?.slice(start, end).map(({ phone, text }) => ({ phone, text, segments: countSegments(text) })) ?? [],
    next: texts && end < texts.length ? writeCursor(end) : undefined,
  });
}

/** A request as it would be sent, or why it would be refused, in the words of a preview. */
function orRefusal(prepare: () => PreparedRequest) {
  try {
    return prepare();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { code, detail, errors, furtherErrors, nextAllowedTime } = error.document;
    return {
      errors: errors ?? [{ place: nextAllowedTime ? 'sendTime' : 'phones', code, detail }],
      furtherErrors: furtherErrors ?? 0,
      nextAllowedTime,
    };
  }
}

/** Each recipient's text; `undefined` for strings that the dialect cannot read for certain. */
function textsOf(dialect: Api['rules']['dialect'], body: SendRequestBody, recipients: readonly Recipient[] | undefined) {
  const { parts } = parsePattern(body.pattern);
  const render = (all: readonly Recipient[], defaultDetail: readonly string[]) =>
    all.map(({ phone, detail }) => ({ phone, text: renderParts(parts, detail ?? defaultDetail) }));
  if (!isStrings(body)) return render(recipients ?? [], body.defaultDetail ?? []);
  if (!dialect.confirmed) return undefined;
  const read = decodeContent(dialect, { DefaultDetail: body.defaultDetail, Details: body.details, Phones: body.phones });
  try {
    return render(read.recipients, read.defaultDetail);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
