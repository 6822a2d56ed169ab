import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { resumePreparing } from '../../functions/shared/job/file-job.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { splitFile } from '../../functions/uploads/split-file.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';
import { phone, phones } from '../support/job-context.ts';
import { fileOf, NEVER, pieces, Uploads } from './fixture.ts';

const uploads = new Uploads();
/** A run that comes after the lease of a dead one. */
const later = () => ({ context: uploads.context({ now: () => Date.now() + 120_000 }) });

describe('a run that dies', () => {
  /** Splits until the n-th request, which is passed on or not; from then on nothing gets through. @returns how many there were */
  async function dieAt(jobId: string, n: number, passedOn: boolean): Promise<number> {
    let requests = 0;
    const reach = async <Answer>(request: () => Promise<Answer>): Promise<Answer> => {
      requests += 1;
      if (requests > n || (requests === n && !passedOn)) throw new Error('died');
      const answer = await request();
      if (requests >= n) throw new Error('died');
      return answer;
    };
    const client = dynamoDbClient(uploads.address.endpoint);
    client.middlewareStack.add((next) => (args) => reach(() => next(args)), { step: 'initialize' });
    const whole = uploads.deps();
    const deps = uploads.deps({
      context: uploads.context({ table: new Table(uploads.address.tableName, client) }),
      bucket: { read: (key, etag) => reach(() => whole.bucket.read(key, etag)) },
      dispatchQueue: { ...whole.dispatchQueue, send: (attempts) => reach(() => whole.dispatchQueue.send(attempts)) },
    });
    await splitFile(deps, jobId, NEVER).catch((error: Error) => expect(error.message).toBe('died'));
    return requests;
  }

  async function expectWhole(jobId: string, numbers: readonly string[]): Promise<void> {
    const { job, batches, recipients } = await uploads.read(jobId);
    expect(recipients.flat().map((recipient) => recipient.phone)).toEqual(numbers);
    expect(job).toMatchObject({ status: 'queued', rev: 2, batchCount: batches.length, recipients: numbers.length });
    expect(job.queuedAt).toBeGreaterThan(0);
    expect(batches.every(({ state, try: attempt }) => state === 'waiting' && attempt === 1)).toBe(true);
  }

  it.each([false, true])('at any request (carried out: %s) is followed by one that repeats and skips nothing', async (passedOn) => {
    const numbers = phones(5);
    let n = 0;
    for (let reached = true; reached; ) {
      n += 1;
      const { jobId } = await uploads.createJob(fileOf(numbers));
      reached = (await dieAt(jobId, n, passedOn)) >= n;
      await splitFile(uploads.deps(later()), jobId, NEVER);
      await expectWhole(jobId, numbers);
    }
    // Three batches of two items each, and what goes before and after them.
    expect(n).toBeGreaterThan(15);
  });

  it('again and again, in a file of many steps', async () => {
    const recipients = fc.integer({ min: 40, max: 160 });
    const deaths = fc.array(fc.tuple(fc.integer({ min: 1, max: 330 }), fc.boolean()), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(recipients, deaths, async (count, all) => {
        const numbers = phones(count);
        const { jobId } = await uploads.createJob(fileOf(numbers));
        for (const [n, passedOn] of all) {
          await dieAt(jobId, n, passedOn);
          const job = await uploads.context().table.get<JobItem>(jobKey(jobId));
          // What a run that died has left is taken at once, as if its lease had ended.
          if (job?.status === 'preparing') await uploads.context().table.update(jobKey(jobId), { remove: ['preparedUntil'] }, []);
        }
        await splitFile(uploads.deps(), jobId, NEVER);
        await expectWhole(jobId, numbers);
      }),
      { numRuns: 12 },
    );
  });
});

describe('a file', () => {
  it('is read on by message when time runs out, and none of it twice', async () => {
    const numbers = phones(400);
    const { jobId } = await uploads.createJob(fileOf(numbers));
    await uploads.messages('tasks');
    let runs = 0;
    for (; (await uploads.read(jobId)).job.status === 'preparing'; runs++) {
      let chunks = 0;
      // Each run's time is over after some more chunks than the last one had.
      const over = () => (chunks > (runs + 1) * 2 ? 1_000_000 : 0);
      const whole = uploads.deps();
      const deps = uploads.deps({
        context: uploads.context({ now: () => Date.now() + over() }),
        bucket: {
          async read(key, etag) {
            const object = await whole.bucket.read(key, etag);
            if (typeof object === 'string') return object;
            return { ...object, bytes: pieces(object.bytes, 1_000, () => chunks++) };
          },
        },
      });
      await splitFile(deps, jobId, Date.now() + 500_000);
      const messages = await uploads.messages('tasks');
      const { job } = await uploads.read(jobId);
      expect(messages).toEqual(job.status === 'preparing' ? [{ task: 'split', jobId }] : []);
    }
    expect(runs).toBeGreaterThan(2);
    const { recipients } = await uploads.read(jobId);
    expect(recipients.flat().map((recipient) => recipient.phone)).toEqual(numbers);
  });

  it('that changed since the first run is refused, and nothing of it can be sent', async () => {
    const { jobId, file } = await uploads.createJob(fileOf(phones(4)));
    const tasks = {
      context: uploads.context(),
      dispatchQueue: uploads.deps().dispatchQueue,
      dailyLimitsOf: () => ({ zone: 'Asia/Shanghai', limits: [] }),
      tasks: uploads.deps().tasks,
    };
    const { bucket } = uploads.deps();
    const cutOff = {
      async read(key: string, etag?: string) {
        const object = await bucket.read(key, etag);
        return typeof object === 'string' ? object : { ...object, bytes: broken(object.bytes) };
      },
    };
    await expect(splitFile({ ...tasks, bucket: cutOff }, jobId, NEVER)).rejects.toThrow('cut off');
    await uploads.upload(file?.uploadId ?? '', fileOf([phone(9)]));
    await splitFile(uploads.deps(), jobId, NEVER);
    const { job, batches } = await uploads.read(jobId);
    expect(job).toMatchObject({ status: 'refused', file: { refusal: { code: 'file-changed' } } });
    expect(batches).toEqual([]);
  });

  it('is left alone by others while a run reads it', async () => {
    const { jobId } = await uploads.createJob(fileOf(phones(60)));
    const { bucket, ...rest } = uploads.deps();
    let reads = 0;
    const counting = { read: (key: string, etag?: string) => bucket.read(key, etag).finally(() => reads++) };
    const disturbed = {
      async read(key: string, etag?: string) {
        await splitFile({ ...rest, bucket: counting }, jobId, NEVER);
        return bucket.read(key, etag);
      },
    };
    await splitFile({ ...rest, bucket: disturbed }, jobId, NEVER);
    expect([reads, (await uploads.read(jobId)).job.status]).toEqual([0, 'queued']);
  });

  it('is read by two runs at once, should that happen, as by one', async () => {
    const numbers = phones(60);
    const { jobId } = await uploads.createJob(fileOf(numbers));
    const others = [uploads.deps(), uploads.deps(), uploads.deps(later())];
    await Promise.all(others.map((deps) => splitFile(deps, jobId, NEVER)));
    await splitFile(uploads.deps(later()), jobId, NEVER);
    const { job, recipients } = await uploads.read(jobId);
    expect(recipients.flat().map((recipient) => recipient.phone)).toEqual(numbers);
    expect(job).toMatchObject({ status: 'queued', rev: 2 });
  });

  it('that is not being read is taken up by the sweep, once', async () => {
    const { jobId } = await uploads.createJob(fileOf(phones(1)));
    await uploads.messages('tasks');
    const { job } = await uploads.read(jobId);
    const { context, tasks } = uploads.deps();
    await Promise.all([resumePreparing(context, tasks, job), resumePreparing(context, tasks, job)]);
    expect(await uploads.messages('tasks')).toEqual([{ task: 'split', jobId }]);
  });

  it('that cannot be read, run after run, is given up', async () => {
    const { jobId } = await uploads.createJob(fileOf(phones(2)));
    const failing = uploads.deps({ bucket: { read: () => Promise.reject(new Error('S3 is down')) } });
    for (let run = 0; run < 30; run++) await expect(splitFile(failing, jobId, NEVER)).rejects.toThrow('S3 is down');
    await splitFile(failing, jobId, NEVER);
    expect((await uploads.read(jobId)).job).toMatchObject({ status: 'refused', file: { refusal: { code: 'unreadable' } } });
  });

  it('beyond the day is refused, and within it counts once', async () => {
    const { jobId } = await uploads.createJob(fileOf(phones(3)));
    // A day of its own, on which no other test takes recipients.
    const context = uploads.context({ now: () => Date.now() + 20 * 86_400_000 });
    await splitFile(uploads.deps({ context, dailyLimitsOf: () => ({ zone: 'Asia/Shanghai', limits: [{ recipients: 2 }] }) }), jobId, NEVER);
    expect((await uploads.read(jobId)).job).toMatchObject({ status: 'refused', file: { refusal: { code: 'daily-limit-reached' } } });
  });
});

async function* broken(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) yield chunk;
  throw new Error('cut off');
}
