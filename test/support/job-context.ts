import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { createCustomSend } from '../../functions/shared/customsend/client.ts';
import { sendBatch } from '../../functions/shared/dispatch/send-batch.ts';
import type { Sender } from '../../functions/shared/dispatch/sender.ts';
import { callerIndexKey, jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import type { BatchItem } from '../../functions/shared/job/batch-item.ts';
import type { JobContext } from '../../functions/shared/job/context.ts';
import { jobIdOf } from '../../functions/shared/job/job-id.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { inlineBatchOf, parseBatch, readJobAndBatch, sealedJobOf, updateBatch } from '../../functions/shared/job/job-table.ts';
import type { BatchState } from '../../functions/shared/job/states.ts';
import type { DispatchQueue } from '../../functions/shared/queues/dispatch-queue.ts';
import type { EventsQueue } from '../../functions/shared/queues/events-queue.ts';
import { type AcceptedRequest, acceptRequest, type IncomingRequest } from '../../functions/shared/send-request/accept-request.ts';
import type { SendRules } from '../../functions/shared/send-request/check-request.ts';
import type { Dialect, Limits } from '../../functions/shared/settings.ts';
import { dynamoDbClient } from './aws-clients.ts';
import { engines, freshTable } from './dynamodb.ts';

export const dialect: Dialect = { confirmed: true, recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: true };
export const limits: Limits = {
  phonesPerCall: 2,
  callsPerJob: null,
  charactersPerMessage: 500,
  requestBytes: 4 * 1024 * 1024,
  maxConcurrentCalls: 60,
  callsPerSecond: null,
  maxRecipientsPerDay: null,
  allowedPhones: null,
  retentionDays: 30,
  quietHours: [],
};
/** Two phones a call, so that few recipients make several batches. */
export const rules: SendRules = { dialect, limits, protocol: 'http-post', providerZone: 'Asia/Shanghai' };

/** A phone for each number from 0. */
export const phone = (index: number): string => String(13_800_138_000 + index);

/** Phones in a row, from the first. */
export const phones = (count: number): string[] => Array.from({ length: count }, (_, index) => phone(index));

/** Where a table is: the address of its engine, or of a proxy before it. */
export interface TableAddress {
  endpoint: string;
  tableName: string;
}

/** A suite for every engine. Each starts once, and all tests share a table; its address is known once the tests run. */
export function onEveryEngine(title: string, suite: (address: TableAddress, engine: string) => void): void {
  describe.each(engines())(`${title} ($name)`, ({ name, start }) => {
    const address: TableAddress = { endpoint: '', tableName: '' };
    let stop = async (): Promise<void> => undefined;
    beforeAll(async () => {
      const engine = await start();
      stop = engine.stop;
      address.endpoint = engine.endpoint;
      address.tableName = (await freshTable(engine.endpoint, 'TABLE_NAME')).tableName;
    });
    afterAll(() => stop());
    suite(address, name);
  });
}

/** An events queue that takes every message and delivers none. */
export const noEvents: EventsQueue = { due: async () => undefined, publish: async () => undefined };

/** One client for each address: to make one and to connect costs more than a request. */
const clients = new Map<string, DynamoDBClient>();

/** A store on a table; what is given replaces the clock or random. */
export function openTestContext({ endpoint, tableName }: TableAddress, other: Partial<JobContext> = {}): JobContext {
  const client = clients.get(endpoint) ?? dynamoDbClient(endpoint);
  clients.set(endpoint, client);
  const table = new Table(tableName, client);
  return { table, now: Date.now, randomId: randomUUID, random: Math.random, eventsQueue: noEvents, publishes: true, ...other };
}

/** A dispatch queue that takes every message and delivers none. */
const undelivered: DispatchQueue = { send: async () => undefined, isEmpty: async () => true };

/** A sender over a real client of the provider; what is given replaces the rest. */
export function openSender(
  context: JobContext,
  url: string,
  { timeoutMs = 2_000, ...other }: Partial<Omit<Sender, 'context' | 'provider'>> & { timeoutMs?: number } = {},
) {
  const settings = { url, protocol: rules.protocol, connectTimeoutMs: 1_000, timeoutMs, notSentStatuses: [] };
  const sender = {
    token: async () => 'token',
    dialect,
    callLimits: limits,
    dispatchQueue: undelivered,
    counters: { unknownBatches() {}, lateAnswers() {} },
    ...other,
  };
  return { ...sender, context, provider: createCustomSend(settings) };
}

/** A request of a caller of its own, so that the lists of the table hold nothing else. */
export function aRequest(recipients: readonly string[] = phones(3), key = 'key'): IncomingRequest {
  return { caller: `caller-${randomUUID()}`, key, body: { pattern: '【签名】您好', recipients } };
}

/** What a function does with a request: it makes the job and, if it was this one that made it, sends its batches. */
export async function acceptAndSend(sender: Sender, request: IncomingRequest): Promise<AcceptedRequest> {
  const accepted = await acceptRequest(sender.context, rules, request);
  if (accepted.made) await sendAll(sender, accepted.job);
  return accepted;
}

/** Sends the batches of a job, one after the other. */
export async function sendAll(sender: Sender, { jobId, batchCount }: Pick<JobItem, 'jobId' | 'batchCount'>): Promise<void> {
  for (let batch = 1; batch <= batchCount; batch++) {
    await sendBatch(sender, { jobId, batch, try: 1 }, { permitWait: 20_000, deadline: Date.now() + 5_000 });
  }
}

/** What a batch must have in a state beside what it was created with, as a claim would have left it. */
const CLAIMED: Partial<Record<BatchState, object>> = {
  sending: { claim: 'claim', claimAt: 1, sendBy: 2, leaseEnd: 3 },
  unknown: { claim: 'claim', claimAt: 1 },
};

/** Writes these attributes onto a batch, wherever it is stored, and what its state calls for beside them. */
export async function writeBatch(context: JobContext, jobId: string, batch: number, set: Partial<BatchItem>): Promise<void> {
  const found = (await readJobAndBatch(context, jobId, batch)).batch;
  if (!found) throw new Error(`${jobId} has no batch ${batch}.`);
  const claimed = set.state && !found.claim ? CLAIMED[set.state] : undefined;
  await updateBatch(context, found, { set: { ...claimed, ...set } }, []);
}

/** Everything that the table holds of a caller's request. */
export async function itemsOf({ table, now }: JobContext, { caller, key }: Pick<IncomingRequest, 'caller' | 'key'>) {
  const { keys } = await table.keys({ index: 'byCaller', partition: callerIndexKey(caller), limit: 100 });
  const items = await table.range<{ sk: string }>(jobKey(jobIdOf(caller, key)).pk, ' ', '~');
  const starting = (start: string) => items.filter(({ sk }) => sk.startsWith(start));
  const job = sealedJobOf(starting('JOB')[0], now());
  const inline = job && inlineBatchOf(job);
  return {
    jobKeys: keys,
    job,
    batches: inline ? [inline] : starting('B#').map(parseBatch),
    left: starting('REMAINING')[0],
  };
}
