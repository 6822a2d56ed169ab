import { describe, expect, it } from 'vitest';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { cancel, stopWaiting } from '../../functions/shared/job/cancel.ts';
import { cancelPreparing } from '../../functions/shared/job/file-job.ts';
import { splitFile } from '../../functions/uploads/split-file.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';
import { phones } from '../support/job-context.ts';
import { fileOf, NEVER, pieces, Uploads } from './fixture.ts';

const uploads = new Uploads();

describe('a cancel', () => {
  it('before the file is read ends the job', async () => {
    const { jobId } = await uploads.createJob(fileOf(phones(3)));
    await cancel(uploads.context(), jobId, { by: 'tester' });
    await splitFile(uploads.deps(), jobId, NEVER);
    const { job, batches } = await uploads.read(jobId);
    expect(job).toMatchObject({ status: 'cancelled', batchCount: 0 });
    expect(job.outbox).toMatchObject([{ status: 'cancelled', rev: job.rev }]);
    expect(batches).toEqual([]);
  });

  it('ends a job that no run is reading at once, and the next run does nothing', async () => {
    const { jobId } = await uploads.createJob(fileOf(phones(3)));
    const { job } = await uploads.read(jobId);
    await cancelPreparing(uploads.context(), job);
    await splitFile(uploads.deps(), jobId, NEVER);
    expect((await uploads.read(jobId)).job).toMatchObject({ status: 'cancelled', rev: 2 });
  });

  it('while the file is read stops the run, which writes no more and seals nothing', async () => {
    const { jobId } = await uploads.createJob(fileOf(phones(400)));
    await uploads.messages('dispatchQueue');
    const { bucket } = uploads.deps();
    let chunks = 0;
    const cancelling = {
      async read(key: string, etag?: string) {
        const object = await bucket.read(key, etag);
        if (typeof object === 'string') return object;
        const bytes = pieces(object.bytes, 500, async () => ++chunks === 4 && (await cancel(uploads.context(), jobId, { by: 'tester' })));
        return { ...object, bytes };
      },
    };
    await splitFile(uploads.deps({ bucket: cancelling }), jobId, NEVER);
    expect((await uploads.read(jobId)).job).toMatchObject({ status: 'cancelled', batchCount: 0, counts: { total: 0 } });
    expect(chunks).toBeLessThan(fileOf(phones(400)).length / 500);
    expect(await uploads.messages('dispatchQueue')).toEqual([]);
  });

  it('before any request of a run leaves nothing that waits', async () => {
    const outcomes = new Set<string>();
    for (let n = 1, requests = n; requests >= n; n++) {
      const { jobId } = await uploads.createJob(fileOf(phones(4)));
      requests = 0;
      const client = dynamoDbClient(uploads.address.endpoint);
      const before = async () => ++requests === n && (await cancel(uploads.context(), jobId, { by: 'tester' }));
      client.middlewareStack.add((next) => (args) => before().then(() => next(args)), { step: 'initialize' });
      const context = uploads.context({ table: new Table(uploads.address.tableName, client) });
      await splitFile(uploads.deps({ context }), jobId, NEVER);
      if (requests < n) break;
      // What the sweep does for a cancelled job, should the seal have come first.
      await stopWaiting(uploads.context(), jobId);
      const { job, batches } = await uploads.read(jobId);
      expect(job.status).toBe('cancelled');
      expect(batches.every(({ state }) => state === 'cancelled')).toBe(true);
      const events = job.timeline.map(({ event }) => event);
      expect(events).toEqual(['preparing', ...(batches.length > 0 ? ['queued'] : []), 'cancel asked', 'cancelled']);
      outcomes.add(`${batches.length} batches`);
    }
    expect([...outcomes]).toEqual(['0 batches', '2 batches']);
  });
});
