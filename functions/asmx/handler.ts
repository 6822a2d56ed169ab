import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { ALBResult, APIGatewayProxyResult, Context } from 'aws-lambda';
import { type HttpEvent, isFromLoadBalancer, toBalancerResult, toResult } from '../shared/asmx-server/gateway-event.ts';
import type { HttpAnswer } from '../shared/asmx-server/http-exchange.ts';
import { signingPrincipal } from '../shared/caller/principal.ts';
import { openProvider } from '../shared/dispatch/provider.ts';
import { readEnv } from '../shared/env/env.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openCounters } from '../shared/metrics.ts';
import { answerEvent } from './answer-event.ts';
import type { EndpointDeps } from './endpoint-deps.ts';
import { asmxEnv } from './env.ts';

/** Kept for the answer to the caller, out of the function's time, and how long a call waits for a free slot (milliseconds). */
const TIME_TO_ANSWER = 1_000;
const WAIT_FOR_SLOT = 2_000;

const env = readEnv(asmxEnv);
const logger = new Logger({ serviceName: 'asmx' });
const endpoint: EndpointDeps = {
  context: openJobContext(env),
  ...openProvider(env),
  callLimits: env.LIMITS,
  counters: openCounters(env.STAGE),
  rules: { dialect: env.DIALECT, limits: env.LIMITS, protocol: env.PROVIDER_PROTOCOL, providerZone: env.PROVIDER_TIME_ZONE },
  waitForSlot: WAIT_FOR_SLOT,
  callTakes: env.PROVIDER_TIMEOUT_MS,
  repeatWindow: env.ASMX_REPEAT_WINDOW_SECONDS * 1000,
  logger,
};
const tokens = env.ASMX_TOKENS === 'own' ? 'own' : { passThroughFor: signingPrincipal(env.ASMX_CALLER) };

/** The drop-in CustomSend endpoint, behind the REST API or a load balancer. Deadlines are our own: middy would leave a call open. */
export const handler = middy<HttpEvent, APIGatewayProxyResult | ALBResult>({ timeoutEarlyInMillis: 0 }).handler(
  async (event, context: Context) => {
    const started = Date.now();
    const deadline = started + context.getRemainingTimeInMillis() - TIME_TO_ANSWER;
    const { answer, retCode } = await answerEvent({ endpoint, tokens }, event, { now: started, deadline });
    logger.info('request', { method: event.httpMethod, status: answer.status, retCode, milliseconds: Date.now() - started });
    return write(event, answer);
  },
);

function write(event: HttpEvent, answer: HttpAnswer): APIGatewayProxyResult | ALBResult {
  return isFromLoadBalancer(event) ? toBalancerResult(answer) : toResult(answer);
}
