import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { afterAll, expect, it } from 'vitest';
import { sandboxRoutes } from '../../functions/sandbox/routes.ts';
import { toRequest } from '../../functions/shared/asmx-server/gateway-event.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';
import { createLedgerTable, DIALECT, requestOf } from '../support/sandbox.ts';

const engine = await startDynalite();
const client = dynamoDbClient(engine.endpoint);
await createLedgerTable(client, 'Ledger');
const environment = {
  LEDGER_TABLE_NAME: 'Ledger',
  DIALECT: JSON.stringify(DIALECT),
  CONNECTION_SCENARIOS: 'carry-out',
  AWS_REGION: 'local',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
};
const worker = start(environment);
afterAll(async () => {
  await worker.terminate();
  client.destroy();
  await engine.stop();
});

/** The function as Lambda runs it: alone, with nothing but its own environment. */
function start(env: Record<string, string>): Worker {
  const source = `
    import { parentPort } from 'node:worker_threads';
    const { handler } = await import(${JSON.stringify(new URL('../../functions/sandbox/handler.ts', import.meta.url).href)});
    parentPort.on('message', async (event) => parentPort.postMessage(await handler(event, {})));`;
  return new Worker(source, { eval: true, execArgv: ['--input-type=module'], env });
}

async function invoke(event: Partial<APIGatewayProxyEvent>): Promise<APIGatewayProxyResult> {
  const whole = {
    headers: {},
    body: null,
    isBase64Encoded: false,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    ...event,
  };
  worker.postMessage(whole);
  return (await once(worker, 'message'))[0];
}

/** The event of a request whose media type is binary to the gateway. */
function eventOf({ method, path, headers, body }: ReturnType<typeof requestOf>): Partial<APIGatewayProxyEvent> {
  return {
    httpMethod: method,
    path: `/sandbox/Services.asmx${path}`,
    headers: headers as Record<string, string>,
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  };
}

it('takes a call and shows it in the ledger', async () => {
  const answer = await invoke(eventOf(requestOf('soap12', { Phones: '13800138000;' })));
  expect(answer).toMatchObject({
    statusCode: 200,
    headers: { 'Content-Type': 'application/soap+xml; charset=utf-8' },
    isBase64Encoded: false,
  });
  expect(answer.body).toContain('<RetCode>Sucess</RetCode>');
  const ledger = await invoke({ httpMethod: 'GET', path: '/sandbox/ledger', queryStringParameters: { phone: '13800138000' } });
  expect(JSON.parse(ledger.body)).toMatchObject({ messages: [{ phone: '13800138000', text: '【签】客户您好' }], next: null });
});

it('takes a call by GET from the query that the gateway has decoded', async () => {
  const multiValueQueryStringParameters = {
    Token: ['t'],
    Pattern: ['a&b+c 中%41'],
    DefaultDetail: [''],
    Details: [''],
    Phones: ['13800138001'],
  };
  const rest = { SmsType: ['1'], PostFixNumber: [''], SendTime: [''] };
  const event = { httpMethod: 'GET', path: '/sandbox/Services.asmx/CustomSend', headers: {} };
  const answer = await invoke({ ...event, multiValueQueryStringParameters: { ...multiValueQueryStringParameters, ...rest } });
  expect(answer.body).toContain('<RetCode>Sucess</RetCode>');
  const ledger = await invoke({ httpMethod: 'GET', path: '/sandbox/ledger', queryStringParameters: { phone: '13800138001' } });
  expect(JSON.parse(ledger.body).messages).toMatchObject([{ text: 'a&b+c 中%41' }]);
});

it('answers bytes as base64', async () => {
  const answer = await invoke(eventOf(requestOf('http-post', { Phones: '19900000008;' })));
  expect(answer).toMatchObject({ isBase64Encoded: true, headers: { 'Content-Type': 'text/xml; charset=gbk' } });
  expect(new TextDecoder('gbk').decode(Buffer.from(answer.body, 'base64'))).toContain('<Message>提交成功</Message>');
});

it('answers every route of the gateway', async () => {
  for (const { method, path } of sandboxRoutes) {
    const answer = await invoke({ httpMethod: method, path: path.replace('{operation}', 'Other') });
    expect(answer.statusCode).toBeOneOf([200, 415, 500]);
    expect(answer.headers).toHaveProperty('Content-Type');
  }
});

it('does not start with an environment that does not fit, and says why', async () => {
  const { DIALECT: _, ...less } = environment;
  const [error] = await once(start({ ...less, CONNECTION_SCENARIOS: 'other' }), 'error');
  expect((error as Error).message).toMatch(/DIALECT.*CONNECTION_SCENARIOS/);
});

it('reads headers in any case, the path behind a stage or a prefix, and text bodies', () => {
  const event = {
    httpMethod: 'POST',
    path: '/any/services.ASMX/Custom%53end',
    headers: { 'CONTENT-type': 'text/xml' },
    body: '中',
    isBase64Encoded: false,
  };
  const request = toRequest({ ...event, queryStringParameters: { a: '1', b: '=' } } as unknown as APIGatewayProxyEvent);
  expect(request).toEqual({
    method: 'POST',
    path: '/CustomSend',
    query: 'a=1&b=%3D',
    headers: { 'content-type': 'text/xml' },
    body: Buffer.from('中'),
  });
  expect(toRequest({ ...event, path: '/Services.asmx/%' } as unknown as APIGatewayProxyEvent).path).toBe('/%');
});
