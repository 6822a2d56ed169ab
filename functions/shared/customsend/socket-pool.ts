import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

/** A pooled socket that was idle for longer is not used again, by the wall clock: a frozen process has no other. */
const IDLE_LIMIT_MS = 2_000;

/** Keeps connections to the provider for a short while. */
interface SocketPool {
  agent: http.Agent;
  /** Returns once no pooled socket is one that the server has closed, as far as this machine can know. */
  ready(): Promise<void>;
  /** Gives up the idle sockets; calls that are open go on, and their sockets are not kept. */
  close(): void;
}

/**
 * A request on a socket that the server had closed is lost after its first byte, and its outcome unknown. So a socket is
 * reused only while it is young, and only after the event loop has polled once: that is when a close shows which came in
 * while the process was frozen, or on the heels of the last answer.
 * @param now milliseconds of the wall clock
 */
export function createSocketPool(secure: boolean, now: () => number): SocketPool {
  /** The idle sockets, and since when; the agent's own list is slow to walk through at every call. */
  const freeSince = new Map<Duplex, number>();
  let closed = false;
  const agent = new (secure ? https : http).Agent({ keepAlive: true });
  const keep = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (socket) => {
    freeSince.set(socket, now());
    return !closed && keep(socket);
  };
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    freeSince.delete(socket);
    reuse(socket, request);
  };
  const drop = (socket: Duplex) => {
    freeSince.delete(socket);
    socket.destroy();
  };
  /** Ends the stale ones, and says whether others are left. */
  const dropStale = () => {
    for (const [socket, since] of freeSince) {
      const age = now() - since;
      if (socket.destroyed || !socket.writable || age < 0 || age >= IDLE_LIMIT_MS) drop(socket);
    }
    return freeSince.size > 0;
  };
  return {
    agent,
    async ready() {
      if (!dropStale()) return;
      await nextPoll();
      dropStale();
    },
    close() {
      closed = true;
      for (const socket of freeSince.keys()) drop(socket);
    },
  };
}

/** Resolves after the event loop has been through one whole poll phase. */
export async function nextPoll(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
}
