import { randomUUID } from 'node:crypto';
import { PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { outgoing } from '../../functions/shared/event/schemas.ts';
import { ACCOUNT } from '../../infra/local/cloudformation/template.ts';
import { queueUrl } from '../../infra/local/sqs-s3/queues.ts';
import { phones, readLedger } from '../support/api.ts';
import { sqsClient } from '../support/aws-clients.ts';
import { eventBridgeAt, queueArn } from '../support/event-engines.ts';
import { stackOfFile } from '../support/stack.ts';

/** An event as a rule delivers it to a queue. */
const delivered = z.object({
  id: z.string(),
  source: z.literal('sms'),
  account: z.literal(ACCOUNT),
  'detail-type': z.enum(Object.keys(outgoing) as [keyof typeof outgoing]),
  detail: z.record(z.string(), z.unknown()),
});
type Delivered = z.output<typeof delivered>;

const { api, system } = stackOfFile();
let sqs: SQSClient;
/** Everything that the bus said, as a listener in an application of its own hears it. */
const heard: Delivered[] = [];
beforeAll(async () => {
  sqs = sqsClient(system().sqs);
  await sqs.send(new CreateQueueCommand({ QueueName: 'listener' }));
  const bridge = eventBridgeAt(system().eventBridge);
  const rule = { Name: 'listener', EventBusName: 'sms-local' };
  await bridge.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: ['sms'] }) }));
  await bridge.send(
    new PutTargetsCommand({ Rule: rule.Name, EventBusName: rule.EventBusName, Targets: [{ Id: 'q', Arn: queueArn('listener') }] }),
  );
});

/** Puts a `Send Requested`. */
async function put(detail: object, { source = 'crm', account = ACCOUNT } = {}): Promise<void> {
  const entry = {
    EventBusName: 'sms-local',
    Source: source,
    DetailType: 'Send Requested',
    Detail: JSON.stringify({ version: 1, ...detail }),
  };
  const { FailedEntryCount } = await eventBridgeAt(system().eventBridge, account).send(new PutEventsCommand({ Entries: [entry] }));
  expect(FailedEntryCount).toBe(0);
}

/** What is said about this key, once it is said. Each event is held against its schema. */
async function hear(key: string): Promise<Delivered> {
  const find = () => heard.find(({ detail }) => detail.idempotencyKey === key);
  const QueueUrl = queueUrl(system().sqs, 'listener');
  await expect
    .poll(
      async () => {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        for (const { Body = '', ReceiptHandle } of Messages) {
          const event = delivered.parse(JSON.parse(Body));
          outgoing[event['detail-type']].parse(event.detail);
          heard.push(event);
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
        return find() !== undefined;
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBe(true);
  return find() as Delivered;
}

const bodyOf = (idempotencyKey: string, recipients: readonly unknown[]) => ({
  idempotencyKey,
  pattern: `${idempotencyKey} hi`,
  recipients,
});
const sent = async (key: string) =>
  (await readLedger(system().ledger)).filter(({ text }) => text === `${key} hi`).map(({ phone }) => phone);
const caller = `event:${ACCOUNT}/crm`;

describe('an application of the same account', () => {
  it('puts the same request twice, with two event ids: one job, sent once, and it hears so', async () => {
    const key = randomUUID();
    const recipients = phones(3);
    await Promise.all([put(bodyOf(key, recipients)), put(bodyOf(key, recipients))]);
    const { 'detail-type': name, detail } = await hear(key);
    expect([name, detail]).toMatchObject(['Job Completed', { caller, outcome: 'accepted', counts: { total: 3, accepted: 3 } }]);
    expect(await sent(key)).toEqual(recipients);
    const { items } = (await api.get(`/v1/jobs?caller=${encodeURIComponent(caller)}`)).as('Jobs');
    expect(items.map(({ jobId }) => jobId)).toEqual([detail.jobId]);
    expect(items[0]).toMatchObject({ caller, status: 'completed' });
  });

  it('hears why a request was refused, and nothing of it is sent', async () => {
    const key = randomUUID();
    await put({ ...bodyOf(key, ['13000000001', '12']), postFixNumber: '0' });
    const { 'detail-type': name, detail } = await hear(key);
    expect([name, detail]).toMatchObject(['Send Refused', { caller, request: { account: ACCOUNT, source: 'crm' } }]);
    const { code, errors } = detail.problem as { code: string; errors: { place: string }[] };
    expect([code, errors.map(({ place }) => place)]).toEqual(['invalid-request', ['postFixNumber', 'recipients[1].phone']]);
    expect(await sent(key)).toEqual([]);
  });

  it('hears that a file has a bad line', async () => {
    const { uploadId, url, headers } = (await api.post('/v1/uploads', { format: 'csv', size: 21 })).as('UploadAddress');
    expect((await fetch(url, { method: 'PUT', headers, body: 'phone\n13000000001\n12\n' })).status).toBe(200);
    const key = randomUUID();
    await put({ idempotencyKey: key, pattern: 'hi', recipientsFrom: { uploadId } });
    const { detail } = await hear(key);
    expect(detail).toMatchObject({ caller, problem: { code: 'file-refused', errors: [{ place: 'line 3.phone' }] } });
    expect((await api.get(`/v1/jobs/${detail.jobId}`)).as('Job')).toMatchObject({ status: 'refused', caller });
  });
});

it.each([
  ['a source that the stage does not name', { source: 'unauthorised' }],
  ['an account that the stage does not name', { account: '222222222222' }],
])('%s: no job, and it is seen', async (_who, origin) => {
  const key = randomUUID();
  await put(bodyOf(key, phones(1)), origin);
  const { 'detail-type': name, detail } = await hear(key);
  const { account = ACCOUNT, source = 'crm' } = { account: ACCOUNT, source: 'crm', ...origin };
  expect([name, detail]).toMatchObject(['Send Refused', { caller: `event:${account}/${source}`, problem: { status: 403 } }]);
  expect(await sent(key)).toEqual([]);
});

it('an application hears of jobs that were asked for over HTTPS, too', async () => {
  const [completed, unknown, cancelled] = [randomUUID(), randomUUID(), randomUUID()];
  await api.send({ pattern: 'hi', recipients: phones(1, 5_000) }, completed);
  expect(await hear(completed)).toMatchObject({ 'detail-type': 'Job Completed', detail: { caller: 'local', revision: 2 } });
  const job = (await api.send({ pattern: 'hi', recipients: ['19900000006'] }, unknown)).as('Job');
  expect(await hear(unknown)).toMatchObject({ 'detail-type': 'Job Needs Attention', detail: { jobId: job.jobId, counts: { unknown: 1 } } });
  const later = { pattern: 'hi', recipients: phones(1, 6_000), sendTime: new Date(Date.now() + 3_600_000).toISOString() };
  const { links } = (await api.send(later, cancelled)).as('Job');
  await api.post(`${links.self}/cancel`, '');
  expect(await hear(cancelled)).toMatchObject({ 'detail-type': 'Job Cancelled', detail: { counts: { cancelled: 1 } } });
});

it('the schemas of the events are served', async () => {
  const answer = await api.get('/events.json');
  expect(answer.status).toBe(200);
  const { out } = JSON.parse(answer.text);
  expect(Object.keys(out.details)).toEqual(Object.keys(outgoing));
});
