import type { HttpAnswer, HttpRequest, ReceivedCall } from '../../functions/shared/asmx-server/http-exchange.ts';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { writeException, writeReturn } from '../../functions/shared/asmx-server/write-answer.ts';
import type { CustomSendReturn } from '../../functions/shared/customsend/call.ts';

/** What old callers go by. */
export interface Facts {
  status: number;
  type: string;
  /** Of a ROOT: RetCode and Message. */
  retCode?: string;
  message?: string;
  /** Of a fault: its code without the prefix. */
  fault?: string;
  /** The whole of a plain-text error. */
  text?: string;
  /** The root of the answer was null. */
  nil?: true;
}

export const XML = 'text/xml; charset=utf-8';
export const SOAP12 = 'application/soap+xml; charset=utf-8';
export const TEXT = 'text/plain; charset=utf-8';

/** A request from its head as it stands on the wire, the address shortened to `/Services.asmx`. */
export function raw(head: string, body: string | Uint8Array = ''): HttpRequest {
  const [line = '', ...lines] = head.trim().split(/\r?\n/);
  const [, method = '', path = '', query = ''] = /^(\S+) \/Services\.asmx([^ ?]*)\??(\S*)$/.exec(line.trim()) ?? [];
  const headers = lines.map((header) => {
    const colon = header.indexOf(':');
    return [header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim()];
  });
  return { method, path, query, headers: Object.fromEntries(headers), body: Buffer.from(body as string) };
}

/** Answers a request by the business rules of a server that echoes what it was called with; its Token names what it does. */
export function answerLikeEcho(request: HttpRequest): HttpAnswer {
  const reading = readRequest(request);
  if (reading.kind === 'document') return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: '' };
  if (reading.kind === 'refused') return reading.answer;
  const { call, reply } = reading;
  if (call.Token === 'throw') return writeException(reply, 'boom <&> 爆炸');
  return writeReturn(reply, call.Token === 'nullroot' ? null : returnOf(call));
}

/** The facts of the answer to a request. */
export function factsOf(request: HttpRequest): Facts {
  const { status, headers, body } = answerLikeEcho(request);
  const text = String(body);
  const type = headers['Content-Type'] as string;
  const find = (pattern: RegExp) => pattern.exec(text)?.[1];
  return JSON.parse(
    JSON.stringify({
      status,
      type,
      retCode: find(/<RetCode>(\w+)</),
      message: find(/<Message>([^<]*)</),
      fault: find(/(?:<faultcode>|<soap:Value>)soap:(\w+)</),
      text: type === TEXT ? text : undefined,
      nil: text.includes('xsi:nil="true"') || undefined,
    }),
  );
}

function returnOf(call: ReceivedCall): CustomSendReturn {
  const none = { CommonJobID: '', SpecialJobIDs: '', TotalSendCount: 0, ErrorPhones: '' };
  if (call.Token === 'fail') return { RetCode: 'Faild', Message: 'Token无效', ...none };
  if (call.Token === 'nulls') {
    return { RetCode: 'Faild', Message: null, CommonJobID: null, SpecialJobIDs: null, TotalSendCount: 0, ErrorPhones: null };
  }
  const Message = Object.values(call)
    .map((value) => (value === null ? '~' : `[${value}]`))
    .join('');
  return { RetCode: 'Sucess', Message, ...none, CommonJobID: '20260101000000001', TotalSendCount: 2 };
}
