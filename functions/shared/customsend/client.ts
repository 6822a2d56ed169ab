import http from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { ANSWER_BYTES_LIMIT } from './answer.ts';
import type { CustomSendCall, Protocol } from './call.ts';
import { problemsOf } from './carries.ts';
import { cannotBeCarried, classifyAnswer, type NotSentCode, notSent, type Outcome, type UnknownCode, unknown } from './outcome.ts';
import { type EncodedRequest, encodeRequest } from './request.ts';
import { createSocketPool, nextPoll } from './sockets.ts';

/** Where the provider is and how it is called. */
export interface ProviderSettings {
  /** Address of Services.asmx; http or https, with any port, path and query. */
  url: string;
  protocol: Protocol;
  /** For name, connection and TLS together. */
  connectTimeoutMs: number;
  /** For the whole call, from the first byte of the request to the last of the answer. */
  timeoutMs: number;
  /** Statuses that the provider's front guarantees to mean "not sent". */
  notSentStatuses: readonly number[];
  /** Adds headers that authorise the request; for a provider behind AWS IAM. */
  sign?: (request: EncodedRequest & { url: URL }) => Promise<Record<string, string>>;
}

export interface SendOptions {
  /** Asked once the connection stands, just before the first byte is handed over. `false`: nothing is sent (`too-late`). */
  beforeFirstByte?: () => boolean;
}

export interface CustomSend {
  /** Calls CustomSend at most once. Whatever the provider does ends as an outcome; this does not throw. */
  send(call: CustomSendCall, options?: SendOptions): Promise<Outcome>;
  /** Lets idle connections go. */
  close(): void;
}

/**
 * The client of the provider, and the only code that opens a socket to it. It repeats nothing and follows no redirect.
 * @param now milliseconds of the wall clock
 */
export function createCustomSend(settings: ProviderSettings, now: () => number = Date.now): CustomSend {
  const url = new URL(settings.url);
  const secure = url.protocol === 'https:';
  const pool = createSocketPool(secure, now);
  const { hostname, port, auth } = urlToHttpOptions(url);
  const target = { hostname, port, auth, agent: pool.agent };
  return {
    async send(call, options = {}) {
      const problems = problemsOf(settings.protocol, call);
      if (problems.length > 0) return cannotBeCarried(problems);
      const encoded = encodeRequest(settings.protocol, call, url);
      const headers = await signed(encoded, url, settings);
      if (!headers) return notSent('signing-failed');
      await pool.ready();
      const request = (secure ? https : http).request({ ...target, method: encoded.method, path: encoded.path, headers });
      const connection = await connected(request, settings.connectTimeoutMs);
      const failure = connection ?? (request.socket?.writable ? undefined : 'connection-failed');
      if (!failure && (options.beforeFirstByte?.() ?? true)) return answered(request, encoded.body, settings);
      request.destroy();
      return notSent(failure ?? 'too-late');
    },
    close: pool.close,
  };
}

async function signed(encoded: EncodedRequest, url: URL, settings: ProviderSettings): Promise<EncodedRequest['headers'] | undefined> {
  if (!settings.sign) return encoded.headers;
  try {
    return { ...encoded.headers, ...(await settings.sign({ ...encoded, url })) };
  } catch {
    return undefined;
  }
}

/** Waits until bytes can be handed over. Resolves to why they cannot, if so; nothing has left then. */
function connected(request: http.ClientRequest, timeoutMs: number): Promise<NotSentCode | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs, 'connect-timeout');
    const settle = (failure?: NotSentCode) => {
      clearTimeout(timer);
      resolve(failure);
    };
    let securing = false;
    request.on('error', (error) => settle(securing ? 'tls' : connectFailure(error)));
    request.on('close', () => settle('connection-failed'));
    request.on('socket', (socket) => {
      if (request.reusedSocket) return settle();
      if (!('encrypted' in socket)) return socket.once('connect', () => settle());
      socket.once('connect', () => {
        securing = true;
      });
      return socket.once('secureConnect', () => settle());
    });
  });
}

function connectFailure(error: NodeJS.ErrnoException): NotSentCode {
  if (error.code === 'ECONNREFUSED') return 'refused';
  if (error.code === 'ETIMEDOUT') return 'connect-timeout';
  return error.code === 'ENOTFOUND' || error.code?.startsWith('EAI_') ? 'dns' : 'connection-failed';
}

/** Hands the request over and waits for what becomes of it. The first thing that decides wins; what comes after changes nothing. */
function answered(request: http.ClientRequest, body: Buffer | undefined, settings: ProviderSettings): Promise<Outcome> {
  return new Promise((resolve) => {
    let response: http.IncomingMessage | undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    let judged = false;
    const judge = (complete: boolean, lost: UnknownCode = 'connection-lost') => {
      if (judged) return;
      judged = true;
      clearTimeout(timer);
      if (!complete || !request.writableFinished) request.destroy();
      if (!response) return resolve(unknown(lost));
      const answer = {
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'],
        body: Buffer.concat(chunks),
        complete,
      };
      resolve(classifyAnswer(answer, settings.notSentStatuses, lost));
    };
    // A process that was frozen wakes up with the time over and the answer unread: so it is looked for once more.
    const timer = setTimeout(() => void nextPoll().then(() => judge(false, 'timeout')), settings.timeoutMs);
    request.on('error', () => judge(false));
    request.on('close', () => judge(false));
    request.on('upgrade', (upgraded, socket) => {
      response = upgraded;
      socket.destroy();
      judge(false, 'http-status');
    });
    request.on('response', (incoming) => {
      response = incoming;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > ANSWER_BYTES_LIMIT) return judge(false, 'answer-too-large');
        chunks.push(chunk);
      });
      incoming.on('end', () => judge(incoming.complete));
      incoming.on('error', () => judge(false));
    });
    request.end(body);
  });
}
