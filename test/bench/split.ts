import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { newUploadId, uploadKey } from '../../functions/shared/files/object-keys.ts';
import { acceptFileRequest } from '../../functions/shared/send-request/accept-file-request.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { startFauxqs } from '../../infra/local/sqs-s3/fauxqs-engine.ts';
import { s3Client, sqsClient } from '../support/aws-clients.ts';
import { freshTable } from '../support/dynamodb.ts';
import { encodeGb18030 } from '../support/gb18030.ts';
import { openTestContext, rules } from '../support/job-context.ts';
import type { SplitCosts, SplitTask } from './split-run.ts';

/**
 * What it costs to read a file of recipients into batches, at 10,000 and at 1,000,000: requests and capacity units of the table, requests
 * to the queue, CPU, and the peak memory of the process that does it (the engines run in another). Ends with 1 when the large one costs
 * more than 1.1 times as much per recipient, needs 256 MB, or takes 1.3 times the CPU in GB18030 with columns by name.
 */
const SIZES = [10_000, 1_000_000];
const LARGEST_RATIO = 1.1;
const LARGEST_MEGABYTES = { split: 256, export: 512 };
/** A runtime sizes its heap by the memory of its function: without this, garbage fills what the machine has. */
const HEAP_OF_256_MB = ['--max-semi-space-size=8', '--max-old-space-size=128'];
/** What a file in another encoding, with its columns by name, may take of the time that one in UTF-8 takes. */
const LARGEST_ENCODING_RATIO = 1.3;
const CALLER = 'bench';

const folder = mkdtempSync(join(tmpdir(), 'sms-bench-'));
const [dynalite, fauxqs] = [await startDynalite(), await startFauxqs(folder)];
const { tableName } = await freshTable(dynalite.endpoint, 'TABLE_NAME');
const context = openTestContext({ endpoint: dynalite.endpoint, tableName });
await s3Client(fauxqs.endpoint).send(new CreateBucketCommand({ Bucket: 'files' }));
const { QueueUrl = '' } = await sqsClient(fauxqs.endpoint).send(new CreateQueueCommand({ QueueName: 'dispatch-messages' }));
const queueUrl = `${fauxqs.endpoint}${new URL(QueueUrl).pathname}`;

/** How a file is written: as programs do, or as a Chinese spreadsheet saves it. */
type Writing = 'UTF-8 by number' | 'GB18030 by name';

/** A CSV file as long as a real one: a phone, a name and an amount a line. */
function fileOf(recipients: number, writing: Writing): Buffer {
  const rows = <Row>(row: (index: number) => Row) => Array.from({ length: recipients }, (_, index) => row(index));
  if (writing === 'UTF-8 by number') {
    return Buffer.from(`phone,0,1\n${rows((index) => `${13_000_000_000 + index * 7},张三${index},${index % 1000}.50`).join('\n')}\n`);
  }
  // Bytes as characters of Latin-1, since a million names are encoded faster so.
  const [header, name] = ['备注,余额,手机号,姓名', '张三'].map((text) => encodeGb18030(text).toString('latin1'));
  const lines = rows((index) => `x,${index % 1000}.50,${13_000_000_000 + index * 7},${name}${index}`);
  return Buffer.from(`${header}\r\n${lines.join('\r\n')}\r\n`, 'latin1');
}

async function measure(recipients: number, writing: Writing): Promise<SplitCosts> {
  const uploadId = newUploadId('csv');
  await s3Client(fauxqs.endpoint).send(
    new PutObjectCommand({ Bucket: 'files', Key: uploadKey(CALLER, uploadId), Body: fileOf(recipients, writing) }),
  );
  const fields = writing === 'UTF-8 by number' ? ['0', '1'] : ['姓名', '余额'];
  const body = { pattern: `【云】{${fields[0]}}您好，余额{${fields[1]}}元`, recipientsFrom: { uploadId } };
  const limits = { ...rules.limits, phonesPerCall: 500 };
  const { job } = await acceptFileRequest(context, { ...rules, limits }, { caller: CALLER, key: randomUUID(), body });
  const task: SplitTask = { jobId: job.jobId, tableName, dynamodb: dynalite.endpoint, s3: fauxqs.endpoint, queueUrl };
  return run(task);
}

/** In a process of its own, so that its memory is its own and not the engines'. */
async function run(task: SplitTask): Promise<SplitCosts> {
  const child = spawn(process.execPath, [...HEAP_OF_256_MB, join(import.meta.dirname, 'split-run.ts'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout) printed += chunk;
  return JSON.parse(printed) as SplitCosts;
}

const costs: SplitCosts[] = [];
const runs: readonly (readonly [number, Writing])[] = [
  ...SIZES.map((size) => [size, 'UTF-8 by number'] as const),
  [SIZES.at(-1) as number, 'GB18030 by name'],
];
for (const [size, writing] of runs) {
  const cost = await measure(size, writing);
  costs.push(cost);
  console.log(
    `${size.toLocaleString('en').padStart(9)} recipients, ${writing}: ${cost.batches} batches, ${cost.requests} requests, ` +
      `${cost.units.toFixed(0)} units, ${cost.messages} queue requests, ${cost.cpuMs.toFixed(0)} ms CPU, ` +
      `${cost.ms.toFixed(0)} ms, peak ${cost.peakMegabytes.toFixed(0)} MB; ` +
      `export ${cost.exported.cpuMs.toFixed(0)} ms CPU, ${cost.exported.ms.toFixed(0)} ms, peak ${cost.exported.peakMegabytes.toFixed(0)} MB`,
  );
}
const [small, large, encoded] = costs as [SplitCosts, SplitCosts, SplitCosts];
const ratio = (of: (cost: SplitCosts) => number) => of(large) / (SIZES[1] as number) / (of(small) / (SIZES[0] as number));
const ratios = { requests: ratio((cost) => cost.requests), units: ratio((cost) => cost.units), CPU: ratio((cost) => cost.cpuMs) };
const encodingRatio = encoded.cpuMs / large.cpuMs;
const fits = [large, encoded].every(
  ({ peakMegabytes, exported }) => peakMegabytes < LARGEST_MEGABYTES.split && exported.peakMegabytes < LARGEST_MEGABYTES.export,
);
const passed = Object.values(ratios).every((value) => value <= LARGEST_RATIO) && fits && encodingRatio <= LARGEST_ENCODING_RATIO;
const shown = Object.entries(ratios).map(([name, value]) => `${name} ${value.toFixed(2)}`);
console.log(
  `per recipient, large to small: ${shown.join(', ')} (at most ${LARGEST_RATIO}); CPU in GB18030 by name ${encodingRatio.toFixed(2)} ` +
    `(at most ${LARGEST_ENCODING_RATIO}); under ${LARGEST_MEGABYTES.split} MB, and ${LARGEST_MEGABYTES.export} MB with the export: ` +
    (passed ? 'yes' : 'NO'),
);
await Promise.all([dynalite.stop(), fauxqs.stop()]);
rmSync(folder, { recursive: true });
process.exitCode = passed ? 0 : 1;
