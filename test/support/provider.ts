import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { CustomSendReturn } from '../../functions/shared/customsend/call.ts';
import { writeReturn } from '../../functions/shared/asmx-server/write-answer.ts';
import type { HttpAnswer, ReceivedCall, Reply } from '../../functions/shared/asmx-server/exchange.ts';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { close, listen } from './proxy.ts';

/** What the provider does with a call: whether it takes it, and how it answers. */
export interface Fate {
  accepts: boolean;
  answer: 'return' | 'reset' | 'silence' | { status: number };
}

export const accepted: Fate = { accepts: true, answer: 'return' };
export const faild: Fate = { accepts: false, answer: 'return' };
/** Accepted, and the caller never learns it: the connection is reset, or stays silent until the caller gives up. */
export const acceptedThenReset: Fate = { accepts: true, answer: 'reset' };
export const acceptedThenSilence: Fate = { accepts: true, answer: 'silence' };
/** Not accepted, and the caller never learns it. */
export const refusedThenReset: Fate = { accepts: false, answer: 'reset' };
/** Not accepted, answered with an empty document of this status. */
export const refusedWith = (status: number): Fate => ({ accepts: false, answer: { status } });

/** A provider on 127.0.0.1 that does as it is told and keeps the books. */
export interface ScriptedProvider {
  /** Address of its Services.asmx. */
  url: string;
  /** Calls that arrived, in order, whatever became of them. */
  calls: ReceivedCall[];
  /** What became of each of these calls. */
  fates: Fate[];
  /** Calls that it accepted: what its phones were sent. */
  ledger: ReceivedCall[];
  /** The phones of the ledger, call after call. */
  phones(): string[];
  /** What becomes of the next calls, one each; after them everything is accepted. */
  next(...fates: Fate[]): void;
  /** What was to become of the next calls is no more: everything is accepted. */
  recover(): void;
  stop(): Promise<void>;
}

/** Starts a provider. @param errorPhones what it writes in ErrorPhones of what it accepts */
export async function startProvider(errorPhones = ''): Promise<ScriptedProvider> {
  const script: Fate[] = [];
  const calls: ReceivedCall[] = [];
  const fates: Fate[] = [];
  const ledger: ReceivedCall[] = [];
  const server = createServer(async (incoming, response) => {
    const reading = readRequest(requestOf(incoming, await buffer(incoming)));
    if (reading.kind !== 'call') return response.writeHead(500).end();
    const fate = script.shift() ?? accepted;
    calls.push(reading.call);
    fates.push(fate);
    if (fate.accepts) ledger.push(reading.call);
    if (fate.answer === 'silence') return;
    if (fate.answer === 'reset') return response.socket?.resetAndDestroy();
    const { status, headers, body } = answerOf(fate, reading.reply, ledger.length, errorPhones);
    return response.writeHead(status, headers).end(body);
  });
  const url = `${await listen(server)}/Services.asmx`;
  const phones = () => ledger.flatMap((call) => (call.Phones ?? '').split(';').filter((phone) => phone !== ''));
  const next = (...fates: Fate[]) => void script.push(...fates);
  const recover = () => {
    script.length = 0;
  };
  return { url, calls, fates, ledger, phones, next, recover, stop: () => close(server) };
}

function requestOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer) {
  const { pathname, search } = new URL(url, 'http://127.0.0.1');
  const single = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return { method, path: pathname.replace(/^.*\.asmx/, ''), query: search.slice(1), headers: Object.fromEntries(single), body };
}

function answerOf({ accepts, answer }: Fate, reply: Reply, jobs: number, errorPhones: string): HttpAnswer {
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
