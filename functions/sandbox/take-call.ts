import type { ReceivedCall } from '../shared/asmx-server/http-exchange.ts';
import type { CustomSendReturn } from '../shared/customsend/call.ts';
import { decodeContent, joinEntries } from '../shared/message/encoded-content.ts';
import { parsePattern, renderParts } from '../shared/message/pattern.ts';
import { isMobilePhone } from '../shared/message/phone.ts';
import type { Dialect } from '../shared/settings.ts';
import type { JobIds } from './job-ids.ts';
import { WRONG_PHONE } from './scenarios.ts';

/** A message that was accepted, as it would reach the phone. */
export interface SentMessage {
  phone: string;
  text: string;
  jobId: string;
}

/** What the provider makes of a call: the answer, and the messages that it accepts with it (none when the answer is Faild). */
export interface Receipt {
  root: CustomSendReturn;
  messages: SentMessage[];
}

/** A double needs some bound, so that no request of 4 MB becomes gigabytes of text. */
const PHONES_PER_CALL = 10_000;
const CHARACTERS_PER_MESSAGE = 1_000;

/**
 * Takes a call: reads the recipients by the dialect, puts malformed phones in ErrorPhones and renders the texts of all others.
 * Recipients of DefaultDetail belong to the CommonJobID, those with a detail of their own to one SpecialJobID.
 */
export function takeCall(call: ReceivedCall, dialect: Dialect, jobIds: JobIds): Receipt {
  const content = { DefaultDetail: call.DefaultDetail ?? '', Details: call.Details ?? '', Phones: call.Phones ?? '' };
  const { defaultDetail, recipients, problems } = decodeContent(dialect, content);
  const { parts, problems: patternProblems } = parsePattern(call.Pattern ?? '');
  const [problem] = [...problems, ...patternProblems];
  if (problem) return faild(`内容有误: ${problem.detail}`);
  if (parts.length === 0) return faild('Pattern不能为空');
  if (recipients.length === 0) return faild('Phones不能为空');
  if (recipients.length > PHONES_PER_CALL) return faild(`号码超过${PHONES_PER_CALL}个`);
  const good = recipients.filter(({ phone }) => isGood(phone));
  const errorPhones = joinEntries(
    dialect,
    recipients.map(({ phone }) => phone).filter((phone) => !isGood(phone)),
  );
  if (good.length === 0) return faild('没有正确的号码', errorPhones);
  const commonId = good.some(({ detail }) => detail === null) ? jobIds() : '';
  const specialId = good.some(({ detail }) => detail !== null) ? jobIds() : '';
  const messages: SentMessage[] = [];
  for (const { phone, detail } of good) {
    const text = renderOrExplain(parts, detail ?? defaultDetail);
    if ('problem' in text) return faild(`内容有误: ${text.problem}`);
    messages.push({ phone, text: text.text, jobId: detail === null ? commonId : specialId });
  }
  const ids = { CommonJobID: commonId, SpecialJobIDs: specialId };
  return { root: { RetCode: 'Sucess', Message: '', ...ids, TotalSendCount: messages.length, ErrorPhones: errorPhones }, messages };
}

/** The answer to a call of which nothing is accepted. */
export function faild(message: string, errorPhones = ''): Receipt {
  const nothing = { CommonJobID: '', SpecialJobIDs: '', TotalSendCount: 0 };
  return { root: { RetCode: 'Faild', Message: message, ...nothing, ErrorPhones: errorPhones }, messages: [] };
}

function isGood(phone: string): boolean {
  return isMobilePhone(phone) && phone !== WRONG_PHONE;
}

function renderOrExplain(parts: Parameters<typeof renderParts>[0], detail: readonly string[]): { text: string } | { problem: string } {
  try {
    const text = renderParts(parts, detail);
    return text.length > CHARACTERS_PER_MESSAGE ? { problem: `The text is longer than ${CHARACTERS_PER_MESSAGE} characters` } : { text };
  } catch (error) {
    if (error instanceof RangeError) return { problem: error.message };
    throw error;
  }
}
