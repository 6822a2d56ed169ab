import { expect } from 'vitest';
import type { CustomSendReturn, PARAMETERS } from '../../functions/shared/customsend/call.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { startStack } from './stack.ts';

const DETAILED = '13900139000';
const REFUSED = '19900000013';
const others = Array.from({ length: 498 }, (_, index) => `138000${String(index).padStart(5, '0')}`);
const OTHER = others[0] as string;

/** Chinese, characters that mean something to XML and to forms, and 500 phones, one of which the provider does not take. */
export const CALL = {
  Token: 'local-token',
  Pattern: '【签名】{0}您好，余额{1}元 1 < 2 & 3 > 2 + 100% "引号" \'单\' ]]> 😀 ',
  DefaultDetail: '客户,0',
  Details: '张三 & "李" <四>,100',
  Phones: [DETAILED, ...others, REFUSED, ''].join(';'),
  SmsType: '1',
  PostFixNumber: '1',
  SendTime: '',
} satisfies Record<(typeof PARAMETERS)[number], string>;

/** As many as a query can carry. */
export const FEW_PHONES = [DETAILED, OTHER, REFUSED, ''].join(';');

/** More than a request may be long: the service answers with a fault. */
export const TOO_LONG = 'x'.repeat(4_200_000);

/** What a caller's own means read of the answers on one binding; a text that is empty may be null to it. */
export interface Seen {
  sucess: Record<keyof CustomSendReturn, string | null>;
  faild: Record<keyof CustomSendReturn, string | null>;
  fault: string | null;
}

export type Binding = 'soap11' | 'soap12' | 'http-get' | 'http-post';

const FAULTS: Record<Binding, RegExp> = {
  soap11: /\bServer\b.*Maximum request length exceeded/,
  soap12: /\bReceiver\b.*Maximum request length exceeded/,
  'http-get': /500|Cannot convert abc to System\.Int32/,
  'http-post': /500|Cannot convert abc to System\.Int32/,
};

/** The endpoint with everything behind it, and where to look for what was sent. */
export interface TestEndpoint {
  wsdl: string;
  /** Fails unless the caller saw everything and the provider got it to the content, the binding's name being added to the pattern. */
  expectSeen(binding: Binding, seen: Seen | undefined): Promise<void>;
  /** What a phone was sent under a job id of the provider. */
  sent(phone: string, jobId: string | null | undefined): Promise<string | undefined>;
  stop(): Promise<void>;
}

export async function startEndpoint(): Promise<TestEndpoint> {
  const system = await startStack();
  return {
    wsdl: `${system.api}/Services.asmx?WSDL`,
    expectSeen: (binding, seen) => expectSeen(system, binding, seen),
    sent: (phone, jobId) => textOf(system, phone, jobId),
    stop: () => system.stop(),
  };
}

async function expectSeen(system: Pick<LocalSystem, 'ledger'>, binding: Binding, seen: Seen | undefined): Promise<void> {
  const nothing = { Message: '', CommonJobID: '', SpecialJobIDs: '', ErrorPhones: '' };
  const sucess = { ...seen?.sucess, Message: seen?.sucess.Message ?? '' };
  const faild = Object.fromEntries(Object.entries(seen?.faild ?? {}).map(([name, value]) => [name, value ?? '']));
  expect({ sucess, faild, fault: seen?.fault }).toEqual({
    sucess: {
      RetCode: 'Sucess',
      Message: '',
      CommonJobID: expect.stringMatching(/^\d+$/),
      SpecialJobIDs: expect.stringMatching(/^\d+$/),
      TotalSendCount: binding === 'http-get' ? '2' : '499',
      ErrorPhones: `${REFUSED};`,
    },
    faild: { ...nothing, RetCode: 'Faild', Message: 'Token无效', TotalSendCount: '0' },
    fault: expect.stringMatching(FAULTS[binding]),
  });
  const text = (who: string) => `【签名】${who}元 1 < 2 & 3 > 2 + 100% "引号" '单' ]]> 😀 ${binding}`;
  expect(await textOf(system, DETAILED, sucess.SpecialJobIDs)).toBe(text('张三 & "李" <四>您好，余额100'));
  expect(await textOf(system, OTHER, sucess.CommonJobID)).toBe(text('客户您好，余额0'));
}

async function textOf(
  { ledger }: Pick<LocalSystem, 'ledger'>,
  phone: string,
  jobId: string | null | undefined,
): Promise<string | undefined> {
  const response = await fetch(`${ledger}?phone=${phone}`);
  const { messages } = (await response.json()) as { messages: { jobId: string; text: string }[] };
  return messages.find((message) => message.jobId === jobId)?.text;
}
