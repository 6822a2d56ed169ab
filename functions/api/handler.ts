import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { settingsOf } from '../shared/caller/caller-settings.ts';
import { countRequest } from '../shared/caller/request-rate.ts';
import { openProvider } from '../shared/dispatch/provider.ts';
import { readEnv } from '../shared/env/env.ts';
import { openPresigner } from '../shared/files/presign.ts';
import { openJobContext } from '../shared/job/context.ts';
import { openCounters } from '../shared/metrics.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import { openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { openFilesQueue } from '../shared/queues/files-queue.ts';
import type { Api, Route } from './api-deps.ts';
import { type ApiRequest, readRequest } from './api-request.ts';
import { createJob } from './create-job.ts';
import { apiEnv } from './env.ts';
import { findRoute } from './find-route.ts';
import { getJob, listBatches, listTimeline } from './read-jobs.ts';
import { accessLog, finish, json, problems } from './responses.ts';
import type { RouteName } from './routes.ts';

function rarelyTaken(name: keyof typeof import('./rarely-taken-routes.ts').rarelyTakenRoutes): Route {
  return async (...asked) => {
    const route: Route = (await import('./rarely-taken-routes.ts')).rarelyTakenRoutes[name];
    return route(...asked);
  };
}

const routes: Record<RouteName, Route> = {
  'POST /v1/jobs': createJob,
  'GET /v1/jobs': rarelyTaken('GET /v1/jobs'),
  'GET /v1/jobs/{jobId}': getJob,
  'PATCH /v1/jobs/{jobId}': rarelyTaken('PATCH /v1/jobs/{jobId}'),
  'GET /v1/jobs/{jobId}/recipients': rarelyTaken('GET /v1/jobs/{jobId}/recipients'),
  'GET /v1/jobs/{jobId}/batches': listBatches,
  'GET /v1/jobs/{jobId}/timeline': listTimeline,
  'POST /v1/jobs/{jobId}/cancel': rarelyTaken('POST /v1/jobs/{jobId}/cancel'),
  'POST /v1/jobs/{jobId}/settle': rarelyTaken('POST /v1/jobs/{jobId}/settle'),
  'POST /v1/jobs/{jobId}/export': rarelyTaken('POST /v1/jobs/{jobId}/export'),
  'GET /v1/jobs/{jobId}/export': rarelyTaken('GET /v1/jobs/{jobId}/export'),
  'POST /v1/preview': rarelyTaken('POST /v1/preview'),
  'POST /v1/uploads': rarelyTaken('POST /v1/uploads'),
  'POST /v1/jobs/{jobId}/resend': rarelyTaken('POST /v1/jobs/{jobId}/resend'),
  'GET /v1/recipients': rarelyTaken('GET /v1/recipients'),
  'GET /v1/usage': rarelyTaken('GET /v1/usage'),
  'GET /v1/provider': rarelyTaken('GET /v1/provider'),
  'GET /v1/account': rarelyTaken('GET /v1/account'),
  'PUT /v1/account/dispatch': rarelyTaken('PUT /v1/account/dispatch'),
  'GET /v1/dispatch': rarelyTaken('GET /v1/dispatch'),
  'PUT /v1/dispatch': rarelyTaken('PUT /v1/dispatch'),
  'GET /v1/keys': rarelyTaken('GET /v1/keys'),
  'POST /v1/keys': rarelyTaken('POST /v1/keys'),
  'POST /v1/keys/{keyId}/revoke': rarelyTaken('POST /v1/keys/{keyId}/revoke'),
  // Loaded when they are asked for: describing every schema costs each cold start some milliseconds.
  'GET /openapi.json': async (_api, { address }) => {
    const { openApi } = await import('./descriptions.ts');
    return json(200, 'Document', openApi(deploymentAt(address)));
  },
  'GET /events.json': async () => json(200, 'Document', (await import('./descriptions.ts')).eventSchemas()),
  'GET /healthz': async () => json(200, 'Health', { status: 'ok' }),
  'GET /docs': (_api, request) => serveDocs(request, ''),
  'GET /docs/{page}': (_api, request, { page = '' }) => serveDocs(request, page),
};

async function serveDocs({ address, basePath }: ApiRequest, page: string): Promise<APIGatewayProxyResult> {
  const { docs } = await import('./descriptions.ts');
  const answer = docs({ ...deploymentAt(address), basePath }, page);
  if (!answer) throw new ProblemError('not-found', 'There is no such page: /docs lists all of them.');
  return answer;
}

function deploymentAt(address: string) {
  return { address, authorization: env.AUTHORIZATION, now: Date.now() };
}

const env = readEnv(apiEnv);
const logger = new Logger({ serviceName: 'api' });
const api: Api = {
  context: openJobContext(env),
  ...openProvider(env),
  callLimits: env.LIMITS,
  dispatchQueue: openDispatchQueue(env.DISPATCH_QUEUE_URL),
  counters: openCounters(env.STAGE),
  files: { presigner: openPresigner(env.FILES_BUCKET), tasks: openFilesQueue(env.FILES_QUEUE_URL) },
  rules: { dialect: env.DIALECT, limits: env.LIMITS, protocol: env.PROVIDER_PROTOCOL, providerZone: env.PROVIDER_TIME_ZONE },
  longestWait: env.LONGEST_WAIT_SECONDS,
  logger,
};

/** The JSON API behind the REST API's routes. Deadlines are our own: middy would answer early and leave a call open. */
export const handler = middy({ timeoutEarlyInMillis: 0 })
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .use(accessLog(logger))
  .use(finish())
  .use(problems(logger))
  .handler(async (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> => {
    const found = findRoute(event);
    if ('allow' in found) return { statusCode: 204, headers: { Allow: found.allow }, body: '' };
    const deadline = Date.now() + context.getRemainingTimeInMillis();
    const request = readRequest(event, found, env, deadline);
    const perSecond = settingsOf(env.LIMITS.callers, request.caller)?.perSecond;
    if (perSecond !== undefined) await countRequest(api.context, request.caller, perSecond);
    return routes[found.route.name](api, request, found.parameters);
  });
