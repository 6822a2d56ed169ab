import { setTimeout as delay } from 'node:timers/promises';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueUrl } from '../../../infra/local/sqs-s3/queues.ts';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { sqsClient } from '../../support/aws-clients.ts';
import { temporaryFolder } from '../fixture.ts';
import { deliveries, notes, startMessaging } from '../messaging.ts';

const data = temporaryFolder();
const shown: string[] = [];
let system: LocalSystem;
let client: SQSClient;
beforeAll(async () => {
  system = await startMessaging(data.folder, { redeliverAfter: 1, show: (line) => shown.push(line) });
  client = sqsClient(system.sqs);
});
afterAll(async () => {
  client.destroy();
  await system.stop();
  data.remove();
});

const send = (MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl: queueUrl(system.sqs, 'Messages'), MessageBody }));
const seen = (body: string) => expect.poll(() => deliveries(data.folder, body), { timeout: 15_000 });

/** How many messages a queue still has, whether they can be received or not. */
async function left(name: string): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl(system.sqs, name), AttributeNames: [...AttributeNames] });
  const { Attributes = {} } = await client.send(command);
  return AttributeNames.reduce((sum, attribute) => sum + Number(Attributes[attribute]), 0);
}

/** A message of the dead-content queue, once it is there. */
async function deadLetter(): Promise<string | undefined> {
  const command = new ReceiveMessageCommand({ QueueUrl: queueUrl(system.sqs, 'DeadLetters'), WaitTimeSeconds: 5 });
  return (await client.send(command)).Messages?.[0]?.Body;
}

it('a message invokes its function in the shape of an SQS event, and is gone when that is done', async () => {
  const { MessageId } = await send('note:你好');
  await seen('note:你好').toEqual([1]);
  const records = notes(data.folder).flatMap(({ event }) => (event?.Records ?? []) as unknown as SQSRecord[]);
  const record = records.find(({ body }) => body === 'note:你好');
  expect(record).toMatchObject({
    messageId: MessageId,
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:Messages',
    awsRegion: 'us-east-1',
    messageAttributes: {},
    attributes: { ApproximateReceiveCount: '1' },
  });
  expect(record?.receiptHandle).not.toBe('');
  expect(Math.abs(Number(record?.attributes.SentTimestamp) - Date.now())).toBeLessThan(10_000);
  await expect.poll(() => left('Messages')).toBe(0);
});

it('as many invocations run at once as the mapping says, and no more', async () => {
  const own = temporaryFolder();
  const other = await startMessaging(own.folder);
  const sender = sqsClient(other.sqs);
  for (let index = 0; index < 9; index++) {
    await sender.send(new SendMessageCommand({ QueueUrl: queueUrl(other.sqs, 'Messages'), MessageBody: `slower:${index}` }));
  }
  await expect.poll(() => notes(own.folder).filter(({ at }) => at === 'end').length, { timeout: 25_000 }).toBe(9);
  let open = 0;
  let most = 0;
  for (const { at } of notes(own.folder)) {
    open += at === 'begin' ? 1 : -1;
    most = Math.max(most, open);
  }
  expect(most).toBe(3);
  sender.destroy();
  await other.stop();
  own.remove();
}, 60_000);

describe('a message that failed comes again, and waits for a person after the second time', () => {
  it.each(['fail', 'unknown-id', 'throw', 'hang'])('when its function does "%s"', async (act) => {
    await send(`${act}:me`);
    await seen(`${act}:me`).toEqual([1, 2]);
    expect(await deadLetter()).toBe(`${act}:me`);
    expect(deliveries(data.folder, `${act}:me`)).toEqual([1, 2]);
    await expect.poll(() => left('Messages')).toBe(0);
  });

  it('and what kept it from being done is shown', async () => {
    await expect.poll(() => shown.some((line) => line.includes('Worker: timed out after 2000 ms'))).toBe(true);
  });
});

it('ends at once, whatever its functions are doing, and takes up the message at the next start', async () => {
  await system.stop();
  system = await startMessaging(data.folder);
  client = sqsClient(system.sqs);
  await send('slower:unfinished');
  await seen('slower:unfinished').toEqual([1]);
  const start = Date.now();
  await system.stop();
  expect(Date.now() - start).toBeLessThan(1_000);
  const count = notes(data.folder).length;
  await delay(300);
  expect(notes(data.folder).length).toBe(count);
  client.destroy();
  system = await startMessaging(data.folder);
  client = sqsClient(system.sqs);
  await seen('slower:unfinished').toEqual([1, 2]);
});
