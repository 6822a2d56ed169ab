import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { RawAnswer } from '../../functions/shared/customsend/answer-content.ts';
import type { CustomSendCall } from '../../functions/shared/customsend/call.ts';
import { notSent, unknown } from '../../functions/shared/customsend/outcome.ts';

/** Makes one CustomSend call and checks that it was understood. */
export type Caller = () => Promise<void>;

const CALL: CustomSendCall = {
  Token: 'token',
  Pattern: '【签名】{0}您好，余额{1}元',
  DefaultDetail: '客户,0',
  Details: '张三,100;李四,200',
  Phones: '13800138000;13900139000;',
  SmsType: 1,
  PostFixNumber: '1',
  SendTime: '',
};
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };
const writeForm = () =>
  new URLSearchParams(Object.entries(CALL).map(([name, value]): [string, string] => [name, String(value)])).toString();

function check(understood: boolean): void {
  if (!understood) throw new Error('The answer was not understood.');
}

/**
 * Everything that is measured, by name: each loads its modules, and is made with the provider's address.
 * @param folder holds our client bundled as it is deployed (`client/`, `read-answer/`) and, if they could be installed, axios, xml2js and soap
 */
export function callers(folder: string): Record<string, (url: string) => Promise<Caller>> {
  const load = createRequire(`${folder}/package.json`);
  const own = {
    'node:http': (url: string) => callHttp(url, load),
    'ours, http-post': (url: string) => callOurs(url, load, 'http-post'),
    'ours, soap11': (url: string) => callOurs(url, load, 'soap11'),
    'ours, answer not read': (url: string) => callUnread(url, load),
    'fetch, same parser': (url: string) => callFetch(url, load),
  };
  if (!existsSync(`${folder}/node_modules/soap`)) return own;
  return { ...own, 'axios, xml2js': (url) => callAxios(url, load), soap: (url) => callSoap(url, load) };
}

/** What cannot be left out: the form is written, the answer collected as text, and not looked at. */
async function callHttp(url: string, load: NodeJS.Require): Promise<Caller> {
  const http = load('node:http') as typeof import('node:http');
  const agent = new http.Agent({ keepAlive: true });
  return () =>
    new Promise((resolve, reject) => {
      const body = writeForm();
      const headers = { ...FORM, 'Content-Length': Buffer.byteLength(body) };
      const request = http.request(`${url}/CustomSend`, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => (text.length > 0 ? resolve() : reject(new Error('The answer is empty.'))));
      });
      request.on('error', reject);
      request.end(body);
    });
}

async function callOurs(url: string, load: NodeJS.Require, protocol: 'http-post' | 'soap11'): Promise<Caller> {
  const { createCustomSend } = load('./client/index.cjs') as typeof import('../../functions/shared/customsend/client.ts');
  const client = createCustomSend({ url, protocol, connectTimeoutMs: 2_000, timeoutMs: 10_000, notSentStatuses: [] });
  return async () => check((await client.send(CALL)).kind === 'accepted');
}

/** Our client without its readers of XML: what is left is the price of the call. */
async function callUnread(url: string, load: NodeJS.Require): Promise<Caller> {
  const { createCustomSend } = load('./client/index.cjs') as typeof import('../../functions/shared/customsend/client.ts');
  const settings = { url, protocol: 'http-post', connectTimeoutMs: 2_000, timeoutMs: 10_000, notSentStatuses: [] } as const;
  const classifyAnswer = ({ body }: RawAnswer) => (body.length > 0 ? notSent('http-status') : unknown('connection-lost'));
  const client = createCustomSend(settings, Date.now, async () => ({ classifyAnswer }));
  return async () => check((await client.send(CALL)).kind === 'not-sent');
}

async function callFetch(url: string, load: NodeJS.Require): Promise<Caller> {
  const { readAnswer } = load('./read-answer/index.cjs') as typeof import('../../functions/shared/customsend/read-answer.ts');
  return async () => {
    const response = await fetch(`${url}/CustomSend`, { method: 'POST', headers: FORM, body: writeForm() });
    const body = new Uint8Array(await response.arrayBuffer());
    check(readAnswer(response.headers.get('content-type') ?? undefined, body).kind === 'root');
  };
}

async function callAxios(url: string, load: NodeJS.Require): Promise<Caller> {
  const http = load('node:http') as typeof import('node:http');
  const axios = load('axios') as { create(defaults: object): { post(url: string, body: string): Promise<{ data: string }> } };
  const { parseStringPromise } = load('xml2js') as { parseStringPromise(text: string): Promise<{ ROOT: { RetCode: string[] } }> };
  const agent = new http.Agent({ keepAlive: true });
  const client = axios.create({ httpAgent: agent, headers: FORM, responseType: 'text' });
  return async () => {
    const { data } = await client.post(`${url}/CustomSend`, writeForm());
    check((await parseStringPromise(data)).ROOT.RetCode[0] === 'Sucess');
  };
}

async function callSoap(url: string, load: NodeJS.Require): Promise<Caller> {
  const http = load('node:http') as typeof import('node:http');
  type Service = { CustomSendAsync(call: CustomSendCall): Promise<[unknown, string]> };
  const soap = load('soap') as { createClientAsync(wsdl: string, options: object): Promise<Service> };
  const agent = new http.Agent({ keepAlive: true });
  const service = await soap.createClientAsync(`${url}?wsdl`, { wsdl_options: { httpAgent: agent }, forceSoap12Headers: false });
  return async () => check((await service.CustomSendAsync(CALL))[1].includes('Sucess'));
}
