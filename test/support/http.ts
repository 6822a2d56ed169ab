import { connect } from 'node:net';

/** What came back on a raw connection, and how it ended. */
export interface RawAnswer {
  text: string;
  /** `reset` for an RST; `open` if it was still open after `waitMs`. */
  end: 'closed' | 'reset' | 'open';
}

/** Sends bytes to an address on 127.0.0.1 and reads until the other side closes, or for `waitMs`. */
export function sendRaw(address: string, request: string | Buffer, waitMs = 1_000): Promise<RawAnswer> {
  return new Promise((done) => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    const chunks: Buffer[] = [];
    const finish = (end: RawAnswer['end']): void => {
      clearTimeout(timer);
      socket.destroy();
      done({ text: Buffer.concat(chunks).toString(), end });
    };
    const timer = setTimeout(() => finish('open'), waitMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => finish('closed'));
    socket.on('error', () => finish('reset'));
    socket.write(request);
  });
}
