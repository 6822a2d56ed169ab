import type { Protocol } from '../customsend/call.ts';
import { isMarkupFor } from '../customsend/encodability.ts';
import type { SendTime } from '../job/job-item.ts';
import type { SignatureLimits } from '../message/check-recipient.ts';
import { checkStrings, checkStructured, type Removed } from '../message/check-recipients.ts';
import type { Message, Payload } from '../message/message.ts';
import type { RoutedRecipient } from '../message/recipient-input.ts';
import { signatureProblems } from '../message/signature-rule.ts';
import { addFieldErrors, type FieldErrors, type Problem } from '../problem/field-error.ts';
import type { Dialect, Limits } from '../settings.ts';
import { isStrings, type SendRequestBody, type StringsRequest, type StructuredRequest } from './request-schema.ts';
import { readSendTime } from './send-time.ts';

/** What a stage asks of every message. */
export interface SendRules {
  dialect: Dialect;
  limits: Limits & SignatureLimits;
  protocol: Protocol;
  /** IANA zone of the provider's SendTime. */
  providerZone: string;
}

/** The recipients of a request, not yet divided into batches. */
export type Audience = { form: 'structured'; recipients: readonly RoutedRecipient[] } | (Payload & { form: 'strings' });

/** A request whose message has been held against the rules. It may be sent only when `problems` is empty. */
export interface CheckedRequest {
  message: Message;
  audience: Audience;
  removed: Removed[];
  /** When it is to be sent; at once without it. Whether that is past or too near is still to be looked at. */
  time?: SendTime | undefined;
  problems: Problem[];
  furtherProblems: number;
}

/** Holds a request against the dialect and the limits. Pure: nothing is stored or sent. */
export function checkRequest(rules: SendRules, body: SendRequestBody): CheckedRequest {
  const checked = isStrings(body) ? checkStringsForm(rules, body) : checkStructuredForm(rules, body);
  const { time, problems } = readSendTime(body, rules.providerZone);
  const list: FieldErrors = { problems: checked.problems, furtherProblems: checked.furtherProblems };
  if (isStrings(body)) addFieldErrors(list, stringsSignatureProblems(rules, body));
  addFieldErrors(list, problems);
  return { ...checked, ...list, time };
}

/** Those of the structured form are looked at recipient by recipient. */
function stringsSignatureProblems({ limits }: SendRules, { pattern, defaultDetail, details }: StringsRequest): Problem[] {
  const values = [['defaultDetail', defaultDetail] as const, ['details', details] as const];
  return signatureProblems(limits.signatures, { pattern, values });
}

function checkStructuredForm({ dialect, limits }: SendRules, body: StructuredRequest): CheckedRequest {
  const { message, recipients, removed, problems, furtherProblems } = checkStructured(dialect, limits, body);
  return { message, audience: { form: 'structured', recipients }, removed, problems, furtherProblems };
}

function checkStringsForm({ dialect, limits, protocol }: SendRules, body: StringsRequest): CheckedRequest {
  const { phones, content, problems, furtherProblems } = checkStrings(dialect, limits, body);
  const { Pattern: pattern, DefaultDetail: defaultDetail, Details: details, Phones } = content;
  const trailingSeparator = Phones.endsWith(dialect.recipientSeparator);
  const message: Message = { form: 'strings', pattern, defaultDetail, trailingSeparator };
  const hasMarkup = [pattern, defaultDetail, details].some((text) => isMarkupFor(protocol, text));
  const audience: Audience = { form: 'strings', phones, details, ...(hasMarkup && { protocol: 'soap11' }) };
  return { message, audience, removed: [], problems, furtherProblems };
}
