import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, expect, it } from 'vitest';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { LEASE, LEASE_GRACE } from '../../functions/shared/job/deadlines.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { createApiClient, phones, readLedger } from '../support/api.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';
import { noEvents } from '../support/job-context.ts';
import { type Ready, type StartedProcess, startProcess } from '../support/stack.ts';
import { statesOf } from '../support/states.ts';
import { temporaryFolder } from './fixture.ts';

const RECIPIENTS = 20_000;
const PHONES_PER_CALL = 100;
const BATCHES = RECIPIENTS / PHONES_PER_CALL;
const MAX_CONCURRENT_CALLS = 6;
/** A slot of the limiter that a killed process had is free again after its lease, which is most of this. */
const POLLING = { timeout: 150_000, interval: 1_000 };

const data = temporaryFolder();
const environment = {
  PORT: '0',
  SANDBOX_PORT: '0',
  DATA_DIR: data.folder,
  PHONES_PER_CALL: String(PHONES_PER_CALL),
  MAX_CONCURRENT_CALLS: String(MAX_CONCURRENT_CALLS),
};
const processes: StartedProcess[] = [];
afterAll(async () => {
  await Promise.all(processes.map(killed));
  data.remove();
});

async function start(): Promise<Ready> {
  const started = startProcess(environment);
  processes.push(started);
  return started.ready;
}

async function killed({ child, ended }: StartedProcess): Promise<number | string> {
  child.kill('SIGKILL');
  return ended;
}

it('a job of 20,000 whose process is killed half-way ends after the next start: none sent twice, none missing', {
  timeout: 400_000,
}, async () => {
  const recipients = phones(RECIPIENTS);
  const first = await start();
  const jobId = await sendFile(first.api, `phone\n${recipients.join('\n')}\n`);
  await expect.poll(async () => (await readLedger(first.ledger)).length, POLLING).toBeGreaterThan(RECIPIENTS / 4);
  expect(await killed(processes[0] as StartedProcess)).toBe('SIGKILL');

  const second = await start();
  expect((await readLedger(second.ledger)).length, 'it was killed in the middle').toBeLessThan(RECIPIENTS * 0.9);
  await expect.poll(async () => (await batchStates(second.api, jobId)).waiting ?? 0, POLLING).toBe(0);
  const ledger = (await readLedger(second.ledger)).map(({ phone }) => phone);
  await killed(processes[1] as StartedProcess);
  expect(new Set(ledger).size, 'sent twice').toBe(ledger.length);

  const { job, batches } = await afterLeases(jobId);
  const { accepted = 0, unknown = 0, ...others } = statesOf(batches);
  expect(others).toEqual({});
  expect(accepted + unknown, 'missing').toBe(BATCHES);
  expect(unknown, 'calls in flight').toBeLessThanOrEqual(MAX_CONCURRENT_CALLS);
  expect(job.counts).toMatchObject({ total: RECIPIENTS, accepted: accepted * PHONES_PER_CALL, unknown: unknown * PHONES_PER_CALL });
  const sent = new Set(ledger);
  for (const { batch, state } of batches) {
    const own = recipients.slice((batch - 1) * PHONES_PER_CALL, batch * PHONES_PER_CALL);
    const there = own.filter((phone) => sent.has(phone)).length;
    expect(state === 'accepted' ? [PHONES_PER_CALL] : [0, PHONES_PER_CALL], `batch ${batch}, ${state}`).toContain(there);
  }
});

async function sendFile(address: string, file: string): Promise<string> {
  const api = createApiClient(address);
  const upload = (await api.post('/v1/uploads', { format: 'csv', size: Buffer.byteLength(file) })).as('UploadAddress');
  const { ok } = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: file });
  expect(ok).toBe(true);
  const answer = await api.send({ pattern: '【签名】您好', recipientsFrom: { uploadId: upload.uploadId } }, randomUUID());
  expect(answer.status, answer.text).toBe(202);
  return answer.as('Job').jobId;
}

/** How many batches of a job are in each state, by the API. */
async function batchStates(address: string, jobId: string): Promise<Record<string, number>> {
  const api = createApiClient(address);
  const read = async (cursor: string) => (await api.get(`/v1/jobs/${jobId}/batches?limit=100${cursor}`)).as('Batches');
  const states: string[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page: Awaited<ReturnType<typeof read>> = await read(cursor);
    states.push(...page.items.map(({ status }) => status));
    cursor = page.next && `&cursor=${encodeURIComponent(page.next)}`;
  }
  return statesOf(states.map((state) => ({ state })));
}

/** What the sweep makes of the folder once the leases of the killed calls are over: here its clock is moved on instead of waiting. */
async function afterLeases(jobId: string) {
  const engine = await startDynalite(join(data.folder, 'dynamodb'));
  const client = dynamoDbClient(engine.endpoint);
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const now = () => Date.now() + 2 * (LEASE + LEASE_GRACE);
    for (const name of TableNames) {
      const context = {
        table: new Table(name, client),
        now,
        randomId: randomUUID,
        random: Math.random,
        eventsQueue: noEvents,
        publishes: true,
      };
      const read = await readJob(context, jobId);
      if (!read) continue;
      const report = (_jobId: string, error: Error) => expect.fail(error.message);
      const dispatchQueue = { send: async () => undefined, isEmpty: async () => true };
      await sweep({ context, dispatchQueue, files: { tasks: { send: async () => undefined } }, report }, now() + 60_000);
      return (await readJob(context, jobId)) ?? read;
    }
    throw new Error('No table has the job.');
  } finally {
    client.destroy();
    await engine.stop();
  }
}
