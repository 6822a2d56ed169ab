import type { CustomSendCall } from '../../functions/shared/customsend/call.ts';
import { createCustomSend, type ProviderSettings } from '../../functions/shared/customsend/client.ts';

/** A call that every binding carries. */
export const CALL: CustomSendCall = {
  Token: 'secret-token',
  Pattern: '【签名】{0}您好 1 & 2 < 3',
  DefaultDetail: '客户',
  Details: '张三',
  Phones: '13800138000;',
  SmsType: 1,
  PostFixNumber: '1',
  SendTime: '',
};

/** The client with short deadlines. */
export function clientOf(url: string, settings: Partial<ProviderSettings> = {}, now?: () => number) {
  return createCustomSend({ url, protocol: 'http-post', connectTimeoutMs: 1_000, timeoutMs: 1_000, notSentStatuses: [], ...settings }, now);
}
