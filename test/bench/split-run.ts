import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { openBucket } from '../../functions/shared/files/bucket.ts';
import type { JobContext } from '../../functions/shared/job/context.ts';
import { askExport } from '../../functions/shared/job/export-item.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { openDispatchQueue } from '../../functions/shared/queues/dispatch-queue.ts';
import { openEventsQueue } from '../../functions/shared/queues/events-queue.ts';
import { splitFile } from '../../functions/uploads/split-file.ts';
import { writeExport } from '../../functions/uploads/write-export.ts';

/** A job whose file is to be read, and where everything is. */
export interface SplitTask {
  jobId: string;
  tableName: string;
  dynamodb: string;
  s3: string;
  queueUrl: string;
}

/** What it cost. Capacity units are those of the table, without its indexes; times in milliseconds. */
export interface SplitCosts {
  batches: number;
  requests: number;
  units: number;
  messages: number;
  cpuMs: number;
  ms: number;
  peakMegabytes: number;
  /** The same for writing the outcome of every recipient; the peak is that of both. */
  exported: { cpuMs: number; ms: number; peakMegabytes: number };
}

const task = JSON.parse(process.argv[2] ?? '') as SplitTask;
const count = { requests: 0, units: 0, messages: 0 };

// Built here, since what builds them for the tests loads the engines too, whose memory is not to be counted.
const local = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const dynamodb = new DynamoDBClient({ ...local, endpoint: task.dynamodb });
dynamodb.middlewareStack.add(
  (next) => async (args) => {
    Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
    const result = await next(args);
    const { ConsumedCapacity } = result.output as { ConsumedCapacity?: { CapacityUnits?: number } };
    count.requests += 1;
    count.units += ConsumedCapacity?.CapacityUnits ?? 0;
    return result;
  },
  { step: 'initialize' },
);
const sqs = new SQSClient({ ...local, endpoint: task.s3 });
sqs.middlewareStack.add(
  (next) => (args) => {
    count.messages += 1;
    return next(args);
  },
  { step: 'initialize' },
);

const eventsQueue = openEventsQueue(task.queueUrl, sqs);
const context: JobContext = {
  table: new Table(task.tableName, dynamodb),
  now: Date.now,
  randomId: randomUUID,
  random: Math.random,
  publishes: true,
  eventsQueue,
};
const bucket = openBucket('files', new S3Client({ ...local, endpoint: task.s3 }));
const deps = {
  ...{
    context,
    bucket,
    dispatchQueue: openDispatchQueue(task.queueUrl, sqs),
    dailyLimitsOf: () => ({ zone: 'Asia/Shanghai', limits: [] }),
  },
  tasks: { send: () => Promise.reject(new Error('One run is enough.')) },
};

/** What a piece of work takes of this process. */
async function measured(work: () => Promise<void>): Promise<{ cpuMs: number; ms: number; peakMegabytes: number }> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  return { cpuMs: (user + system) / 1000, ms: performance.now() - started, peakMegabytes };
}

const split = await measured(() => splitFile(deps, task.jobId, Date.now() + 600_000));
const spent = { ...count };
const job = await context.table.get<JobItem>(jobKey(task.jobId));
if (job?.status !== 'queued') throw new Error(`The job is ${job?.status}: ${job?.file?.refusal?.detail}`);
await askExport(context, job);
const exported = await measured(() => writeExport(deps, task.jobId));
const costs: SplitCosts = { batches: job.batchCount, ...spent, ...split, exported };
process.stdout.write(JSON.stringify(costs));
