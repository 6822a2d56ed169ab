import type { CustomSendCall, Protocol } from '../shared/customsend/call.ts';
import { chooseBinding } from '../shared/customsend/choose-binding.ts';
import type { BatchingSnapshot } from '../shared/job/batch-item.ts';
import { phoneGuard, textLength } from '../shared/message/check-recipient.ts';
import { checkStructured, type Removed } from '../shared/message/check-recipients.ts';
import { decodeContent, encodeContent, splitEntries } from '../shared/message/encoded-content.ts';
import type { Message, Payload } from '../shared/message/message.ts';
import { parsePattern } from '../shared/message/pattern.ts';
import { isMobilePhone, normalisePhone } from '../shared/message/phone.ts';
import { signatureProblems } from '../shared/message/signature-rule.ts';
import { problemOfText, withLineFeeds } from '../shared/message/text-problems.ts';
import { splitAudience } from '../shared/send-request/batcher.ts';
import { TooLargeError } from '../shared/send-request/batching.ts';
import type { Audience, SendRules } from '../shared/send-request/check-request.ts';

/** A request as a job has it. Written by the dialect it gives the very strings that the caller sent. */
export interface Contents {
  message: Message;
  audience: Audience;
  removed: Removed[];
  protocol: Protocol;
}

/** A request is sent while its caller waits, so it takes this many calls at most. */
const MOST_CALLS = 4;
/** A job keeps these with itself, in one item (UTF-16 code units). */
const LONGEST = { Pattern: 10_000, DefaultDetail: 10_000, PostFixNumber: 100, SendTime: 100 } as const;

/**
 * Everything for which this service itself refuses a request that the provider could have been asked. All else is the provider's to
 * judge, malformed numbers and patterns too: old callers live by its answers.
 */
const REFUSALS = {
  'too-many-phones': (most: number) => `More phones than go out in one request: ${most} are taken.`,
  'does-not-fit': () => 'The request is too large for one call, and cannot be taken apart.',
  'too-long': (name: string, most: number) => `${name} is longer than ${most} characters.`,
  'text-too-long': (most: number) => `A text is longer than ${most} characters.`,
  'phone-twice': (first: number, second: number) => `The same number stands in Phones at ${first} and at ${second}.`,
  'phone-not-allowed': () => 'This stage sends only to the phones on its list, and not all of these are on it.',
  'damaged-text': (name: string) => `${name} holds U+FFFD: its bytes were not in the charset that was declared.`,
  'signature-not-allowed': (place: string, detail: string) => `${place}: ${detail}`,
  'cannot-be-encoded': (detail: string) => detail,
} as const;

/** Why a request is refused; the text is for its Message, and holds neither texts nor phones. */
export class Refused extends Error {
  readonly code: keyof typeof REFUSALS;

  constructor(code: keyof typeof REFUSALS, text: string) {
    super(`${text} Nothing was sent.`);
    this.name = 'Refused';
    this.code = code;
  }
}

function refuse<Code extends keyof typeof REFUSALS>(code: Code, ...values: Parameters<(typeof REFUSALS)[Code]>): never {
  const write = REFUSALS[code] as (...given: typeof values) => string;
  throw new Refused(code, write(...values));
}

/**
 * Steps a request into the contents of a job: structured if the dialect can take it apart and writes the very same strings again,
 * else the strings as they came. A number that stands twice with the same text is then sent to once. @throws Refused
 */
export function readContents(rules: SendRules, call: CustomSendCall): Contents {
  for (const [name, most] of Object.entries(LONGEST)) {
    if (call[name as keyof typeof LONGEST].length > most) refuse('too-long', name, most);
  }
  checkTexts(call);
  const protocol = bindingOf(rules, call);
  const { phones, text } = splitPhones(rules, call.Phones);
  const most = MOST_CALLS * rules.limits.phonesPerCall;
  if (phones.length > most) refuse('too-many-phones', most);
  checkAllowed(rules, phones);
  checkLengths(rules, call);
  checkSignatures(rules, call);
  const structured = text === undefined ? readStructured(rules, call) : undefined;
  if (structured) return { ...structured, protocol };
  checkTwice(phones);
  const trailingSeparator = call.Phones.endsWith(rules.dialect.recipientSeparator);
  return {
    message: { form: 'strings', pattern: call.Pattern, defaultDetail: call.DefaultDetail, trailingSeparator },
    audience: { form: 'strings', phones, details: call.Details, text },
    removed: [],
    protocol,
  };
}

/** Divides the contents into calls, few enough to be made while the caller waits. @throws Refused */
export function batchContents(
  batching: BatchingSnapshot,
  { message, audience }: Contents,
  { SmsType, PostFixNumber }: CustomSendCall,
): Payload[] {
  const batches = divide();
  if (batches.length > MOST_CALLS) refuse('too-many-phones', MOST_CALLS * batching.phonesPerCall);
  return batches;

  function divide(): Payload[] {
    try {
      return splitAudience(batching, { message, smsType: SmsType, postFixNumber: PostFixNumber }, audience);
    } catch (error) {
      if (error instanceof TooLargeError) return refuse('does-not-fit');
      throw error;
    }
  }
}

/** What is the trace of a damage or cannot arrive is refused by name, as in a request in JSON. */
function checkTexts(call: CustomSendCall): void {
  for (const [name, value] of Object.entries(call)) {
    const problem = problemOfText(withLineFeeds(String(value)));
    if (problem?.code === 'replacement-character') refuse('damaged-text', name);
    if (problem) refuse('cannot-be-encoded', `${name}: ${problem.detail}`);
  }
}

/** @throws Refused for what no binding carries */
function bindingOf({ protocol }: SendRules, call: CustomSendCall): Protocol {
  const choice = chooseBinding(protocol, [call]);
  return 'protocol' in choice ? choice.protocol : refuse('cannot-be-encoded', choice.problems.map(({ detail }) => detail).join(' '));
}

/**
 * The numbers in Phones, as they were written. `text` is there when they are separated by something else than the dialect says: then
 * they are known well enough to be counted and compared, and only Phones to the content can be passed on.
 */
function splitPhones({ dialect }: SendRules, written: string): { phones: string[]; text?: string } {
  const entries = splitEntries(dialect, written);
  const pieces = entries.flatMap((entry) => (normalisePhone(entry) === null ? entry.split(OTHER_SEPARATORS) : [entry]));
  const phones = pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
  return pieces.length === entries.length ? { phones: entries } : { phones, text: written };
}

const OTHER_SEPARATORS = /[\s,;、，；|/]+/;

function readStructured({ dialect, limits }: SendRules, call: CustomSendCall): Omit<Contents, 'protocol'> | undefined {
  if (!dialect.confirmed) return undefined;
  const { defaultDetail, recipients, problems } = decodeContent(dialect, call);
  const content = encodeContent(dialect, { pattern: call.Pattern, defaultDetail, recipients });
  const same = (['DefaultDetail', 'Details', 'Phones'] as const).every((name) => content[name] === call[name]);
  if (problems.length > 0 || !same || !recipients.every(({ phone }) => isMobilePhone(phone))) return undefined;
  const input = recipients.map(({ phone, detail }) => ({ phone, detail: detail ?? undefined }));
  const checked = checkStructured(dialect, limits, {
    pattern: call.Pattern,
    defaultDetail: defaultDetail.length > 0 ? defaultDetail : undefined,
    recipients: input,
    personalise: 'provider',
    allowEmpty: true,
  });
  if (checked.problems.length > 0) return undefined;
  return {
    message: { form: 'structured', pattern: call.Pattern, defaultDetail },
    audience: { form: 'structured', recipients: checked.recipients },
    removed: checked.removed,
  };
}

function checkAllowed({ limits }: SendRules, phones: readonly string[]): void {
  if (limits.allowedPhones === null) return;
  const problems = phoneGuard(limits);
  const isAllowed = (phone: string | null) => phone !== null && problems(phone, '').length === 0;
  if (!phones.every((phone) => isAllowed(normalisePhone(phone)))) refuse('phone-not-allowed');
}

/** Only a confirmed dialect says what the texts are. */
/** Signatures 【...】 that the caller may use. */
function checkSignatures({ limits }: SendRules, { Pattern, DefaultDetail, Details }: CustomSendCall): void {
  const values = [['DefaultDetail', DefaultDetail] as const, ['Details', Details] as const];
  const [problem] = signatureProblems(limits.signatures, { pattern: Pattern, values });
  if (problem) refuse('signature-not-allowed', problem.place === 'pattern' ? 'Pattern' : problem.place, problem.detail);
}

function checkLengths({ dialect, limits }: SendRules, call: CustomSendCall): void {
  const { parts, problems } = parsePattern(call.Pattern);
  if (!dialect.confirmed || problems.length > 0) return;
  const { defaultDetail, recipients } = decodeContent(dialect, call);
  const isTooLong = (detail: readonly string[]) => textLength(parts, detail) > limits.charactersPerMessage;
  if (recipients.some(({ detail }) => isTooLong(detail ?? defaultDetail))) refuse('text-too-long', limits.charactersPerMessage);
}

function checkTwice(phones: readonly string[]): void {
  const firsts = new Map<string, number>();
  for (const [index, written] of phones.entries()) {
    const phone = normalisePhone(written);
    if (phone === null) continue;
    const first = firsts.get(phone);
    if (first !== undefined) refuse('phone-twice', first + 1, index + 1);
    firsts.set(phone, index);
  }
}
