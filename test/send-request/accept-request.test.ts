import { expect, test } from 'vitest';
import { batchKey, jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { getPayload } from '../../functions/shared/job/payload.ts';
import { JOB_STATUSES, type JobStatus } from '../../functions/shared/job/states.ts';
import { phonesOf } from '../../functions/shared/message/message.ts';
import { acceptRequest, type IncomingRequest } from '../../functions/shared/send-request/accept-request.ts';
import {
  acceptAndSend,
  aRequest,
  itemsOf,
  limits,
  onEveryEngine,
  openSender,
  openTestContext,
  phones,
  rules,
} from '../support/job-context.ts';
import { startProvider } from '../support/provider.ts';
import { startProxy } from '../support/proxy.ts';

const DAY = 24 * 3_600_000;
const problem = (type: string, status: number, retry: boolean) => ({ document: { code: type, status, retry } });

/** What a job must have in a status beside what it was created with. */
const ALSO: Partial<Record<JobStatus, object>> = {
  preparing: { file: {} },
  scheduled: { sendTime: 1, scheduler: 'eventbridge', gen: 1 },
};

onEveryEngine('accepting a send request', (address) => {
  const accept = (request: IncomingRequest, now = Date.now()) =>
    acceptRequest(openTestContext(address, { now: () => now }), rules, request);

  test('it is divided into batches, and every recipient is stored once', async () => {
    const context = openTestContext(address);
    const request = aRequest(phones(5));
    const { job, made } = await acceptRequest(context, rules, request);
    expect(made).toBe(true);
    expect(job).toMatchObject({
      caller: request.caller,
      status: 'queued',
      rev: 1,
      batchCount: 3,
      recipients: 5,
      message: { form: 'structured' },
    });
    const { batches, left } = await itemsOf(context, request);
    expect(left).toMatchObject({ remaining: 3 });
    expect(batches.map(({ batch, recipients, state }) => [batch, recipients, state])).toEqual([
      [1, 2, 'waiting'],
      [2, 2, 'waiting'],
      [3, 1, 'waiting'],
    ]);
    const stored = await Promise.all(batches.map(({ batch }) => getPayload(context, job, batch)));
    expect(stored.flatMap(phonesOf)).toEqual(phones(5));
  });

  test.each(JOB_STATUSES)('the same key and body again: the same job while it is %s, and nothing is written', async (status) => {
    const context = openTestContext(address);
    const request = aRequest();
    const { job } = await accept(request);
    const set = { status, ...ALSO[status] };
    await context.table.update(jobKey(job.jobId), { set }, []);
    const proxy = await startProxy(address.endpoint);
    try {
      const behind = openTestContext({ ...address, endpoint: proxy.url }, { now: () => Date.now() + 20 * DAY });
      const { pattern, recipients } = request.body as { pattern: string; recipients: string[] };
      const rewritten = { recipients, smsType: 1, postFixNumber: '', pattern };
      const again = await acceptRequest(
        behind,
        { ...rules, limits: { ...limits, charactersPerMessage: 1 } },
        { ...request, body: rewritten },
      );
      expect(again).toEqual({ job: { ...job, ...set }, made: false });
      expect(proxy.requests.map(({ name }) => name)).toEqual(['GetItem JOB']);
    } finally {
      await proxy.stop();
    }
  });

  test('another body is refused, whatever became of the job; another caller may use the key', async () => {
    const request = aRequest();
    const { job } = await accept(request);
    const other = { pattern: '【签名】再见', recipients: phones(3) };
    await expect(accept({ ...request, body: other })).rejects.toMatchObject(problem('idempotency-key-reused', 422, false));
    expect((await itemsOf(openTestContext(address), request)).job).toEqual(job);
    const others = await accept({ ...aRequest(), body: other });
    expect(others).toMatchObject({ made: true });
    expect(others.job.jobId).not.toBe(job.jobId);
  });

  test('an expired key counts as absent', async () => {
    const request = aRequest();
    const context = openTestContext(address);
    const first = await accept(request, Date.now() - 40 * DAY);
    await context.table.update(batchKey(first.job.jobId, 2), { set: { state: 'accepted' } }, []);
    const second = await accept({ ...request, body: { pattern: '【签名】再见', recipients: phones(5) } });
    expect(second).toMatchObject({ made: true, job: { recipients: 5, rev: 1 } });
    const { batches, left, jobKeys } = await itemsOf(context, request);
    expect(batches.map(({ recipients, state }) => [recipients, state])).toEqual([
      [2, 'waiting'],
      [2, 'waiting'],
      [1, 'waiting'],
    ]);
    expect(left).toMatchObject({ remaining: 3 });
    expect(jobKeys).toHaveLength(1);
  });

  test('the key of a job that was never sealed is spent after a day', async () => {
    const request = aRequest();
    const context = openTestContext(address);
    const { job } = await accept(request, Date.now() - 2 * DAY);
    const snapshot = { createdAt: Date.now() - 2 * DAY };
    const creating = {
      ...jobKey(job.jobId),
      jobId: job.jobId,
      status: 'creating',
      hash: job.hash,
      snapshot,
      owner: 'dead',
      creatingUntil: 1,
    };
    await context.table.put({ ...creating, expiresAt: job.expiresAt });
    await expect(accept(request)).rejects.toMatchObject(problem('idempotency-key-spent', 409, false));
  });

  test.each(['', 'k'.repeat(256)])('a key of 0 or 256 characters is refused', async (key) => {
    await expect(accept({ ...aRequest(), key })).rejects.toMatchObject(problem('idempotency-key-missing', 400, false));
    expect((await accept({ ...aRequest(), key: '钥'.repeat(255) })).made).toBe(true);
  });

  test.each([
    ['one key: one job and one send', 1],
    ['fifty keys: fifty', 50],
  ])('50 requests at once with %s', async (_what, keys) => {
    const provider = await startProvider();
    const proxy = await startProxy(address.endpoint);
    const context = openTestContext({ ...address, endpoint: proxy.url });
    const sender = openSender(context, provider.url);
    const { caller, body } = aRequest(phones(3));
    const requests = Array.from({ length: 50 }, (_, index) => ({ caller, body, key: `key-${index % keys}` }));
    try {
      const settled = await Promise.allSettled(requests.map((request) => acceptAndSend(sender, request)));
      const accepted = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const refused = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      for (const reason of refused) expect(reason).toMatchObject(problem('idempotency-key-in-use', 409, true));
      expect(accepted.filter(({ made }) => made)).toHaveLength(keys);
      expect(new Set(accepted.map(({ job }) => job.jobId)).size).toBe(keys);
      expect((await itemsOf(context, { caller, key: 'key-0' })).jobKeys).toHaveLength(keys);
      expect(provider.phones()).toHaveLength(3 * keys);
      for (const name of ['PutItem PAY', 'PutItem B#0000001', 'PutItem B#0000002', 'PutItem REMAINING', 'PutItem JOB']) {
        expect(proxy.requests.filter((request) => request.name === name)).toHaveLength(name === 'PutItem PAY' ? 2 * keys : keys);
      }
    } finally {
      sender.provider.close();
      await Promise.all([proxy.stop(), provider.stop()]);
    }
  });
});
