import type { IncomingMessage } from 'node:http';

/** The access key that signed a request: in its header, or in the query of a pre-signed address. A function's access key is its name. */
export function accessKeyOf({ headers, url = '/' }: Pick<IncomingMessage, 'headers' | 'url'>): string {
  const fromHeader = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
  return fromHeader ?? new URL(url, 'http://127.0.0.1').searchParams.get('X-Amz-Credential')?.split('/')[0] ?? '';
}
