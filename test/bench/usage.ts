import { randomUUID } from 'node:crypto';
import { is } from '../../functions/shared/dynamodb/conditions.ts';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { createJob } from '../../functions/shared/job/create-job.ts';
import { jobIdOf } from '../../functions/shared/job/job-id.ts';
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
const { tableName } = await freshTable(engine.endpoint, 'TABLE_NAME');
const context = openTestContext({ endpoint: engine.endpoint, tableName }, { publishes: false });
const message = { form: 'structured' as const, pattern: 'hi', defaultDetail: [] };

const started = performance.now();
await parallel(
  Array.from({ length: JOBS }, (_, index) => index),
  async (index) => {
    const at = start + (index % DAYS) * 24 * 3_600_000 + Math.floor(index / DAYS) * 1_000;
    const then = { ...context, now: () => at };
    const key = randomUUID();
    const batches = [{ form: 'structured' as const, recipients: [{ phone: String(13_000_000_000 + index), detail: null }] }];
    const snapshot = newSnapshot(rules, at);
    const common = {
      caller: 'local',
      hash: '',
      message,
      smsType: 1,
      postFixNumber: '',
      retentionDays: 300,
      dailyLimits: dailyLimitsOf(rules, 'local'),
    };
    await createJob(then, { ...common, snapshot, key, batches });
    const counts = { total: 1, pending: 0, accepted: 1, rejected: 0, unknown: 0, cancelled: 0, expired: 0 };
    const set = { status: 'completed', counts, usage: { calls: 1, segments: 1 } };
    await context.table.update(jobKey(jobIdOf('local', key)), { set, remove: ['openShard', 'wakeAt', 'statusKey'] }, [is('sk', 'JOB')]);
  },
  16,
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
