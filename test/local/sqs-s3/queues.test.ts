import { ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kindsAt } from '../../../infra/local/cloudformation/resource-types.ts';
import { resolveTemplate } from '../../../infra/local/cloudformation/template.ts';
import { type QueuesAndFiles, startFauxqs } from '../../../infra/local/sqs-s3/fauxqs-engine.ts';
import { createQueues, queueUrl } from '../../../infra/local/sqs-s3/queues.ts';
import { sqsClient } from '../../support/aws-clients.ts';
import { temporaryFolder } from '../fixture.ts';

const data = temporaryFolder();
const shown: string[] = [];
let engine: QueuesAndFiles;
let client: SQSClient;
async function start(VisibilityTimeout: number): Promise<void> {
  engine = await startFauxqs(data.folder, (line) => shown.push(line));
  client = sqsClient(engine.endpoint);
  const template = { Resources: { Messages: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout } } } };
  await createQueues(engine.endpoint, resolveTemplate(template, kindsAt(engine.endpoint)));
}
beforeAll(() => start(60));
afterAll(async () => {
  client.destroy();
  await engine.stop();
  data.remove();
});

const url = () => queueUrl(engine.endpoint, 'Messages');
const send = (MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl: url(), MessageBody }));
const received = async () =>
  ((await client.send(new ReceiveMessageCommand({ QueueUrl: url(), MaxNumberOfMessages: 10 }))).Messages ?? []).map(({ Body }) => Body);

it('takes every character that SQS takes, above U+FFFF too, one by one and in batches', async () => {
  const bodies = ['{"name":"𠮷野家 😀"}', '\u{10000}\u{10FFFF}', '\t\r\n\uD7FF\uE000\uFFFD'];
  for (const body of bodies) await send(body);
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  expect((await client.send(new SendMessageBatchCommand({ QueueUrl: url(), Entries }))).Failed ?? []).toEqual([]);
  expect((await received()).toSorted()).toEqual([...bodies, ...bodies].toSorted());
});

it.each(['\u0000', '\uFFFE', '\uD83D'])('refuses what SQS refuses, and says so with the name of the queue (%j)', async (wrong) => {
  shown.length = 0;
  await expect(send(`a${wrong}`)).rejects.toThrow(/Invalid characters/);
  const Entries = [
    { Id: 'wrong', MessageBody: wrong },
    { Id: 'right', MessageBody: 'right' },
  ];
  await client.send(new SendMessageBatchCommand({ QueueUrl: url(), Entries })).catch(() => undefined);
  expect(shown).toHaveLength(2);
  for (const line of shown) expect(line).toMatch(/^The queue Messages refuses a message: .*Invalid characters/);
  await received();
});

it('keeps its messages from start to start, gives at once those that were in work, and takes new settings', async () => {
  await send('kept');
  expect(await received()).toContain('kept');
  client.destroy();
  await engine.stop();
  await start(90);
  expect(await received()).toContain('kept');
});
