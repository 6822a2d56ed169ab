import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Declaration } from '../../../infra/local/cloudformation/template.ts';
import { queueUrl } from '../../../infra/local/sqs-s3/queues.ts';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { dynamoDbClient, sqsClient } from '../../support/aws-clients.ts';
import { queueArn, schedulerAt, scheduleTo } from '../../support/event-engines.ts';
import { temporaryFolder } from '../fixture.ts';
import { deliveries, messaging, notes, startMessaging } from '../messaging.ts';

const data = temporaryFolder();
let system: LocalSystem;
/** With a job table: then the rule runs only when a job wants to be looked at. */
const start = async (): Promise<void> => {
  system = await startMessaging(data.folder, {}, { ...messaging(), Jobs: jobTable });
};
beforeAll(start);
afterAll(async () => {
  await system.stop();
  data.remove();
});

const attribute = (AttributeName: string, AttributeType: string) => ({ AttributeName, AttributeType });
const keys = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: 'HASH' },
  { AttributeName: range, KeyType: 'RANGE' },
];
const jobTable: Declaration = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: keys('pk', 'sk'),
    AttributeDefinitions: [attribute('pk', 'S'), attribute('sk', 'S'), attribute('openShard', 'S'), attribute('wakeAt', 'N')],
    GlobalSecondaryIndexes: [{ IndexName: 'open', KeySchema: keys('openShard', 'wakeAt'), Projection: { ProjectionType: 'KEYS_ONLY' } }],
  },
};

const post = (body: string) => fetch(`${system.api}/local/clock`, { method: 'POST', body });
async function advance(duration: string): Promise<number> {
  const answer = await post(JSON.stringify({ advance: duration }));
  expect(answer.status).toBe(200);
  return Date.parse(((await answer.json()) as { now: string }).now);
}
const time = async () => (await (await fetch(`${system.api}/local/clock`)).json()) as { now: string; aheadSeconds: number };

async function send(MessageBody: string, DelaySeconds = 0): Promise<void> {
  const client = sqsClient(system.sqs);
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl(system.sqs, 'Messages'), MessageBody, DelaySeconds }));
  client.destroy();
}

/** A schedule `ahead` milliseconds after the clock, whose input the worker notes. */
async function schedule(Input: string, ahead: number): Promise<void> {
  const client = schedulerAt(system.scheduler);
  const at = new Date(Date.parse((await time()).now) + ahead).toISOString().slice(0, 19);
  const Target = { ...scheduleTo('Messages').Target, Arn: queueArn('Messages'), Input } as never;
  await client.send(new CreateScheduleCommand(scheduleTo('Messages', { ScheduleExpression: `at(${at})`, Target })));
  client.destroy();
}

/** What the worker was given that ends in this word, in order, with the time that it saw. */
const worked = (word: string) =>
  notes(data.folder).flatMap(({ event, time: seen = 0, remaining = 0 }) =>
    (event?.Records ?? []).flatMap(({ body }) => (body.endsWith(word) ? [{ body, seen, remaining }] : [])),
  );
const now = async (): Promise<number> => Date.parse((await time()).now);
const HOUR = 3_600_000;

it('by itself it goes on as the machine does', async () => {
  await send('note:soon-alone', 1);
  await schedule('note:schedule-alone', 1_500);
  await expect.poll(() => worked('alone'), { timeout: 5_000 }).toHaveLength(2);
  expect((await time()).aheadSeconds).toBe(0);
  expect(Math.abs((await now()) - Date.now())).toBeLessThan(1_000);
});

it('steps through what becomes due, in order, and functions see the time at which it did', async () => {
  const from = await now();
  await schedule('note:last-step', 8 * HOUR - 60_000);
  await send('note:delayed-step', 900);
  await send('note:first-step');
  const passed = (await advance('PT8H')) - from;
  expect(passed).toBeGreaterThanOrEqual(8 * HOUR);
  expect(passed).toBeLessThan(8 * HOUR + 10_000);
  const seen = worked('step');
  expect(seen.map(({ body }) => body)).toEqual(['note:first-step', 'note:delayed-step', 'note:last-step']);
  const expected = [0, 900_000, 8 * HOUR - 60_000];
  for (const [index, one] of seen.entries()) {
    expect(Math.abs(one.seen - from - (expected[index] ?? 0))).toBeLessThan(10_000);
    // Of a time-out of two seconds.
    expect(one.remaining).toBeGreaterThan(1_000);
    expect(one.remaining).toBeLessThanOrEqual(2_000);
  }
});

it('waits for what runs: a call in flight loses neither its time nor its message', async () => {
  const from = await now();
  await send('slow:flight');
  await expect.poll(() => worked('flight').length).toBe(1);
  await advance('PT8H');
  const own = notes(data.folder).filter(({ event, bodies }) =>
    (bodies ?? event?.Records?.map(({ body }) => body))?.includes('slow:flight'),
  );
  expect(own.map(({ at }) => at)).toEqual(['begin', 'end']);
  for (const { time: seen = 0 } of own) expect(seen - from).toBeLessThan(60_000);
  expect(deliveries(data.folder, 'slow:flight')).toEqual([1]);
});

it('a message that failed comes back after its visibility time-out by the clock, then is a dead content', async () => {
  await send('fail:1');
  await expect.poll(() => deliveries(data.folder, 'fail:1')).toEqual([1]);
  await advance('PT30S');
  expect(deliveries(data.folder, 'fail:1')).toEqual([1]);
  await advance('PT31S');
  expect(deliveries(data.folder, 'fail:1')).toEqual([1, 2]);
  await advance('PT1H');
  expect(deliveries(data.folder, 'fail:1')).toEqual([1, 2]);
});

it('two moves at once come one after the other', async () => {
  const from = await now();
  await Promise.all([advance('PT1H'), advance('PT1H')]);
  expect((await now()) - from).toBeGreaterThanOrEqual(2 * HOUR);
});

it('a rule that finds its work in the job table is not run for minutes in which there is none', async () => {
  const [from, client] = [await now(), dynamoDbClient(system.dynamoDb)];
  const wakeAt = from + 2 * HOUR;
  const Item = { pk: { S: 'JOB#j' }, sk: { S: 'JOB' }, openShard: { S: 'OPEN#3' }, wakeAt: { N: String(wakeAt) } };
  await client.send(new PutItemCommand({ TableName: 'Jobs', Item }));
  await advance('PT2H5M');
  const times = notes(data.folder).flatMap(({ event, time: seen = 0 }) => (event?.['detail-type'] === 'Scheduled Event' ? [seen] : []));
  const after = times.filter((seen) => seen > from);
  // The worker leaves the item as it is, so each minute from then on finds it again.
  expect(after).toHaveLength(5);
  expect(Math.min(...after)).toBeGreaterThanOrEqual(wakeAt);
  expect(Math.min(...after)).toBeLessThan(wakeAt + 61_000);
  await client.send(new DeleteItemCommand({ TableName: 'Jobs', Key: { pk: Item.pk, sk: Item.sk } }));
  client.destroy();
});

it('passes nothing that is due while a person holds a message of a queue without a function', async () => {
  const client = sqsClient(system.sqs);
  const QueueUrl = queueUrl(system.sqs, 'DeadLetters');
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'held' }));
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 30 }));
  expect(Messages).toHaveLength(1);
  client.destroy();
  const bodies = [1, 2, 3, 4, 5].map((day) => `note:day ${day}`);
  for (const [day, body] of bodies.entries()) await schedule(body, (day + 1) * 24 * HOUR);
  const from = await now();
  await advance('P7D');
  for (const [day, body] of bodies.entries()) {
    expect(deliveries(data.folder, body), body).toEqual([1]);
    const { time: seen = 0 } = notes(data.folder).find(({ event }) => event?.Records?.[0]?.body === body) ?? {};
    expect(Math.abs(seen - from - (day + 1) * 24 * HOUR)).toBeLessThan(60_000);
  }
});

it('stays moved after a restart, and so does what waits', async () => {
  await advance('P30D');
  const before = await now();
  await send('note:delayed', 900);
  await schedule('note:schedule', 8 * HOUR);
  await advance('PT10M');
  await system.stop();
  await start();
  expect((await now()) - before).toBeGreaterThanOrEqual(600_000);
  expect(deliveries(data.folder, 'note:delayed')).toEqual([]);
  await advance('PT5M');
  expect(deliveries(data.folder, 'note:delayed')).toEqual([1]);
  await advance('PT8H');
  expect(deliveries(data.folder, 'note:schedule')).toEqual([1]);
});

const noDurations = ['', '{', '[]', 'null', '"PT8H"', '{"advance":28800}', '{"advance":"PT8H","to":1}'];
const notTaken = ['8h', 'PT0S', '-PT8H', 'P400D'].map((text) => JSON.stringify({ advance: text }));

it('refuses what is no duration, and other methods', async () => {
  const { aheadSeconds } = await time();
  for (const body of [...noDurations, ...notTaken]) {
    const answer = await post(body);
    expect(answer.status, body).toBe(400);
    expect(JSON.stringify(await answer.json())).toContain('ISO 8601 duration');
  }
  expect((await fetch(`${system.api}/local/clock`, { method: 'DELETE' })).status).toBe(405);
  expect((await time()).aheadSeconds).toBe(aheadSeconds);
});
