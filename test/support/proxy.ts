import { once } from 'node:events';
import {
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it came to the proxy, numbered from 1. */
interface NumberedRequest {
  number: number;
  /** `PutItem JOB` for DynamoDB (operation and sort keys of the items), else method and path. */
  name: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** The answer of what stands behind the proxy, to be passed back as it is. */
export interface CarriedAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** What becomes of a request: it may be carried out, at any time, and its answer passed back, or `undefined` resets the connection. */
export type Rule = (request: NumberedRequest, carryOut: () => Promise<CarriedAnswer>) => Promise<CarriedAnswer | undefined>;

export const pass: Rule = (_request, carryOut) => carryOut();
/** The request is carried out, and its answer is lost. */
export const loseAnswer: Rule = async (_request, carryOut) => {
  await carryOut();
  return undefined;
};
/** The request never arrives. */
export const cutBefore: Rule = async () => undefined;
/** The request stalls, and is carried out afterwards. @param stall called when it has come */
export const holdBefore =
  (stall: () => Promise<void>): Rule =>
  (_request, carryOut) =>
    stall().then(carryOut);
/** The request is carried out at once, its answer stalls. @param stall called when it has been carried out */
export const holdAfter =
  (stall: () => Promise<void>): Rule =>
  async (_request, carryOut) => {
    const answer = await carryOut();
    await stall();
    return answer;
  };

/** The rule for one request of a run; every other passes. */
export const atRequest =
  (number: number, rule: Rule): Rule =>
  (request, carryOut) =>
    (request.number === number ? rule : pass)(request, carryOut);

/** A proxy on 127.0.0.1 before one HTTP server. */
export interface LoopbackProxy {
  url: string;
  /** All requests so far, also those that never arrived. */
  requests: NumberedRequest[];
  stop(): Promise<void>;
}

/** Stands between a client and a server, and does with each request what the rule says. A rule that throws resets the connection. */
export async function startProxy(upstream: string, rule: Rule = pass): Promise<LoopbackProxy> {
  const requests: NumberedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    try {
      const body = await buffer(incoming);
      const { headers } = incoming;
      const request = { number: requests.length + 1, name: nameOf(incoming, body), headers, body };
      requests.push(request);
      reply(response, await rule(request, () => carryOut(upstream, incoming, body)));
    } catch {
      response.socket?.resetAndDestroy();
    }
  });
  const url = await listen(server);
  return { url, requests, stop: () => close(server) };
}

/** Listens on a free port of 127.0.0.1. @returns its address */
export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Stops a server at once, whatever is open. */
export async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  if (server.listening) await once(server, 'close');
}

function reply(response: ServerResponse, answer: CarriedAnswer | undefined): void {
  if (!answer) {
    response.socket?.resetAndDestroy();
    return;
  }
  const { connection, 'keep-alive': _keepAlive, 'transfer-encoding': _coding, ...headers } = answer.headers;
  response.writeHead(answer.status, { ...headers, 'content-length': answer.body.length }).end(answer.body);
}

/** Sends the request on over a connection of its own, so that no idle one can have died. */
async function carryOut(upstream: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<CarriedAnswer> {
  const { hostname, port, host } = new URL(upstream);
  const { 'transfer-encoding': _coding, ...own } = headers;
  const passed = { ...own, host, connection: 'close', 'content-length': body.length };
  const outgoing = forward({ hostname, port, method, path: url, headers: passed, agent: false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
}

function nameOf({ method, url, headers }: IncomingMessage, body: Buffer): string {
  const operation = /^DynamoDB_\d+\.(\w+)$/.exec(String(headers['x-amz-target']))?.[1];
  if (!operation) return `${method} ${url?.split('?')[0]}`;
  return [operation, ...sortKeysOf(JSON.parse(body.toString()))].join(' ');
}

interface DynamoDbInput {
  Key?: { sk: { S: string } };
  Item?: { sk: { S: string }; status?: { S: string } };
  RequestItems?: Record<string, { Keys?: { sk: { S: string } }[] }>;
}

function sortKeysOf({ Key, Item, RequestItems }: DynamoDbInput): string[] {
  const many = Object.values(RequestItems ?? {}).flatMap(({ Keys }) => Keys ?? []);
  // The item of a job that is being created has the job's key, and is told from the job by its status.
  const put = Item?.status?.S === 'creating' ? { sk: { S: 'CREATING' } } : Item;
  return [Key, put, ...many].flatMap((item) => item?.sk.S ?? []);
}
