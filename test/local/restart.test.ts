import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, expect, it } from 'vitest';
import { queueUrl } from '../../infra/local/sqs-s3/queues.ts';
import { s3Client, sqsClient } from '../support/aws-clients.ts';
import { schedulerAt, scheduleTo } from '../support/event-engines.ts';
import { temporaryFolder } from './fixture.ts';
import { deliveries, notes, startMessaging } from './messaging.ts';

const data = temporaryFolder();
afterAll(() => data.remove());

const script = `
import { startMessaging } from ${JSON.stringify(join(import.meta.dirname, 'messaging.ts'))};
const { sqs, s3, scheduler } = await startMessaging(${JSON.stringify(data.folder)});
console.log(JSON.stringify({ sqs, s3, scheduler }));`;

it('after kill -9 nothing that was acknowledged is gone, and what was being worked on is taken up at once', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const { sqs, s3, scheduler } = JSON.parse(String(line)) as { sqs: string; s3: string; scheduler: string };
  const [queues, files] = [sqsClient(sqs), s3Client(s3)];
  const send = (MessageBody: string, DelaySeconds = 0) =>
    queues.send(new SendMessageCommand({ QueueUrl: queueUrl(sqs, 'Messages'), MessageBody, DelaySeconds }));
  const Key = 'uploads/kept.csv';
  await files.send(new PutObjectCommand({ Bucket: 'files', Key, Body: '13800138000' }));
  await send('note:done');
  await expect.poll(() => notes(data.folder).filter(({ at }) => at === 'end').length, { timeout: 5_000 }).toBe(1);
  await send('note:later', 2);
  const schedules = schedulerAt(scheduler);
  const soon = new Date(Date.now() + 2_000).toISOString().slice(0, 19);
  const Target = { ...scheduleTo('Messages').Target, Input: 'note:schedule' } as never;
  await schedules.send(new CreateScheduleCommand(scheduleTo('Messages', { ScheduleExpression: `at(${soon})`, Target })));
  await send('hang:me');
  await expect.poll(() => deliveries(data.folder, 'hang:me'), { timeout: 5_000 }).toEqual([1]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  queues.destroy();
  files.destroy();
  schedules.destroy();

  const system = await startMessaging(data.folder);
  await expect.poll(() => deliveries(data.folder, 'hang:me'), { timeout: 5_000 }).toEqual([1, 2]);
  await expect.poll(() => deliveries(data.folder, 'note:later'), { timeout: 5_000 }).toEqual([1]);
  await expect.poll(() => deliveries(data.folder, 'note:schedule'), { timeout: 5_000 }).toEqual([1]);
  expect(deliveries(data.folder, 'note:done')).toEqual([1]);
  const stored = await s3Client(system.s3).send(new GetObjectCommand({ Bucket: 'files', Key }));
  expect(await stored.Body?.transformToString()).toBe('13800138000');
  await system.stop();
});
