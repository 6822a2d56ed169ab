import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';

/**
 * A fetch for addresses of a deployed stack, which lead to AWS: it goes to the emulated account and says in `Host` where it would have gone.
 * That is what signatures were made for, and MiniStack checks those of pre-signed addresses. (`fetch` itself lets no caller set `Host`.)
 * @param account address of the emulated account
 */
export function fetchFrom(account: string): typeof fetch {
  const { hostname, port } = new URL(account);
  return async (address, { method = 'GET', headers, body } = {}) => {
    const { host, pathname, search } = new URL(String(address));
    // It finds a bucket by its host as AWS does, but an API only by a path of its own.
    const [, api] = /^([a-z0-9]+)\.execute-api\./.exec(host) ?? [];
    const path = `${api ? `/_aws/execute-api/${api}` : ''}${pathname}${search}`;
    const content = body === undefined || body === null ? undefined : Buffer.from(String(body));
    const sent = { ...Object.fromEntries(new Headers(headers)), ...(content && { 'content-length': String(content.length) }), host };
    return new Promise((resolve, reject) => {
      const request = httpRequest({ hostname, port, method, path, headers: sent }, (answer) => {
        const { statusCode: status = 0, headers: received } = answer;
        const pairs = Object.entries(received).map(([name, value]): [string, string] => [name, String(value)]);
        const respond = (text: Buffer) => resolve(new Response(text.length > 0 ? new Uint8Array(text) : null, { status, headers: pairs }));
        buffer(answer).then(respond, reject);
      });
      request.on('error', reject).end(content);
    });
  };
}
