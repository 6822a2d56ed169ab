import { setTimeout as delay } from 'node:timers/promises';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createGateway } from '../../../infra/local/api-gateway/gateway.ts';
import { openPort, type Port } from '../../../infra/local/aws-endpoint/port.ts';
import { serveSandbox } from '../../../infra/local/provider/sandbox-front.ts';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { sendRaw } from '../../support/http.ts';
import { startFixture, temporaryFolder } from '../fixture.ts';

const CLOSED_MS = 300;
const data = temporaryFolder();
let system: LocalSystem;
let front: Port;
beforeAll(async () => {
  system = await startFixture(data.folder);
  front = await openPort(0, 'front');
  serveSandbox(front, createGateway(system.resources, system.functions.values()), CLOSED_MS);
});
afterAll(async () => {
  await front.close();
  await system.stop();
  data.remove();
});

const post = (act: string) => `POST /Services.asmx/${act} HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx`;

it.each([
  ['/Services.asmx?WSDL', '/sandbox/Services.asmx'],
  ['/services.ASMX', '/sandbox/Services.asmx'],
  ['/sandbox/Services.asmx', '/sandbox/Services.asmx'],
  ['/ledger', '/sandbox/ledger'],
  ['/sandbox/ledger?after=1', '/sandbox/ledger'],
])('%s is the deployed %s', async (path, deployed) => {
  const event = (await (await fetch(`${system.sandbox}${path}`)).json()) as APIGatewayProxyEvent;
  expect(event.path).toBe(deployed);
  const query = new URL(path, 'http://h').searchParams;
  expect(event.queryStringParameters ?? {}).toEqual(Object.fromEntries(query));
});

it('keeps the letters of the operation, and has nothing else', async () => {
  const operation = await fetch(`${system.sandbox}/SERVICES.asmx/CustomSend`, { method: 'POST', body: 'x' });
  expect(((await operation.json()) as APIGatewayProxyEvent).path).toBe('/sandbox/Services.asmx/CustomSend');
  expect((await fetch(`${system.sandbox}/fixture`)).status).toBe(404);
});

it('resets the connection after the function ran', async () => {
  expect(await sendRaw(front.address, post('reset'))).toEqual({ text: '', end: 'reset' });
});

it('keeps silent for as long as the client waits', async () => {
  expect(await sendRaw(front.address, post('silence'), 400)).toEqual({ text: '', end: 'open' });
});

it('answers, closes the port for a while, and opens the same one again', async () => {
  const open = sendRaw(front.address, post('silence'), 2_000);
  await delay(50);
  const answer = await sendRaw(front.address, post('close-port'));
  expect(answer.text).toMatch(/^HTTP\/1\.1 200 OK.*\r\nX-Kept: yes\r\n.*close-port$/s);
  expect(answer.text).not.toMatch(/sandbox-scenario/i);
  expect(['closed', 'reset']).toContain((await open).end);
  await expect(fetch(front.address)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await delay(CLOSED_MS + 100);
  expect((await fetch(`${front.address}/ledger`)).status).toBe(200);
});
