import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { createJob } from '../../functions/shared/job/create-job.ts';
import { jobIdOf } from '../../functions/shared/job/job-id.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { parallel } from '../../functions/shared/parallel.ts';
import { dayAt, nextDay } from '../../functions/shared/quiet-hours/day.ts';
import { dailyLimitsOf } from '../../functions/shared/send-request/caller-rules.ts';
import { newSnapshot } from '../../functions/shared/send-request/prepare-request.ts';
import { readDayUsage } from '../../functions/shared/usage/day-usage.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { freshTable } from '../support/dynamodb.ts';
import { openTestContext, rules } from '../support/job-context.ts';

/**
 * What it costs to sum up a month of 100,000 jobs: for the first time from the jobs, then from what was kept. Ends with 1 when the sum is
 * wrong, or the second time takes more than a tenth of the first.
 */
const JOBS = Number(process.argv[2] ?? 100_000);
const DAYS = 30;
const zone = 'Asia/Shanghai';
const start = Date.parse('2026-10-01T12:00:00+08:00');

const engine = await startDynalite();
const { client, tableName } = await freshTable(engine.endpoint, 'TABLE_NAME');
const context = openTestContext({ endpoint: engine.endpoint, tableName }, { publishes: false });
const message = { form: 'structured' as const, pattern: 'hi', defaultDetail: [] };

/** One job that is over, made as every job is; the others are copies of it under their own ids and times. */
async function aFinishedJob(): Promise<JobItem> {
  const batches = [{ form: 'structured' as const, recipients: [{ phone: '13800138000', detail: null }] }];
  const request = { caller: 'local', hash: '', message, smsType: 1, postFixNumber: '', retentionDays: 300, batches, key: 'first' };
  const then = { ...context, now: () => start };
  await createJob(then, { ...request, dailyLimits: dailyLimitsOf(rules, 'local'), snapshot: newSnapshot(rules, start) });
  const counts = { total: 1, pending: 0, accepted: 1, rejected: 0, unknown: 0, cancelled: 0, expired: 0 };
  const set = { status: 'completed', counts, usage: { calls: 1, segments: 1 } };
  const written = await context.table.update<JobItem>(
    jobKey(jobIdOf('local', 'first')),
    { set, remove: ['openShard', 'wakeAt', 'statusKey'] },
    [],
  );
  if (!written) throw new Error('The first job is not there.');
  return written;
}

const started = performance.now();
const template = await aFinishedJob();
const copies = Array.from({ length: JOBS - 1 }, (_, index): JobItem => {
  const jobId = jobIdOf('local', String(index));
  const at = start + (index % DAYS) * 24 * 3_600_000 + Math.floor(index / DAYS) * 1_000;
  return { ...template, ...jobKey(jobId), jobId, key: String(index), createdAt: new Date(at).toISOString() };
});
const groups = Array.from({ length: Math.ceil(copies.length / 25) }, (_, index) => copies.slice(25 * index, 25 * (index + 1)));
await parallel(
  groups,
  async (group) => {
    const puts = group.map((item) => ({ PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } }));
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }));
    if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('The table left items unwritten.');
  },
  4,
);
console.log(`${JOBS} jobs of ${DAYS} days, written in ${((performance.now() - started) / 1000).toFixed(0)} s`);

async function sumUp(): Promise<{ seconds: number; jobs: number; segments: number }> {
  const began = performance.now();
  let jobs = 0;
  let segments = 0;
  let date = dayAt(zone, start);
  for (let day = 0; day < DAYS; day++, date = nextDay(date)) {
    const usage = await readDayUsage(context, { caller: 'local', date, zone }, Number.POSITIVE_INFINITY);
    jobs += usage?.jobs ?? 0;
    segments += usage?.segments ?? 0;
  }
  return { seconds: (performance.now() - began) / 1000, jobs, segments };
}

const first = await sumUp();
const again = await sumUp();
for (const [name, { seconds, jobs }] of [['from the jobs', first] as const, ['from what was kept', again] as const]) {
  console.log(`${name.padEnd(20)} ${jobs} jobs, ${seconds.toFixed(2)} s`);
}
const passed = [first, again].every(({ jobs, segments }) => jobs === JOBS && segments === JOBS) && again.seconds <= first.seconds / 10;
console.log(`the sum is right, and the second time takes at most a tenth: ${passed ? 'yes' : 'NO'}`);
await engine.stop();
process.exit(passed ? 0 : 1);
