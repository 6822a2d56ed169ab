import type { CustomSendCall } from '../customsend/call.ts';
import type { Dialect } from '../settings.ts';
import { encodeContent, encodeText, joinEntries } from './encoded-content.ts';
import { type Message, type Payload, phonesOf } from './message.ts';

/** What a call needs of a job, beside the recipients of its batch. */
export interface CallHead {
  message: Message;
  smsType: number;
  postFixNumber: string;
  /** SendTime exactly as it is sent, in the provider's zone. */
  providerSendTime?: string | undefined;
}

/** Writes a batch as the eight parameters of CustomSend. */
export function writeCall(dialect: Dialect, job: CallHead, payload: Payload, token: string): CustomSendCall {
  const { message, smsType, postFixNumber, providerSendTime = '' } = job;
  const rest = { Token: token, SmsType: smsType, PostFixNumber: postFixNumber, SendTime: providerSendTime };
  if (message.form === 'structured' && payload.form === 'structured') {
    const { pattern, defaultDetail } = message;
    return { ...rest, ...encodeContent(dialect, { pattern, defaultDetail, recipients: payload.recipients }) };
  }
  if (message.form === 'structured' && payload.form === 'rendered') {
    const Phones = joinEntries(dialect, phonesOf(payload));
    return { ...rest, Pattern: encodeText(dialect, payload.text), DefaultDetail: '', Details: '', Phones };
  }
  if (message.form === 'strings' && payload.form === 'strings') {
    const { trailingSeparator } = message;
    const phones = payload.text ?? joinEntries({ ...dialect, trailingSeparator }, payload.phones);
    return { ...rest, Pattern: message.pattern, DefaultDetail: message.defaultDetail, Details: payload.details, Phones: phones };
  }
  throw new Error('A job and its batches are in different forms.');
}
