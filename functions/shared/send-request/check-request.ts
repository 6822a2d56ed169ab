import type { CustomSendCall, Protocol } from '../customsend/call.ts';
import { type EncodingProblem, valueProblemsOf } from '../customsend/encodability.ts';
import type { SendTime } from '../job/items.ts';
import { checkStrings, checkStructured, type Removed } from '../message/check-recipients.ts';
import { type EncodedContent, encodeContent } from '../message/encoded-content.ts';
import type { Message, Payload } from '../message/message.ts';
import { addFieldErrors, type FieldErrors, type Problem } from '../problem/field-error.ts';
import type { Dialect, Limits } from '../settings.ts';
import { isStrings, type SendRequestBody, type StringsRequest, type StructuredRequest } from './request-schema.ts';
import { readSendTime } from './send-time.ts';

/** What a stage asks of every message. */
export interface SendRules {
  dialect: Dialect;
  limits: Limits;
  protocol: Protocol;
  /** IANA zone of the provider's SendTime. */
  providerZone: string;
}

/** A request whose message has been held against the rules. It may be sent only when `problems` is empty. */
export interface CheckedRequest {
  message: Message;
  /** All recipients, not yet cut into batches. */
  payload: Payload;
  removed: Removed[];
  /** When it is to be sent; at once without it. Whether that is past or too near is still to be looked at. */
  time?: SendTime | undefined;
  problems: Problem[];
  furtherProblems: number;
}

/** Fields of the request by parameter of CustomSend. */
const PLACES: Partial<Record<keyof CustomSendCall, string>> = {
  Pattern: 'pattern',
  DefaultDetail: 'defaultDetail',
  Details: 'details',
  Phones: 'phones',
  PostFixNumber: 'postFixNumber',
};

/** Holds a request against the dialect, the limits and what the binding can carry. Pure: nothing is stored or sent. */
export function checkRequest(rules: SendRules, body: SendRequestBody): CheckedRequest {
  const checked = isStrings(body) ? checkStringsForm(rules, body) : checkStructuredForm(rules, body);
  const { time, problems } = readSendTime(body, rules.providerZone);
  const list: FieldErrors = { problems: checked.problems, furtherProblems: checked.furtherProblems };
  if (checked.problems.length === 0) addFieldErrors(list, encodingProblems(rules, body, checked));
  addFieldErrors(list, problems);
  return { ...checked, ...list, time };
}

function checkStructuredForm({ dialect, limits }: SendRules, body: StructuredRequest): CheckedRequest {
  const { recipients, removed, problems, furtherProblems } = checkStructured(dialect, limits, body);
  const message = { form: 'structured' as const, pattern: body.pattern, defaultDetail: body.defaultDetail ?? [] };
  return { message, payload: { form: 'structured', recipients }, removed, problems, furtherProblems };
}

function checkStringsForm({ dialect, limits }: SendRules, body: StringsRequest): CheckedRequest {
  const { phones, content, problems, furtherProblems } = checkStrings(dialect, limits, body);
  const trailingSeparator = content.Phones.endsWith(dialect.recipientSeparator);
  const message = { form: 'strings' as const, pattern: body.pattern, defaultDetail: body.defaultDetail, trailingSeparator };
  return { message, payload: { form: 'strings', phones, details: body.details }, removed: [], problems, furtherProblems };
}

/** Values that the binding cannot carry, by their place in the request. How long a call may be is the cut's matter. */
function encodingProblems(rules: SendRules, body: SendRequestBody, { message, payload }: CheckedRequest): Problem[] {
  const carry = createEncodabilityCheck(rules);
  if (isStrings(body)) {
    return carry.content({ Pattern: body.pattern, DefaultDetail: body.defaultDetail, Details: body.details }).map(placed);
  }
  if (message.form !== 'structured' || payload.form !== 'structured') return [];
  const { pattern, defaultDetail } = message;
  const { Phones: _digits, ...texts } = encodeContent(rules.dialect, { pattern, defaultDetail, recipients: payload.recipients });
  const all = carry.content(texts);
  return all.flatMap((problem) => {
    if (problem.parameter !== 'Details') return placed(problem);
    const found = body.recipients.flatMap((recipient, index) =>
      typeof recipient === 'string' ? [] : carry.detail(recipient.detail ?? [], `recipients[${index}].detail`),
    );
    // Two values and the separator between them can make what neither of them is.
    return found.length > 0 ? found : { ...placed(problem), place: 'recipients' };
  });
}

/** Holds texts against what the binding can carry; keeps no state. */
export interface EncodabilityCheck {
  content(texts: Partial<Omit<EncodedContent, 'Phones'>>): EncodingProblem[];
  /** Finds the values of a detail that cannot be carried. */
  detail(values: readonly string[], place: string): Problem[];
}

/** Only texts are looked at: the schema lets no other value through that a binding cannot carry. */
export function createEncodabilityCheck({ protocol }: Pick<SendRules, 'protocol'>): EncodabilityCheck {
  return {
    content: (texts) => valueProblemsOf(protocol, texts),
    detail: (values, place) =>
      values.flatMap((value, field) =>
        valueProblemsOf(protocol, { Details: value }).map((problem) => ({ ...placed(problem), place: `${place}[${field}]` })),
      ),
  };
}

/** Writes what the binding cannot carry with its place in the request. */
export function placed({ parameter, code, detail }: EncodingProblem): Problem {
  return { place: PLACES[parameter] ?? parameter, code, detail };
}
