import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { urlToHttpOptions } from 'node:url';
import type { RawAnswer } from './answer-content.ts';
import type { CustomSendCall, Protocol } from './call.ts';
import { collect, type PartialAnswer, toRawAnswer } from './collect-answer.ts';
import { problemsOf } from './encodability.ts';
import { cannotBeEncoded, type NotSentCode, notSent, type Outcome, type UnknownCode, unknown } from './outcome.ts';
import { createSocketPool, nextPoll } from './socket-pool.ts';
import { type EncodedRequest, encodeRequest } from './write-request.ts';

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

interface SendOptions {
  /** Asked once the connection stands, just before the first byte is handed over. `false`: nothing is sent (`too-late`). */
  beforeFirstByte?: () => boolean;
  /** Another binding than the settings say, for a call that theirs cannot carry. */
  protocol?: Protocol;
}

export interface CustomSend {
  /** Calls CustomSend at most once. Whatever the provider does ends as an outcome; this does not throw. */
  send(call: CustomSendCall, options?: SendOptions): Promise<Outcome>;
  /** Lets idle connections go. */
  close(): void;
}

/** What judges answers. It brings two XML parsers along. */
type AnswerReader = Pick<typeof import('./classify-answer.ts'), 'classifyAnswer'>;

/**
 * The client of the provider, and the only code that opens a socket to it. It repeats nothing and follows no redirect.
 * @param now milliseconds of the wall clock
 * @param loadReader called while the first connection is made, so that no cold start pays for the parsers
 */
export function createCustomSend(
  settings: ProviderSettings,
  now: () => number = Date.now,
  loadReader: () => Promise<AnswerReader> = () => import('./classify-answer.ts'),
): CustomSend {
  const url = new URL(settings.url);
  const secure = url.protocol === 'https:';
  const pool = createSocketPool(secure, now);
  const { hostname, port } = urlToHttpOptions(url);
  const target = { hostname, port, agent: pool.agent };
  const fixed = fixedHeaders(url);
  let reader: AnswerReader | undefined;
  const answers = {
    async ready() {
      // The connection is under way once the event loop has turned.
      await nextTurn();
      reader ??= await loadReader();
    },
    // No first byte leaves before it is there, and a connection that is used again has had a first byte.
    classify: (answer: RawAnswer, lost?: UnknownCode) => (reader as AnswerReader).classifyAnswer(answer, settings.notSentStatuses, lost),
  };
  return {
    async send(call, options = {}) {
      const protocol = options.protocol ?? settings.protocol;
      const problems = problemsOf(protocol, call);
      if (problems.length > 0) return cannotBeEncoded(problems);
      const encoded = encodeRequest(protocol, call, url);
      const headers = settings.sign ? await signed(encoded, url, settings.sign) : encoded.headers;
      if (!headers) return notSent('signing-failed');
      await pool.ready();
      const request = (secure ? https : http).request({
        ...target,
        method: encoded.method,
        path: encoded.path,
        headers: [...fixed, ...Object.entries(headers).flat()],
      });
      return exchange(request, encoded.body, { settings, answers, mayStart: options.beforeFirstByte ?? (() => true) });
    },
    close: pool.close,
  };
}

/** Headers that are the same for every call. A list of all headers saves Node a tenth of a call, and then it adds none of these itself. */
function fixedHeaders(url: URL): string[] {
  const { auth } = urlToHttpOptions(url);
  return ['Host', url.host, ...(auth ? ['Authorization', `Basic ${Buffer.from(auth).toString('base64')}`] : [])];
}

/** A signer may bring the headers that it signed along, under names of any case. */
async function signed(encoded: EncodedRequest, url: URL, sign: NonNullable<ProviderSettings['sign']>) {
  try {
    const all = Object.entries({ ...encoded.headers, ...(await sign({ ...encoded, url })) });
    const { host: _fixed, ...headers } = Object.fromEntries(all.map(([name, value]) => [name.toLowerCase(), value]));
    return headers;
  } catch {
    return undefined;
  }
}

interface ExchangeOptions {
  settings: ProviderSettings;
  answers: { ready(): Promise<void>; classify(answer: RawAnswer, lost?: UnknownCode): Outcome };
  mayStart: () => boolean;
}

/**
 * One request on one connection. The first thing that decides wins; what comes after it changes nothing. The first byte leaves only when
 * the reader of answers is there: an answer that cannot be read is an unknown outcome.
 */
function exchange(
  request: http.ClientRequest,
  body: string | undefined,
  { settings, answers, mayStart }: ExchangeOptions,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let state: 'connecting' | 'sent' | 'concluded' = 'connecting';
    let timer: NodeJS.Timeout | undefined;
    let answer: PartialAnswer | undefined;
    const conclude = (outcome: Outcome, keepConnection = false) => {
      state = 'concluded';
      clearTimeout(timer);
      if (!keepConnection) request.destroy();
      resolve(outcome);
    };
    /** What went wrong means one thing before the first byte and another after it. */
    const fail = (before: NotSentCode, after: UnknownCode = 'connection-lost') => {
      if (state === 'connecting') conclude(notSent(before));
      else if (state === 'sent') conclude(answer ? answers.classify(toRawAnswer(answer, after), after) : unknown(after));
    };
    const start = () => {
      if (!request.socket?.writable) return fail('connection-failed');
      if (!mayStart()) return fail('too-late');
      state = 'sent';
      clearTimeout(timer);
      // A process that was frozen wakes up with the time over and the answer unread: so it is looked for once more.
      timer = setTimeout(() => nextPoll().then(() => fail('too-late', 'timeout')), settings.timeoutMs);
      request.end(body);
    };
    request.on('socket', (socket) => {
      if (state !== 'connecting') return;
      if (request.reusedSocket) return start();
      const connected = new Promise<void>((done) => {
        timer = whenConnected(socket, settings.connectTimeoutMs, done, () => fail('connect-timeout'));
      });
      Promise.all([connected, answers.ready()]).then(start, () => fail('reader-not-loaded'));
    });
    request.on('response', (response) => {
      answer = collect(response, fail, (whole) => {
        if (state === 'sent') conclude(answers.classify(toRawAnswer(whole)), request.writableFinished);
      });
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      answer = { response, chunks: [], bytes: 0 };
      fail('connection-failed', 'http-status');
    });
    request.on('error', (error) => fail(connectFailure(error)));
    request.on('close', () => fail('connection-failed'));
  });
}

/**
 * Waits for a connection, with TLS where there is any.
 * @returns the timer of its time-out
 */
function whenConnected(socket: Socket, milliseconds: number, done: () => void, fail: () => void): NodeJS.Timeout {
  let isConnected = false;
  // What blocked this process, such as the loading of the reader, is not the network's: a connection that stands by now counts.
  const timer = setTimeout(() => nextPoll().then(() => isConnected || fail()), milliseconds);
  socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
    isConnected = true;
    clearTimeout(timer);
    done();
  });
  return timer;
}

function connectFailure(error: NodeJS.ErrnoException): NotSentCode {
  if (error.code === 'ECONNREFUSED') return 'refused';
  if (error.code === 'ETIMEDOUT') return 'connect-timeout';
  if (error.code === 'ENOTFOUND' || error.code?.startsWith('EAI_')) return 'dns';
  return error.syscall === 'connect' || error instanceof AggregateError ? 'connection-failed' : 'tls';
}
