import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { HttpAnswer, ReceivedCall, Reply } from '../../functions/shared/asmx-server/http-exchange.ts';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { writeReturn } from '../../functions/shared/asmx-server/write-answer.ts';
import type { CustomSendReturn } from '../../functions/shared/customsend/call.ts';
import { close, listen } from './proxy.ts';

/** What the provider does with a call: whether it takes it, and how it answers. */
export interface CallScript {
  accepts: boolean;
  answer: 'return' | 'reset' | 'silence' | { status: number };
}

export const accepted: CallScript = { accepts: true, answer: 'return' };
export const faild: CallScript = { accepts: false, answer: 'return' };
/** Accepted, and the caller never learns it: the connection is reset, or stays silent until the caller gives up. */
export const acceptedThenReset: CallScript = { accepts: true, answer: 'reset' };
export const acceptedThenSilence: CallScript = { accepts: true, answer: 'silence' };
/** Not accepted, and the caller never learns it. */
export const refusedThenReset: CallScript = { accepts: false, answer: 'reset' };
/** Not accepted, answered with an empty document of this status. */
export const refusedWith = (status: number): CallScript => ({ accepts: false, answer: { status } });

/** A provider on 127.0.0.1 that does as it is told and keeps the audit. */
export interface ScriptedProvider {
  /** Address of its Services.asmx. */
  url: string;
  /** Calls that arrived, in order, whatever became of them. */
  calls: ReceivedCall[];
  /** The scenario of each of these calls. */
  scenarios: CallScript[];
  /** Calls that it accepted: what its phones were sent. */
  ledger: ReceivedCall[];
  /** The phones of the ledger, call after call. */
  phones(): string[];
  /** What becomes of the next calls, one each; after them everything is accepted. */
  next(...scenarios: CallScript[]): void;
  /** What was to become of the next calls is no more: everything is accepted. */
  recover(): void;
  stop(): Promise<void>;
}

/** Starts a provider. @param errorPhones what it writes in ErrorPhones of what it accepts */
export async function startProvider(errorPhones = ''): Promise<ScriptedProvider> {
  const script: CallScript[] = [];
  const calls: ReceivedCall[] = [];
  const scenarios: CallScript[] = [];
  const ledger: ReceivedCall[] = [];
  const server = createServer(async (incoming, response) => {
    const reading = readRequest(requestOf(incoming, await buffer(incoming)));
    if (reading.kind !== 'call') return response.writeHead(500).end();
    const scenario = script.shift() ?? accepted;
    calls.push(reading.call);
    scenarios.push(scenario);
    if (scenario.accepts) ledger.push(reading.call);
    if (scenario.answer === 'silence') return;
    if (scenario.answer === 'reset') return response.socket?.resetAndDestroy();
    const { status, headers, body } = answerOf(scenario, reading.reply, ledger.length, errorPhones);
    return response.writeHead(status, headers).end(body);
  });
  const url = `${await listen(server)}/Services.asmx`;
  const phones = () => ledger.flatMap((call) => (call.Phones ?? '').split(';').filter((phone) => phone !== ''));
  const next = (...scenarios: CallScript[]) => void script.push(...scenarios);
  const recover = () => {
    script.length = 0;
  };
  return { url, calls, scenarios, ledger, phones, next, recover, stop: () => close(server) };
}

function requestOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer) {
  const { pathname, search } = new URL(url, 'http://127.0.0.1');
  const single = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return { method, path: pathname.replace(/^.*\.asmx/, ''), query: search.slice(1), headers: Object.fromEntries(single), body };
}

function answerOf({ accepts, answer }: CallScript, reply: Reply, jobs: number, errorPhones: string): HttpAnswer {
  if (typeof answer === 'object') return { status: answer.status, headers: {}, body: '' };
  const none: CustomSendReturn = {
    RetCode: 'Faild',
    Message: '余额不足',
    CommonJobID: '',
    SpecialJobIDs: '',
    TotalSendCount: 0,
    ErrorPhones: '',
  };
  const took = { ...none, RetCode: 'Sucess', Message: '', CommonJobID: String(171_681_122 + jobs), ErrorPhones: errorPhones };
  return writeReturn(reply, accepts ? took : none);
}
