import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobIds } from '../../functions/sandbox/job-ids.ts';
import { writeScenario } from '../../functions/sandbox/scenario-answer.ts';
import type { Scenario } from '../../functions/sandbox/scenarios.ts';
import { faild, takeCall } from '../../functions/sandbox/take-call.ts';
import type { HttpRequest } from '../../functions/shared/asmx-server/http-exchange.ts';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { splitEntries } from '../../functions/shared/message/encoded-content.ts';
import type { Dialect } from '../../functions/shared/settings.ts';

/** What becomes of a call: one of the sandbox's scenarios, without its magic phone. */
export type Doing = Pick<Scenario, 'accepted' | 'connection' | 'answer'>;

/** A call as it reached the provider. */
export interface Arrival {
  phones: string[];
  token: string;
  /** By the provider's own clock (milliseconds). */
  at: number;
}

export interface ProviderOptions {
  dialect: Dialect;
  /** What becomes of a call, asked when it has come in whole; nothing = it is accepted and answered. May wait. */
  decide?: (arrival: Arrival) => Doing | undefined | Promise<Doing | undefined>;
  now?: () => number;
  /** How long the port stays closed after a call with the scenario `close-port`, and a late answer takes (milliseconds). */
  closedMs?: number;
  lateMs?: number;
}

/** A provider on 127.0.0.1 that keeps its audit in memory. */
export interface LedgerProvider {
  /** Address of its Services.asmx. */
  url: string;
  /** Every call that came in, in order. */
  arrivals: Arrival[];
  /** How often each phone was accepted. */
  ledger: Map<string, number>;
  /** The largest number of calls that were open at the same time. */
  mostOpen(): number;
  /** Refuses connections, and ends those that are open, until `open`. */
  close(): Promise<void>;
  open(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a provider that does with each call what it is told. */
export async function startLedgerProvider(options: ProviderOptions): Promise<LedgerProvider> {
  const { dialect, decide = () => undefined, now = Date.now, closedMs = 300, lateMs = 300 } = options;
  const jobIds = createJobIds(Date.now, Math.random);
  const [arrivals, ledger] = [[] as Arrival[], new Map<string, number>()];
  const open = new Set<ServerResponse>();
  let mostOpen = 0;
  let wanted = 0;
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reading = readRequest(requestOf(incoming, await buffer(incoming)));
    if (reading.kind !== 'call') return void response.writeHead(500).end();
    const { call, reply } = reading;
    open.add(response);
    mostOpen = Math.max(mostOpen, open.size);
    response.on('close', () => open.delete(response));
    const arrival = { phones: splitEntries(dialect, call.Phones ?? ''), token: call.Token ?? '', at: now() };
    arrivals.push(arrival);
    const doing = (await decide(arrival)) ?? { accepted: true };
    const { root, messages } = doing.accepted ? takeCall(call, dialect, jobIds) : faild('');
    for (const { phone } of messages) ledger.set(phone, (ledger.get(phone) ?? 0) + 1);
    if (doing.answer === 'late') await sleep(lateMs);
    if (doing.connection === 'silence') return;
    if (doing.connection === 'reset') return void incoming.socket.resetAndDestroy();
    if (doing.connection === 'close-port')
      response.on('close', () =>
        close()
          .then(() => sleep(closedMs))
          .then(listen),
      ).shouldKeepAlive = false;
    // The caller may have the answer before this side learns that it is out: the call counts as closed from here on.
    open.delete(response);
    const { status, headers, body } = writeScenario({ phone: '', meaning: '', ...doing, connection: undefined }, reply, root);
    response.writeHead(status, headers).end(body);
  };
  const server = createServer((incoming, response) => void answer(incoming, response).catch(() => response.destroy()));
  const listen = async (): Promise<void> => {
    if (server.listening) return;
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await listen();
  wanted = (server.address() as AddressInfo).port;
  const url = `http://127.0.0.1:${wanted}/Services.asmx`;
  return { url, arrivals, ledger, mostOpen: () => mostOpen, close, open: listen, stop: close };
}

function requestOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer): HttpRequest {
  const { pathname, search } = new URL(url, 'http://127.0.0.1');
  const single = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return { method, path: pathname.replace(/^.*\.asmx/i, ''), query: search.slice(1), headers: Object.fromEntries(single), body };
}
