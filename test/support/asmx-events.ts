import type { ALBEvent, APIGatewayProxyEvent } from 'aws-lambda';
import { afterAll, beforeAll } from 'vitest';
import { answerEvent, type Service } from '../../functions/asmx/answer-event.ts';
import type { HttpEvent } from '../../functions/shared/asmx-server/gateway-event.ts';
import { encodeRequest } from '../../functions/shared/customsend/write-request.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { aCall } from './drop-in.ts';
import { phones } from './job-context.ts';
import { type Engines, openEngines, startSystem, type TestSystem } from './system.ts';
import { rules } from './worker-client.ts';

/** An event as the REST API makes it: every body is base64, the query decoded, the stage taken off the path. */
export function restEvent(given: Partial<APIGatewayProxyEvent> & { bytes?: Buffer; context?: object }): APIGatewayProxyEvent {
  const { bytes, context, ...event } = given;
  return {
    httpMethod: 'POST',
    resource: '/{proxy+}',
    path: '/Services.asmx',
    headers: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: (given.path ?? '/Services.asmx').slice(1) },
    body: bytes ? bytes.toString('base64') : null,
    isBase64Encoded: bytes !== undefined,
    requestContext: {
      requestTimeEpoch: Date.now(),
      domainName: 'abc.execute-api.cn-north-1.amazonaws.com.cn',
      path: `/prod${given.path ?? '/Services.asmx'}`,
      ...context,
    },
    ...event,
  } as unknown as APIGatewayProxyEvent;
}

/** An event as a load balancer with multi-value headers makes it: `text/*` as text, everything else base64, the query as it was sent. */
export function balancerEvent(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Buffer,
  query: Record<string, string[]> = {},
): ALBEvent {
  const isText = /^text\//.test(headers['content-type'] ?? '');
  return {
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:region:0:targetgroup/x/1' } },
    httpMethod: method,
    path,
    multiValueQueryStringParameters: query,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: body === undefined ? '' : body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: body !== undefined && !isText,
  };
}

/** One request, as it is on SOAP 1.1, and as a form with another text. */
export const call = aCall(phones(2), { Pattern: '【签名】{0}您好 <&>', DefaultDetail: '张三' });
export const envelope = encodeRequest('soap11', call, new URL('http://h/Services.asmx')).body?.toString() ?? '';
export const form = encodeRequest('http-post', { ...call, Pattern: '您好' }, new URL('http://h/Services.asmx'));

/** The drop-in service on a system of its own, which all tests of a file share. */
export function serviceOfFile() {
  let engines: Engines;
  let system: TestSystem;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const engine = await startDynalite();
    engines = await openEngines(engine.endpoint);
    system = await startSystem(engines);
    stop = async () => {
      await system.stop();
      await engines.stop();
      await engine.stop();
    };
  });
  afterAll(() => stop());

  const service = (tokens: Service['tokens'] = { passThroughFor: 'caller' }): Service => ({
    endpoint: { ...system.rest, rules, waitForSlot: 300, callTakes: 0, repeatWindow: 0 },
    tokens,
  });
  const times = () => ({ now: Date.now(), deadline: Date.now() + 5_000 });
  const answer = async (event: HttpEvent, tokens?: Service['tokens']) => {
    const answered = await answerEvent(service(tokens), event, times());
    return { ...answered, text: String(answered.answer.body) };
  };
  const retCode = async (event: HttpEvent, tokens?: Service['tokens']) => (await answer(event, tokens)).retCode;
  const lastCall = () => system.provider.calls.at(-1);
  return { service, times, answer, retCode, lastCall, system: () => system };
}
