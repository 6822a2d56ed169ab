import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Api } from '../../functions/api/api-deps.ts';
import type { ApiRequest } from '../../functions/api/api-request.ts';
import { createFromFile } from '../../functions/api/create-file-job.ts';
import { createUpload } from '../../functions/api/create-upload.ts';
import { getExport, startExport } from '../../functions/api/export-results.ts';
import { getJob } from '../../functions/api/read-jobs.ts';
import { answerSchemas } from '../../functions/api/response-schemas.ts';
import { answerKey, batchKey, jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { createPresigner } from '../../functions/shared/files/presign.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import { rollUp } from '../../functions/shared/job/rollup.ts';
import { ProblemError } from '../../functions/shared/problem/problem.ts';
import { splitFile } from '../../functions/uploads/split-file.ts';
import { writeExport } from '../../functions/uploads/write-export.ts';
import { phone, rules } from '../support/job-context.ts';
import { CALLER, fileOf, NEVER, Uploads } from './fixture.ts';

const uploads = new Uploads();
const exporter = () => ({ context: uploads.context(), bucket: uploads.bucket() });
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** What these routes work with; none of them calls the provider. */
function openApi(): Pick<Api, 'context' | 'rules' | 'files' | 'logger' | 'callLimits'> {
  const bucketSettings = { bucket: uploads.bucketName, region: 'us-east-1', endpoint: uploads.endpoint };
  const files = { presigner: createPresigner(bucketSettings, Date.now, credentials), tasks: uploads.deps().tasks };
  return { context: uploads.context(), rules, files, logger: console, callLimits: rules.limits };
}

async function ask(
  route: (api: Api, request: ApiRequest) => Promise<{ statusCode: number; headers?: object; body: string }>,
  request: object,
) {
  const whole: ApiRequest = {
    ...{
      caller: CALLER,
      scopes: ['send', 'read'],
      owns: [],
      jobId: '',
      query: {},
      header: () => undefined,
      body: () => undefined,
      deadline: NEVER,
      basePath: '',
      address: '',
    },
    ...request,
  };
  try {
    const { statusCode, headers, body } = await route(openApi() as Api, whole);
    return { status: statusCode, headers: headers as Record<string, string>, body: body === '' ? undefined : JSON.parse(body) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { status: error.document.status, headers: {} as Record<string, string>, body: error.document };
  }
}

const post = (body: unknown, key: string = randomUUID()) => ({
  body: () => body,
  header: (name: string) => (name === 'idempotency-key' ? key : undefined),
});

/** Uploads as a caller does: asks for an address, and sends the file there. */
async function upload(content: string): Promise<string> {
  const { status, body } = await ask(createUpload, post({ format: 'csv', size: Buffer.byteLength(content) }));
  expect(status).toBe(201);
  expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(3_500_000);
  const { ok } = await fetch(body.url, { method: body.method, headers: body.headers, body: content });
  expect(ok).toBe(true);
  return body.uploadId;
}

const bodyOf = (uploadId: string, more: object = {}) => ({ pattern: '【云】{0}', recipientsFrom: { uploadId, ...more } });

describe('a job from an uploaded file', () => {
  it('is prepared, shown on its way, and sealed', async () => {
    await uploads.messages('tasks');
    const uploadId = await upload(fileOf([phone(0), phone(1), phone(2)]));
    const request = post(bodyOf(uploadId));
    const { status, headers, body } = await ask(createFromFile, request);
    expect([status, headers.Location]).toEqual([202, `/v1/jobs/${body.jobId}`]);
    expect(answerSchemas.Job.parse(body)).toMatchObject({ status: 'preparing', batchCount: 0, file: { uploadId, lines: 0 } });
    const { jobId } = body;
    expect(await uploads.messages('tasks')).toEqual([{ task: 'split', jobId }]);

    const again = await ask(createFromFile, request);
    expect([again.status, again.body.jobId, again.headers['Idempotency-Replayed']]).toEqual([200, jobId, 'true']);
    expect(await uploads.messages('tasks')).toEqual([]);

    await splitFile(uploads.deps(), jobId, NEVER);
    const { body: job } = await ask(getJob, { jobId });
    const file = { uploadId, onBadLines: 'refuse', lines: 4, batches: 2, recipients: 3, badLines: { count: 0, first: [] } };
    expect(answerSchemas.Job.parse(job)).toMatchObject({ status: 'queued', batchCount: 2, counts: { total: 3, pending: 3 }, file });
  });

  it('shows why it was refused', async () => {
    const { body } = await ask(createFromFile, post(bodyOf(await upload('phone,0\nx,y\n'))));
    await splitFile(uploads.deps(), body.jobId, NEVER);
    const { body: job } = await ask(getJob, { jobId: body.jobId });
    expect(answerSchemas.Job.parse(job)).toMatchObject({
      ...{ status: 'refused', counts: { total: 0 } },
      file: { refusal: { code: 'bad-lines', line: 2 }, badLines: { count: 1, first: [{ line: 2, place: 'line 2.phone' }] } },
    });
    expect(job.timeline.map(({ event }: { event: string }) => event)).toEqual(['preparing', 'refused']);
  });

  it('is refused at once for what is wrong with the request', async () => {
    const uploadId = 'upl_csv_01ARZ3NDEKTSV4RRFFQ69G5FAV';
    const problems = async (body: unknown) =>
      (await ask(createFromFile, post(body))).body.errors?.map(({ place, code }: { place: string; code: string }) => [place, code]);
    expect(await problems({ ...bodyOf(uploadId), recipients: [phone(0)] })).toEqual([['recipients', 'forms-mixed']]);
    expect(await problems(bodyOf('../secret'))).toEqual([['recipientsFrom.uploadId', 'invalid-format']]);
    expect(await problems({ ...bodyOf(uploadId), pattern: '{' })).toEqual([['pattern', 'pattern-brace']]);
    expect(await problems({ ...bodyOf(uploadId), pattern: '\u0001{0}' })).toEqual([['pattern', 'control-character']]);
    expect(await problems({ ...bodyOf(uploadId), defaultDetail: ['a', 'b'] })).toEqual([['defaultDetail', 'field-surplus']]);
    expect((await ask(createFromFile, post(bodyOf(uploadId), ''))).body.code).toBe('idempotency-key-missing');
    expect((await ask(createUpload, post({ format: 'xlsx', size: 1 }))).body.errors).toMatchObject([{ place: 'format' }]);
    for (const size of [undefined, 0, 1.5, 5 * 1024 ** 3 + 1]) {
      expect((await ask(createUpload, post({ format: 'csv', size }))).body.errors).toMatchObject([{ place: 'size' }]);
    }
  });

  it('cannot name the upload of another caller', async () => {
    const uploadId = await upload(fileOf([phone(0)]));
    const { body } = await ask(createFromFile, { ...post(bodyOf(uploadId)), caller: 'another' });
    await splitFile(uploads.deps(), body.jobId, NEVER);
    expect((await uploads.read(body.jobId)).job).toMatchObject({ status: 'refused', file: { refusal: { code: 'file-missing' } } });
  });
});

describe('an export', () => {
  /** Lets a batch look as if the provider had answered. */
  async function settle(jobId: string, batch: number, state: string, more: object, ErrorPhones: string): Promise<void> {
    const { table } = uploads.context();
    const item = await table.get<BatchItem>(batchKey(jobId, batch));
    await table.put({ ...batchKey(jobId, batch), ...item, ...more, state, claim: `c${batch}` });
    const answer = { RetCode: 'Sucess', Message: '', CommonJobID: `9${batch}`, SpecialJobIDs: '', TotalSendCount: 1, ErrorPhones };
    await table.put({ ...answerKey(jobId, batch, 1), claim: `c${batch}`, answer, expiresAt: item?.expiresAt });
  }

  it('names the outcome of every recipient, and has an address once it is ready', async () => {
    const content = `phone,0,reference\n${phone(0)},张三,B-17\n${phone(1)},"=1+""1""",\n${phone(2)},c,\n`;
    const { job } = await uploads.split(content, { pattern: '【云】{0}' });
    const { jobId } = job;
    await settle(jobId, 1, 'accepted', { errorPhones: 1, code: 'accepted' }, `${phone(1)};`);
    await rollUp(uploads.context(), jobId);
    expect((await ask(getExport, { jobId })).status).toBe(404);
    await uploads.messages('tasks');

    const { status, headers } = await ask(startExport, { jobId });
    expect([status, headers.Location, headers['Retry-After']]).toEqual([202, `/v1/jobs/${jobId}/export`, '5']);
    expect((await ask(startExport, { jobId })).status).toBe(202);
    expect((await ask(getExport, { jobId })).status).toBe(202);
    const tasks = await uploads.messages('tasks');
    expect(tasks).toEqual([
      { task: 'export', jobId },
      { task: 'export', jobId },
    ]);

    for (const _ of tasks) await writeExport(exporter(), jobId);
    const ready = await ask(getExport, { jobId });
    expect(ready).toMatchObject({ status: 200, body: { state: 'ready', method: 'GET' } });
    const answer = await fetch(ready.body.url);
    const rejected = 'The provider named the number in ErrorPhones.';
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe(
      [
        '\ufeffphone,reference,outcome,batch,try,code,reason,commonJobId,specialJobIds,detail,segments,text',
        `${phone(0)},B-17,accepted,1,1,accepted,,91,[],"[""张三""]",1,【云】张三`,
        `${phone(1)},,rejected,1,1,number-refused,${rejected},91,[],"[""=1+\\""1\\""""]",1,"【云】=1+""1"""`,
        `${phone(2)},,pending,2,1,,,,,"[""c""]",1,【云】c`,
        '',
      ].join('\r\n'),
    );
    expect((await ask(getExport, { jobId, caller: 'another' })).status).toBe(404);
  });

  it('that was cut off is written anew by the next message', async () => {
    const { job } = await uploads.split(fileOf([phone(0)]));
    await ask(startExport, { jobId: job.jobId });
    const dying = {
      write: async (_key: string, _type: string, chunks: AsyncIterable<Uint8Array>) => {
        for await (const _ of chunks) throw new Error('died');
      },
    };
    await expect(writeExport({ context: uploads.context(), bucket: dying }, job.jobId)).rejects.toThrow('died');
    expect((await ask(getExport, { jobId: job.jobId })).status).toBe(202);
    await writeExport(exporter(), job.jobId);
    expect((await ask(getExport, { jobId: job.jobId })).status).toBe(200);
  });

  it('of a job that goes on is written anew when asked for again; of one that is over it is not', async () => {
    const { job } = await uploads.split(fileOf([phone(0)]));
    const { jobId } = job;
    await ask(startExport, { jobId });
    await writeExport(exporter(), jobId);
    expect((await ask(startExport, { jobId })).body).toMatchObject({ state: 'asked' });
    await writeExport(exporter(), jobId);
    // Of a job that goes on, what was written is given out, and says of which revision it is.
    expect(await ask(getExport, { jobId })).toMatchObject({ status: 200, body: { state: 'ready', revision: 2 } });
    await settle(jobId, 1, 'rejected', { code: 'refused' }, '');
    await rollUp(uploads.context(), jobId);
    await uploads.messages('tasks');
    // A job that is over has newer results than the file, which is written anew without being asked for with POST.
    expect(await ask(getExport, { jobId })).toMatchObject({ status: 202, body: { state: 'asked', revision: 3 } });
    expect(await uploads.messages('tasks')).toEqual([{ task: 'export', jobId }]);
    await writeExport(exporter(), jobId);
    for (const asked of [getExport, startExport]) {
      expect(await ask(asked, { jobId })).toMatchObject({ status: 200, body: { state: 'ready', revision: 3 } });
    }
  });

  it('of a file that is still being read is too early', async () => {
    const { jobId } = await uploads.createJob(fileOf([phone(0)]));
    expect((await ask(startExport, { jobId })).body).toMatchObject({ code: 'too-early', retry: true });
  });

  it('of more than one part is whole', async () => {
    const { job } = await uploads.split(fileOf([phone(0)]));
    const line = Buffer.alloc(1024 * 1024, 'x');
    await uploads.bucket().write(`exports/${job.jobId}/0.csv`, 'text/csv', pieces(20, line));
    expect((await uploads.download(`exports/${job.jobId}/0.csv`)).equals(Buffer.concat(Array.from({ length: 20 }, () => line)))).toBe(true);
    expect(await uploads.context().table.get(jobKey(job.jobId))).toBeDefined();
  });
});

async function* pieces(count: number, piece: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield piece;
}
