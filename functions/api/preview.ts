import { decodeContent } from '../shared/message/encoded-content.ts';
import { parsePattern, renderParts } from '../shared/message/pattern.ts';
import { countSegments } from '../shared/message/segments.ts';
import { signatureWarnings } from '../shared/message/signature.ts';
import { rulesFor } from '../shared/send-request/caller-rules.ts';
import { type CheckedRequest, checkRequest, type SendRules } from '../shared/send-request/check-request.ts';
import { namesFile } from '../shared/send-request/parse-body.ts';
import { countOf, newSnapshot, type PreparedRequest, parseRequest, prepareChecked } from '../shared/send-request/prepare-request.ts';
import { isStrings, type SendRequestBody } from '../shared/send-request/request-schema.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { cursorOf, integerOf, writeCursor } from './query.ts';
import { json } from './responses.ts';
import { refusalOf, sendObstacles } from './send-obstacles.ts';

/**
 * `POST /v1/preview`: what `POST /v1/jobs` would do with this body. Every recipient's text by page, segments in all, how many calls,
 * what would be refused or removed. Nothing is stored or sent.
 */
export async function preview(stage: Api, request: ApiRequest) {
  const api = { ...stage, rules: rulesFor(stage.rules, request.caller) };
  const { rules, context } = api;
  const read = request.body();
  // Loaded when it is asked for: few previews are of files, and every cold start would pay for it.
  if (namesFile(read)) return (await import('./preview-file.ts')).previewFile(api, request, read);
  const limit = integerOf(request.query, 'limit', { least: 1, most: 1_000, otherwise: 100 });
  const start = cursorOf(request.query, (value): value is number => Number.isInteger(value) && (value as number) >= 0) ?? 0;
  const body = parseRequest(rules, read);
  const now = context.now();
  const checked = checkRequest(rules, body);
  const { removed } = checked;
  const prepared = orRefusal(() => prepareChecked(rules, newSnapshot(rules, now), body, checked, now));
  if ('errors' in prepared) return json(200, 'Preview', { sendable: false, ...prepared, removed });
  const recipients = countOf(checked.audience);
  const obstacles = await sendObstacles(api, request.caller, recipients);
  if (obstacles.errors.length > 0) return json(200, 'Preview', { sendable: false, ...obstacles, furtherErrors: 0, removed });
  const texts = textsOf(rules, body, checked);
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
    return refusalOf(error);
  }
}

/** Each recipient's text; `undefined` for strings that the dialect cannot read for certain. */
function textsOf({ dialect }: SendRules, body: SendRequestBody, { audience, message }: CheckedRequest) {
  if (audience.form === 'structured' && message.form === 'structured') {
    const { parts } = parsePattern(message.pattern);
    const { defaultDetail } = message;
    return audience.recipients.map(({ recipient: { phone, detail }, text }) => ({
      phone,
      text: text ?? renderParts(parts, detail ?? defaultDetail),
    }));
  }
  if (!isStrings(body) || audience.form !== 'strings' || message.form !== 'strings' || !dialect.confirmed) return undefined;
  const { parts } = parsePattern(message.pattern);
  const read = decodeContent(dialect, { DefaultDetail: message.defaultDetail, Details: audience.details, Phones: body.phones });
  try {
    return read.recipients.map(({ phone, detail }) => ({ phone, text: renderParts(parts, detail ?? read.defaultDetail) }));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
