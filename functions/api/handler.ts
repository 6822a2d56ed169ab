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
import { openDispatchQueue } from '../shared/queues/dispatch-queue.ts';
import { openFilesQueue } from '../shared/queues/files-queue.ts';
import { getAccount, getDispatch, setAllDispatch, setOwnDispatch } from './account.ts';
import type { Api, Route } from './api-deps.ts';
import { createApiKey, listKeys, revokeKey } from './api-keys.ts';
import { type ApiRequest, readRequest } from './api-request.ts';
import { cancelJob } from './cancel-job.ts';
import { createJob } from './create-job.ts';
import { apiEnv } from './env.ts';
import { findRoute } from './find-route.ts';
import { listJobs } from './list-jobs.ts';
import { getJob, listBatches, listTimeline } from './read-jobs.ts';
import { accessLog, finish, json, problems } from './responses.ts';
import type { RouteName } from './routes.ts';

function rarelyTaken(name: keyof typeof import('./rarely-taken-routes.ts').rarelyTakenRoutes): Route {
  return async (api, request) => (await import('./rarely-taken-routes.ts')).rarelyTakenRoutes[name](api, request);
}

const routes: Record<RouteName, Route> = {
  'POST /v1/jobs': createJob,
  'GET /v1/jobs': listJobs,
  'GET /v1/jobs/{jobId}': getJob,
  'PATCH /v1/jobs/{jobId}': rarelyTaken('PATCH /v1/jobs/{jobId}'),
  'GET /v1/jobs/{jobId}/recipients': rarelyTaken('GET /v1/jobs/{jobId}/recipients'),
  'GET /v1/jobs/{jobId}/batches': listBatches,
  'GET /v1/jobs/{jobId}/timeline': listTimeline,
  'POST /v1/jobs/{jobId}/cancel': cancelJob,
  'POST /v1/jobs/{jobId}/settle': rarelyTaken('POST /v1/jobs/{jobId}/settle'),
  'POST /v1/jobs/{jobId}/export': rarelyTaken('POST /v1/jobs/{jobId}/export'),
  'GET /v1/jobs/{jobId}/export': rarelyTaken('GET /v1/jobs/{jobId}/export'),
  'POST /v1/preview': rarelyTaken('POST /v1/preview'),
  'POST /v1/uploads': rarelyTaken('POST /v1/uploads'),
  'POST /v1/jobs/{jobId}/resend': rarelyTaken('POST /v1/jobs/{jobId}/resend'),
  'GET /v1/recipients': rarelyTaken('GET /v1/recipients'),
  'GET /v1/usage': rarelyTaken('GET /v1/usage'),
  'GET /v1/provider': rarelyTaken('GET /v1/provider'),
  'GET /v1/account': getAccount,
  'PUT /v1/account/dispatch': setOwnDispatch,
  'GET /v1/dispatch': getDispatch,
  'PUT /v1/dispatch': setAllDispatch,
  'GET /v1/keys': listKeys,
  'POST /v1/keys': createApiKey,
  'POST /v1/keys/{keyId}/revoke': revokeKey,
  // Loaded when they are asked for: describing every schema costs each cold start some milliseconds.
  'GET /openapi.json': async (_api, { address }) => {
    const { openApi } = await import('./openapi.ts');
    return json(200, 'Document', openApi(deploymentAt(address)));
  },
  'GET /events.json': async () => json(200, 'Document', (await import('../shared/event/schemas.ts')).eventSchemas()),
  'GET /healthz': async () => json(200, 'Health', { status: 'ok' }),
  'GET /docs': (_api, request) => serveDocs(request, ''),
  'GET /docs/{page}': (_api, request, { page = '' }) => serveDocs(request, page),
};

async function serveDocs({ address, basePath }: ApiRequest, page: string): Promise<APIGatewayProxyResult> {
  const { docs } = await import('./docs.ts');
  return docs({ ...deploymentAt(address), basePath }, page);
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
