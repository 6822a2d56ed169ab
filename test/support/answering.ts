import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A server of scripted bytes: what it answers, and whether it answers at all, is the test's. */
export interface Answering {
  url: string;
  port: number;
  /** Every request that came in whole, as it was on the wire. */
  requests: string[];
  /** How many connections were made to it. */
  connections: number;
  close(): Promise<void>;
}

/** Called with each whole request and its number, from 0. */
export type Script = (socket: Socket, request: string, index: number) => void;

/**
 * Listens on a free port of 127.0.0.1 and hands each request over once its body is there.
 * @param greet called with each new connection, before anything was read
 */
export async function startAnswering(script: Script, greet: (socket: Socket) => void = () => {}): Promise<Answering> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    answering.connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    readRequests(socket, (request) => script(socket, request, answering.requests.push(request) - 1));
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answering: Answering = {
    url: `http://127.0.0.1:${port}/Services.asmx`,
    port,
    requests: [],
    connections: 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return answering;
}

function readRequests(socket: Socket, take: (request: string) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/^content-length: *(\d+)/im.exec(pending.toString('latin1', 0, end))?.[1] ?? 0);
      const total = end + 4 + length;
      if (pending.length < total) return;
      const request = pending.toString('utf8', 0, total);
      pending = pending.subarray(total);
      take(request);
    }
  });
}

/** An answer's bytes, with its length declared (`declared` lies about it). */
export function answerBytes(status: number, headers: Record<string, string>, body: string | Uint8Array = '', declared?: number): Buffer {
  const bytes = Buffer.from(body);
  const all = { ...headers, 'Content-Length': String(declared ?? bytes.length) };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Scripted\r\n${head.join('')}\r\n`), bytes]);
}
