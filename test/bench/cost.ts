import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendBatch } from '../../functions/shared/dispatch/send-batch.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { queueJob } from '../../functions/shared/job/queue-batches.ts';
import { attemptSchema, openDispatchQueue } from '../../functions/shared/queues/dispatch-queue.ts';
import { openEventsQueue } from '../../functions/shared/queues/events-queue.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { queueUrl } from '../../infra/local/sqs-s3/queues.ts';
import { dev } from '../../infra/stages.ts';
import { sqsClient } from '../support/aws-clients.ts';
import { engines, freshTable } from '../support/dynamodb.ts';
import { openSender } from '../support/job-context.ts';
import { startLedgerProvider } from '../support/ledger-provider.ts';
import { freshQueue, startQueueEngine } from '../support/queue.ts';
import { type Meter, meterQueue, meterTable, newMeter, timed } from './meter.ts';

/** What sending to 10,000 recipients asks of DynamoDB, SQS and Lambda with the limits of `dev`, and what a million would cost by that. */
const RECIPIENTS = 10_000;
const MILLION = 1_000_000;
/** How long the provider takes for a call (milliseconds): a guess, since no figure is published. */
const PROVIDER_MS = 200;
/** List prices of us-east-1 in US dollars, as of November 2026. */
const PRICES = { readUnit: 0.125 / MILLION, writeUnit: 0.625 / MILLION, queueRequest: 0.4 / MILLION };
const LAMBDA = { gigabyteSecond: 0.0000133334, request: 0.2 / MILLION };
/** Memory of the functions, as the stack gives it to them (GB). */
const GIGABYTES = { accept: 1, dispatch: 0.5, sweep: 0.5 };
type Part = keyof typeof GIGABYTES;

const engine = engines().at(-1);
if (!engine) throw new Error('There is no engine');
const dynamoDb = await engine.start();
const queues = await startQueueEngine();
const provider = await startLedgerProvider({ dialect: dev.dialect, decide: () => sleep(PROVIDER_MS).then(() => undefined) });
const { client, tableName } = await freshTable(dynamoDb.endpoint, 'TABLE_NAME');
const queue = await freshQueue(queues);

const meters: Record<Part, Meter> = { accept: newMeter(), dispatch: newMeter(), sweep: newMeter() };
let part: Part = 'accept';
meterTable(client, () => meters[part]);
const filling = sqsClient(queues.endpoint);
meterQueue(filling, () => meters[part]);

let ahead = 0;
const eventsQueue = openEventsQueue(queueUrl(queues.endpoint, (await freshQueue(queues)).name), filling);
const context = {
  table: new Table(tableName, client),
  now: () => Date.now() + ahead,
  randomId: randomUUID,
  random: Math.random,
  publishes: true,
  eventsQueue,
};
const dispatchQueue = openDispatchQueue(queueUrl(queues.endpoint, queue.name), filling);
const sender = openSender(context, provider.url, { dispatchQueue, dialect: dev.dialect, callLimits: dev.limits });

console.log(`Sending to ${RECIPIENTS} recipients, ${dev.limits.phonesPerCall} in a call, on ${engine.name} ...`);
const { jobId, batchCount } = await timed(meters.accept, accept);
part = 'dispatch';
for (let done = 0; done < batchCount; ) {
  for (const message of await queue.receive()) {
    const attempt = attemptSchema.parse(JSON.parse(message.Body ?? ''));
    await timed(meters.dispatch, () => sendBatch(sender, attempt, { permitWait: 5_000, deadline: Date.now() + 30_000 }));
    await queue.remove(message);
    done += 1;
  }
}
// One message an invocation: the event source receives it and deletes it, in requests of its own at worst.
meters.dispatch.queueRequests += 2 * batchCount;
part = 'sweep';
ahead = 120_000;
const quiet = { files: { tasks: { send: async () => undefined } }, report: (_jobId: string, error: Error) => console.error(error) };
await timed(meters.sweep, () => sweep({ context, dispatchQueue, ...quiet }, context.now() + 30_000));
const ended = await readJob(context, jobId);
console.log(`The job is ${ended?.job.status}; the provider accepted ${provider.ledger.size} recipients.\n`);
report();
await Promise.all([provider.stop(), queues.stop(), dynamoDb.stop()]);
process.exit(ended?.job.counts.accepted === RECIPIENTS ? 0 : 1);

/** As functions/api does. */
async function accept() {
  const recipients = Array.from({ length: RECIPIENTS }, (_, index) => ({
    phone: String(13_000_000_000 + index),
    detail: ['张三', String(index)],
  }));
  const body = { pattern: '【签名】{0}您好，余额{1}元', recipients, smsType: 1, postFixNumber: '' };
  const rules = { dialect: dev.dialect, limits: dev.limits, protocol: dev.provider.protocol, providerZone: dev.provider.timeZone };
  const { job } = await acceptRequest(context, rules, { caller: 'bench', key: randomUUID(), body });
  const read = await readJob(context, job.jobId);
  await queueJob(context, dispatchQueue, job.jobId, read?.batches ?? []);
  return job;
}

function report(): void {
  const thousands = RECIPIENTS / 1000;
  let total = 0;
  for (const [name, meter] of Object.entries(meters) as [Part, Meter][]) {
    const per = (count: number) => (count / thousands).toFixed(2);
    const requests = [...meter.requests].map(([operation, count]) => `${operation} ${per(count)}`).join(', ');
    const dollars = costOf(name, meter);
    total += dollars;
    console.log(`${name}, per 1,000 recipients:`);
    console.log(`  DynamoDB  ${requests}; ${per(meter.readUnits)} read units, ${per(meter.writeUnits)} write units`);
    console.log(`  SQS       ${per(meter.queueRequests)} requests`);
    console.log(`  Lambda    ${per(meter.milliseconds)} ms in ${per(meter.invocations)} invocations of ${GIGABYTES[name] * 1024} MB`);
    console.log(`  a million recipients: $${((dollars * MILLION) / RECIPIENTS).toFixed(3)}`);
  }
  console.log(
    `\nIn all a million recipients cost $${((total * MILLION) / RECIPIENTS).toFixed(2)}, assuming list prices of us-east-1 (November 2026):`,
  );
  console.log(
    'DynamoDB on demand $0.125 per million read units and $0.625 per million write units, SQS $0.40 per million requests, Lambda',
  );
  console.log(
    `on arm64 $0.0000133334 per GB-second and $0.20 per million requests; a provider that takes ${PROVIDER_MS} ms a call; functions as fast`,
  );
  console.log(
    'as here; no free tier; without API Gateway, the event, logs, storage, and the sweep of each minute, which runs whatever is sent.',
  );
  if (engine?.name === 'dynalite') console.log('dynalite does not count the units of indexes: install Java 17 for the whole of them.');
}

function costOf(name: Part, { readUnits, writeUnits, queueRequests, milliseconds, invocations }: Meter): number {
  const lambda = ((GIGABYTES[name] * milliseconds) / 1000) * LAMBDA.gigabyteSecond + invocations * LAMBDA.request;
  return readUnits * PRICES.readUnit + writeUnits * PRICES.writeUnit + queueRequests * PRICES.queueRequest + lambda;
}
