import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { LocalSystem } from '../../infra/local/system.ts';
import { answerLikeEcho, type Facts, SOAP12, TEXT, XML } from './asmx.ts';
import { sendRaw } from './http.ts';
import { close, listen } from './proxy.ts';
import { startStack } from './stack.ts';

/** Two well-formed phones, as old callers write them. */
export const PHONES = '13800138000;13900139000;';
/** What the parameters are unless a test says otherwise. */
const values = {
  Token: 'echo',
  Pattern: 'p',
  DefaultDetail: 'dd',
  Details: '',
  Phones: PHONES,
  SmsType: '1',
  PostFixNumber: '01',
  SendTime: '2026-01-01 08:00:00',
};
export const form = (other: Partial<typeof values> = {}) => new URLSearchParams({ ...values, ...other }).toString();
export const parameters = (other: Partial<typeof values> = {}) =>
  Object.entries({ ...values, ...other })
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
export const custom = (inner = parameters()) => `<CustomSend xmlns="http://tempuri.org/">${inner}</CustomSend>`;
export const NS = { soap11: 'http://schemas.xmlsoap.org/soap/envelope/', soap12: 'http://www.w3.org/2003/05/soap-envelope' };
export const envelope = (version: keyof typeof NS, body = custom()) =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NS[version]}"><s:Body>${body}</s:Body></s:Envelope>`;
export const ACTION = '"http://tempuri.org/CustomSend"';
export const FORM = 'application/x-www-form-urlencoded';

/** A request as bytes; the connection ends after it unless its headers say otherwise. */
export function bytesOf(line: string, headers: Record<string, string>, body: string | Buffer = ''): Buffer {
  const content = Buffer.from(body as string);
  const all = { Host: 'asmx.test', 'Content-Length': String(content.length), Connection: 'close', ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${head.join('')}\r\n`), content]);
}

/** The local stack before a provider that echoes what it is called with, which all tests of a file share. */
export function endpointOfFile() {
  /** Bodies of the calls; texts that say so take a second. */
  const calls: string[] = [];
  const provider = createServer(async (incoming, response) => {
    const request = await requestOf(incoming);
    calls.push(request.body.toString());
    if (request.body.includes('slow')) await sleep(1_000);
    const { status, headers, body } = answerLikeEcho(request);
    response.writeHead(status, headers).end(body);
  });
  let system: LocalSystem;
  const folder = mkdtempSync(join(tmpdir(), 'sms-asmx-'));
  const shown: string[] = [];
  beforeAll(async () => {
    const url = `${await listen(provider)}/Services.asmx`;
    system = await startStack({ PROVIDER_URL: url, PHONES_PER_CALL: 3, DATA_DIR: folder }, { show: (line) => shown.push(line) });
  });
  afterAll(async () => {
    await system.stop();
    await close(provider);
    rmSync(folder, { recursive: true });
  });

  const exchange = (request: Buffer) => exchangeWith(system.api, request);
  const post = (path: string, body: string | Buffer, type = FORM, headers: Record<string, string> = {}) =>
    exchange(bytesOf(`POST ${path}`, { 'Content-Type': type, ...headers }, body));
  const soap11 = (body: string | Buffer, type = XML, action: string | undefined = ACTION) =>
    post('/Services.asmx', body, type, action === undefined ? {} : { SOAPAction: action });
  const soap12 = (body: string, type = SOAP12) => post('/Services.asmx', body, type);
  const get = (query: string, path = '/Services.asmx/CustomSend') => exchange(bytesOf(`GET ${path}?${query}`, {}));
  const submit = (body: string, type = FORM) => post('/Services.asmx/CustomSend', body, type);

  /** To be called last: the logs of everything that the file sent. */
  async function expectSecretsKept(): Promise<void> {
    await submit(form({ Token: 'fail-SECRET', Pattern: '机密TEXT' }));
    const written = globSync(join(folder, 'logs/*.log')).map((file) => readFileSync(file, 'utf8'));
    expect(written.join('\n')).toContain('"message":"request"');
    for (const secret of ['SECRET', '机密', '13800138000', 'echo']) expect(written.join('\n')).not.toContain(secret);
    expect(shown.join('\n')).not.toContain('SECRET');
  }

  return { calls, exchange, post, soap11, soap12, get, submit, expectSecretsKept, system: () => system };
}

async function requestOf(incoming: IncomingMessage) {
  const { method = '', url = '', headers } = incoming;
  const { pathname, search } = new URL(url, 'http://h');
  const single = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const body = await buffer(incoming);
  return { method, path: pathname.replace(/^.*\.asmx/, ''), query: search.slice(1), headers: Object.fromEntries(single), body };
}

async function exchangeWith(address: string, request: Buffer): Promise<Facts & { head: string; body: string }> {
  const { text } = await sendRaw(address, request, 20_000);
  const [head = '', body = ''] = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '').split(/\r\n\r\n(.*)/s);
  const type = /content-type: (.*)/i.exec(head)?.[1] ?? '';
  const find = (pattern: RegExp) => pattern.exec(body)?.[1];
  const facts = {
    status: Number(head.split(' ')[1]),
    type,
    retCode: find(/<RetCode>(\w+)</),
    message: find(/<Message>([^<]*)</),
    fault: find(/(?:<faultcode>|<soap:Value>)soap:(\w+)</),
    text: type === TEXT ? body : undefined,
  };
  return { ...(JSON.parse(JSON.stringify(facts)) as Facts), head, body };
}
