import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobKey, payloadKey } from '../../functions/shared/dynamodb/keys.ts';
import { openDispatchQueue } from '../../functions/shared/queues/dispatch-queue.ts';
import { acceptFileRequest } from '../../functions/shared/send-request/accept-file-request.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { loadAssembly } from '../../infra/local/cloudformation/assembly.ts';
import type { Assembly } from '../../infra/local/cloudformation/template.ts';
import { LONGEST_CHAIN } from '../../infra/local/lambda/recursive-loop.ts';
import { readSettings } from '../../infra/local/settings.ts';
import type { LocalSystem, Options } from '../../infra/local/system.ts';
import { type ApiClient, createApiClient, phones, readLedger } from '../support/api.ts';
import { dynamoDbClient, s3Client, sqsClient } from '../support/aws-clients.ts';
import { rules } from '../support/job-context.ts';
import { contextOf, functionOf, startStack, sweepJob } from '../support/stack.ts';

// What only a failure leads to, in the whole stack: the functions do it with the rights of their roles.

let system: LocalSystem;
let api: ApiClient;
let caller: string;

function onStack(options: () => Promise<Options>): void {
  beforeAll(async () => {
    system = await startStack({}, await options());
    api = createApiClient(system.api);
    caller = (await api.get('/v1/account')).as('Account').caller;
  });
  afterAll(() => system.stop());
}

async function upload(content: string): Promise<string> {
  const { uploadId, url, headers } = (await api.post('/v1/uploads', { format: 'csv', size: content.length })).as('UploadAddress');
  expect((await fetch(url, { method: 'PUT', headers, body: content })).status).toBe(200);
  return uploadId;
}
const pattern = '【签名】您好';
const read = async (jobId: string) => (await api.get(`/v1/jobs/${jobId}?wait=20`)).as('Job');

describe('the whole stack', () => {
  onStack(async () => ({}));

  it('reads a file whose message was lost, once the sweep finds its job', async () => {
    const [phone = ''] = phones(1, 100);
    const body = { pattern, recipientsFrom: { uploadId: await upload(`phone\n${phone}\n`) } };
    const { job } = await acceptFileRequest(contextOf(system), rules, { caller, key: 'lost file', body });
    await sweepJob(system, contextOf(system), job.jobId);
    expect(await read(job.jobId)).toMatchObject({ status: 'completed', counts: { accepted: 1 } });
    expect(await readLedger(system.ledger, phone)).toHaveLength(1);
  });

  it('sends a job whose dispatch messages were lost, though the queue is never empty', async () => {
    const [phone = ''] = phones(1, 200);
    const context = contextOf(system);
    const { job } = await acceptRequest(context, rules, { caller, key: 'lost dispatch', body: { pattern, recipients: [phone] } });
    await context.table.update(jobKey(job.jobId), { set: { queuedAt: Date.now() } }, []);
    await sweepJob(system, context, job.jobId);
    // It is too early to call a message lost.
    expect(await readLedger(system.ledger, phone)).toEqual([]);
    const { DISPATCH_QUEUE_URL = '' } = functionOf(system, 'sweep').spec.environment;
    const other = openDispatchQueue(DISPATCH_QUEUE_URL, sqsClient(system.sqs));
    for (let minutes = 0; minutes < 20; minutes += 10) {
      await other.send([{ jobId: 'job_00000000000000000000000000', batch: 1, try: 1 }], 15 * 60_000);
      const advanced = await fetch(`${system.api}/local/clock`, { method: 'POST', body: JSON.stringify({ advance: 'PT10M' }) });
      expect(advanced.status).toBe(200);
    }
    expect(await read(job.jobId)).toMatchObject({ status: 'completed', counts: { accepted: 1 } });
    expect(await readLedger(system.ledger, phone)).toHaveLength(1);
  });

  it('writes the results of several batches into a file', async () => {
    const { jobId, links } = (await api.send({ pattern, recipients: phones(1_001, 1_000) })).as('Job');
    expect(await read(jobId)).toMatchObject({ status: 'completed', batchCount: 3 });
    await api.post(`${links.self}/export`, '');
    const ready = async () => (await api.get(`${links.self}/export`)).as('Export').state;
    await expect.poll(ready, { timeout: 20_000 }).toBe('ready');
    const { url = '' } = (await api.get(`${links.self}/export`)).as('Export');
    expect((await (await fetch(url)).text()).split('\r\n')).toHaveLength(1_001 + 2);
  });

  it('leaves no parts behind of a file of results that cannot be written to its end', async () => {
    // Rows of 1.5 KB, and batches that are read by twenties: the third twenty fails, when two parts of 8 MB are written.
    const recipientsFrom = { uploadId: await upload(`phone\n${phones(20_500, 10_000).join('\n')}\n`) };
    const { jobId, links } = (await api.send({ pattern: `【签名】${'好'.repeat(486)}`, recipientsFrom, sendTime: inAMonth() })).as('Job');
    await expect.poll(async () => (await api.get(links.self)).as('Job').status, { timeout: 30_000 }).toBe('scheduled');
    const { batchCount } = (await api.get(links.self)).as('Job');
    const { TABLE_NAME = '', FILES_BUCKET = '' } = functionOf(system, 'uploads').spec.environment;
    const { pk, sk } = payloadKey(jobId, batchCount);
    await dynamoDbClient(system.dynamoDb).send(new DeleteItemCommand({ TableName: TABLE_NAME, Key: { pk: { S: pk }, sk: { S: sk } } }));
    const runs = () => functionOf(system, 'uploads').quiet;
    await expect.poll(runs).toBeDefined();
    const before = runs() ?? 0;
    await api.post(`${links.self}/export`, '');
    await expect.poll(runs, { timeout: 30_000 }).toBe(before + 1);
    expect((await api.get(`${links.self}/export`)).as('Export').state).toBe('asked');
    const { Uploads = [] } = await s3Client(system.s3).send(new ListMultipartUploadsCommand({ Bucket: FILES_BUCKET }));
    expect(Uploads).toEqual([]);
  }, 60_000);
});

describe('a function that has no time', () => {
  onStack(async () => ({ assembly: await withoutTime('uploads') }));

  it('hands a file on to its next run, longer than a loop may be by itself, until the file is given up', async () => {
    const uploadId = await upload(`phone\n${phones(20_000).join('\n')}\n`);
    const { jobId } = (await api.send({ pattern, recipientsFrom: { uploadId } })).as('Job');
    const status = async () => (await read(jobId)).status;
    await expect.poll(status, { timeout: 60_000 }).toBe('refused');
    expect((await read(jobId)).file?.refusal?.code).toBe('unreadable');
    expect(functionOf(system, 'uploads').quiet).toBeGreaterThan(LONGEST_CHAIN);
  }, 90_000);
});

const inAMonth = () => new Date(Date.now() + 30 * 24 * 3_600_000).toISOString();

/** The stack with a function whose time is over by what it keeps back to end in order, as soon as it starts. */
async function withoutTime(name: string): Promise<Assembly> {
  const { template, assets } = await loadAssembly(readSettings({ PORT: '0', SANDBOX_PORT: '0' }));
  const changed = structuredClone(template);
  for (const { Type, Properties } of Object.values(changed.Resources)) {
    if (Type === 'AWS::Lambda::Function' && Properties?.Description === `functions/${name}`) Properties.Timeout = 30;
  }
  return { template: changed, assets };
}
