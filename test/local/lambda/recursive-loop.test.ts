import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunaway, LONGEST_CHAIN, traceFor } from '../../../infra/local/lambda/recursive-loop.ts';
import { queueUrl } from '../../../infra/local/sqs-s3/queues.ts';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { sqsClient } from '../../support/aws-clients.ts';
import { temporaryFolder } from '../fixture.ts';
import { messaging, notes, startMessaging } from '../messaging.ts';

const spec = { functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:one', mayLoop: false };
const other = { ...spec, functionArn: `${spec.functionArn}-other` };

describe('the lineage', () => {
  it('counts each function for itself, and keeps what others counted', () => {
    let header = traceFor(spec, []);
    for (let round = 1; round < LONGEST_CHAIN; round++) {
      expect(isRunaway(spec, header)).toBe(false);
      header = traceFor(other, [traceFor(spec, [header])]);
    }
    expect(isRunaway(spec, header)).toBe(true);
    expect(isRunaway(other, header)).toBe(false);
    expect(isRunaway({ ...spec, mayLoop: true }, header)).toBe(false);
  });

  it('has the form of an X-Ray header, and keeps its root', () => {
    const first = traceFor(spec, []);
    expect(first).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1$/);
    expect(traceFor(spec, [first]).split(';')[0]).toBe(first.split(';')[0]);
  });

  it('of several messages is the longest', () => {
    const [short, long] = [traceFor(spec, []), traceFor(spec, [traceFor(spec, [])])];
    expect(traceFor(spec, [short, long])).toMatch(/:3$/);
  });

  it.each(['', 'Root=1-a-b', 'Lineage=', 'Lineage=x', 'Root=1-a-b;Lineage=zz'])('"%s" counts nothing', (header) => {
    expect(isRunaway(spec, header)).toBe(false);
  });
});

describe('a function that leads its own message back to its queue', () => {
  let data: ReturnType<typeof temporaryFolder>;
  let system: LocalSystem;
  beforeEach(() => {
    data = temporaryFolder();
  });
  afterEach(async () => {
    await system.stop();
    data.remove();
  });

  const started = (body: string) =>
    notes(data.folder).filter(({ at, event }) => at === 'begin' && event?.Records?.[0]?.body === body).length;

  it('is ended after 16 rounds, with a line, and its message is a dead letter', async () => {
    const shown: string[] = [];
    system = await startMessaging(data.folder, { show: (line) => shown.push(line) });
    const client = sqsClient(system.sqs);
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl(system.sqs, 'Messages'), MessageBody: 'again:1' }));
    const command = new ReceiveMessageCommand({ QueueUrl: queueUrl(system.sqs, 'DeadLetters'), WaitTimeSeconds: 15 });
    expect(((await client.send(command)).Messages ?? []).map(({ Body }) => Body)).toEqual(['again:1']);
    expect(started('again:1')).toBe(LONGEST_CHAIN);
    expect(shown.join('\n')).toMatch(/Worker: led to itself 16 times; the message [0-9a-f-]{36} goes to the dead-letter queue/);
    client.destroy();
  });

  it('goes on where its template allows it', async () => {
    const declared = messaging();
    Object.assign(declared.Worker?.Properties as object, { RecursiveLoop: 'Allow' });
    system = await startMessaging(data.folder, {}, declared);
    const client = sqsClient(system.sqs);
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl(system.sqs, 'Messages'), MessageBody: 'again:2' }));
    await expect.poll(() => started('again:2'), { timeout: 15_000 }).toBeGreaterThan(LONGEST_CHAIN + 3);
    client.destroy();
  });
});
