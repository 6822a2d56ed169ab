import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** An HTTP port on 127.0.0.1. It is taken before there is anything to serve, so that its number is known and a clash is seen at once. */
export interface Port {
  readonly number: number;
  /** `http://127.0.0.1:<number>`, without a final slash. */
  readonly address: string;
  /** Sets the handler; until then every request gets a 503. */
  serve(listener: Listener): void;
  /** Refuses connections, and ends those that are open, for a while. */
  closeFor(milliseconds: number): void;
  close(): Promise<void>;
}

/**
 * @param wanted 0 = any free port
 * @param name what the port is for, for the error: an environment variable where there is one
 */
export async function openPort(wanted: number, name: string): Promise<Port> {
  let listener: Listener = async (_request, response) => {
    response.writeHead(503, { 'Retry-After': '1' }).end('starting');
  };
  const server = createServer((request, response) => {
    listener(request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  await listen();
  const { port: number } = server.address() as AddressInfo;
  let reopening: NodeJS.Timeout | undefined;

  async function listen(): Promise<void> {
    server.listen(wanted, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is in use by another program' : (error as Error).message;
      throw new Error(`${name}: the port ${wanted} on 127.0.0.1 ${reason}`);
    }
  }

  function shut(): Promise<void> {
    return new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  }

  return {
    number,
    address: `http://127.0.0.1:${number}`,
    serve: (next) => {
      listener = next;
    },
    closeFor: (milliseconds) => {
      wanted = number;
      void shut();
      clearTimeout(reopening);
      reopening = setTimeout(() => listen().catch((error: Error) => console.error(error.message)), milliseconds);
    },
    close: () => {
      clearTimeout(reopening);
      return shut();
    },
  };
}
