import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Api } from '../../functions/api/api-deps.ts';
import type { ApiRequest } from '../../functions/api/api-request.ts';
import { listJobs } from '../../functions/api/list-jobs.ts';
import { listBatches, readOwnJob } from '../../functions/api/read-jobs.ts';
import { answerSchemas } from '../../functions/api/response-schemas.ts';
import type { JobContext } from '../../functions/shared/job/context.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { type DynamoDbEngine, startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { dev } from '../../infra/stages.ts';
import { freshTable } from '../support/dynamodb.ts';
import { openTestContext } from '../support/job-context.ts';

const rules = { dialect: dev.dialect, limits: dev.limits, protocol: dev.provider.protocol, providerZone: dev.provider.timeZone };
const callers = ['arn:aws:iam::123456789012:role/one', 'arn:aws:iam::123456789012:role/other'] as const;

let engine: DynamoDbEngine;
let context: JobContext;
const jobs = new Map<string, string[]>(callers.map((caller) => [caller, []]));
beforeAll(async () => {
  engine = await startDynalite();
  const { tableName } = await freshTable(engine.endpoint, 'TABLE_NAME');
  context = openTestContext({ endpoint: engine.endpoint, tableName });
  for (const key of ['a', 'b', 'c']) {
    for (const caller of callers) {
      const { job, made } = await acceptRequest(context, rules, { caller, key, body: { pattern: 'hi', recipients: ['13000000001'] } });
      expect(made).toBe(true);
      jobs.get(caller)?.unshift(job.jobId);
    }
  }
});
afterAll(() => engine.stop());

const request = (caller: string, query: ApiRequest['query'] = {}, jobId = ''): ApiRequest => ({
  ...{
    caller,
    scopes: ['send', 'read'],
    owns: [],
    query,
    jobId,
    header: () => undefined,
    body: () => undefined,
    deadline: Date.now() + 10_000,
    basePath: '',
    address: '',
  },
});

async function list(caller: string, query: ApiRequest['query']) {
  const { body } = await listJobs({ context, callLimits: dev.limits } as Partial<Api> as Api, request(caller, query));
  const { items, next } = answerSchemas.Jobs.parse(JSON.parse(body));
  return { ids: items.map(({ jobId }) => jobId), next };
}

it.each(callers)('%s sees its own jobs only, under keys of its own', async (caller) => {
  expect((await list(caller, {})).ids).toEqual(jobs.get(caller));
  expect((await list(caller, { status: 'queued' })).ids).toEqual(jobs.get(caller));
});

it("another caller's cursor is refused", async () => {
  const [one, other] = callers;
  const { next } = await list(other, { limit: '1' });
  expect(next).toEqual(expect.any(String));
  const refused = { document: { code: 'invalid-request', errors: [{ place: 'cursor', code: 'other-filters' }] } };
  await expect(list(one, { cursor: next })).rejects.toMatchObject(refused);
});

it("another caller's job is not there", async () => {
  const [one, other] = callers;
  const [jobId = ''] = jobs.get(other) ?? [];
  const refused = { document: { code: 'not-found', status: 404 } };
  await expect(readOwnJob(context, request(one, {}, jobId))).rejects.toMatchObject(refused);
  await expect(listBatches({ context, callLimits: dev.limits } as Partial<Api> as Api, request(one, {}, jobId))).rejects.toMatchObject(
    refused,
  );
  expect((await readOwnJob(context, request(other, {}, jobId))).job.jobId).toBe(jobId);
});

it('a caller that owns another one sees its jobs when it names it, and no other caller does', async () => {
  const [owner, owned] = callers;
  const [jobId = ''] = jobs.get(owned) ?? [];
  const asOwner = { ...request(owner, { caller: owned }, jobId), owns: [owned] };
  const { items } = JSON.parse((await listJobs({ context, callLimits: dev.limits } as Partial<Api> as Api, asOwner)).body) as {
    items: { jobId: string }[];
  };
  expect(items.map((job) => job.jobId)).toEqual(jobs.get(owned));
  expect((await readOwnJob(context, asOwner)).job.jobId).toBe(jobId);
  await expect(list(owner, { caller: owned })).rejects.toMatchObject({ document: { errors: [{ place: 'caller' }] } });
  expect((await list(owner, { caller: owner })).ids).toEqual(jobs.get(owner));
});
