import { randomUUID } from 'node:crypto';
import type { Api } from '../../functions/api/api-deps.ts';
import type { ApiRequest } from '../../functions/api/api-request.ts';
import { findRecipients } from '../../functions/api/find-recipients.ts';
import { createJob } from '../../functions/shared/job/create-job.ts';
import type { SendRequest } from '../../functions/shared/job/new-job.ts';
import { parallel } from '../../functions/shared/parallel.ts';
import { dailyLimitsOf } from '../../functions/shared/send-request/caller-rules.ts';
import { newSnapshot } from '../../functions/shared/send-request/prepare-request.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { freshTable } from '../support/dynamodb.ts';
import { openTestContext, rules } from '../support/job-context.ts';

/**
 * What it costs to find one phone among a million recipients of a day: 50 large jobs of 19,600 recipients, and 20,000 single sends. Ends
 * with 1 when the phone is not found where it was sent, or the search takes more than 12 calls.
 */
const LARGE_JOBS = 50;
const BATCHES = 49;
const PHONES_A_BATCH = 400;
const SINGLE_JOBS = 20_000;
const MOST_CALLS = 12;
const wanted = '13900000000';

const engine = await startDynalite();
const { tableName } = await freshTable(engine.endpoint, 'TABLE_NAME');
const context = openTestContext({ endpoint: engine.endpoint, tableName }, { publishes: false });

let next = 13_000_000_000;
const recipients = (count: number) => Array.from({ length: count }, () => ({ phone: String(next++), detail: null }));

async function create(batches: SendRequest['batches']): Promise<void> {
  const message = { form: 'structured' as const, pattern: 'hi', defaultDetail: [] };
  const snapshot = newSnapshot(rules, context.now());
  const common = {
    caller: 'local',
    hash: '',
    message,
    smsType: 1,
    postFixNumber: '',
    retentionDays: 30,
    dailyLimits: dailyLimitsOf(rules, 'local'),
    snapshot,
  };
  await createJob(context, { ...common, key: randomUUID(), batches });
}

const started = performance.now();
for (let job = 0; job < LARGE_JOBS; job++) {
  const batches = Array.from({ length: BATCHES }, () => ({ form: 'structured' as const, recipients: recipients(PHONES_A_BATCH) }));
  if (job === 0) batches[0]?.recipients.splice(7, 1, { phone: wanted, detail: null });
  await create(batches);
}
const singles = Array.from({ length: SINGLE_JOBS }, (_, index) => (index === 0 ? [{ phone: wanted, detail: null }] : recipients(1)));
await parallel(singles, (one) => create([{ form: 'structured', recipients: one }]), 16);
const count = LARGE_JOBS * BATCHES * PHONES_A_BATCH + SINGLE_JOBS;
console.log(`${count} recipients in ${LARGE_JOBS + SINGLE_JOBS} jobs, written in ${((performance.now() - started) / 1000).toFixed(0)} s`);

let requests = 0;
const table = new Proxy(context.table, {
  get(target, name) {
    const value = Reflect.get(target, name) as unknown;
    if (typeof value !== 'function') return value;
    return (...given: unknown[]) => {
      requests += name === 'getMany' ? Math.ceil((given[0] as unknown[]).length / 100) : 1;
      return (value as (...all: unknown[]) => unknown).apply(target, given);
    };
  },
});
const api = { context: { ...context, table } } as Partial<Api> as Api;
let cursor: string | undefined;
let calls = 0;
const found: unknown[] = [];
const searched = performance.now();
do {
  const query = { phone: wanted, limit: '100', ...(cursor && { cursor }) };
  const request = { caller: 'local', owns: [], query, deadline: Date.now() + 28_000 } as Partial<ApiRequest> as ApiRequest;
  const answer = JSON.parse((await findRecipients(api, request)).body) as { items: unknown[]; next?: string };
  found.push(...answer.items);
  cursor = answer.next;
  calls += 1;
} while (cursor !== undefined);
const seconds = (performance.now() - searched) / 1000;
const passed = found.length === 2 && calls <= MOST_CALLS;
console.log(
  `found ${found.length} of 2 in ${calls} calls, ${seconds.toFixed(1)} s, ${requests} requests to the table: ${passed ? 'yes' : 'NO'}`,
);
await engine.stop();
process.exit(passed ? 0 : 1);
