import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '../../infra/local/cloudformation/template.ts';
import { type LocalSystem, type Options, startLocal } from '../../infra/local/system.ts';
import { allowed, assemblyOf, type Resources, resources, settings } from './fixture.ts';

/** A function that notes its event and does what the message's body says; a word after a colon tells messages apart. */
const handler = `
const { request } = require('node:http');
/** Sends the message again with the trace header that it came under, as the SDK does. */
const again = (MessageBody) => new Promise((done, failed) => request(process.env.AWS_ENDPOINT_URL_SQS, {
  method: 'POST',
  headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.SendMessage', 'X-Amzn-Trace-Id': process.env._X_AMZN_TRACE_ID },
}, (response) => response.resume().on('end', done)).on('error', failed).end(JSON.stringify({ QueueUrl: process.env.AWS_ENDPOINT_URL_SQS + '/000000000000/Messages', MessageBody })));
exports.handler = async (event, context) => {
  console.log(JSON.stringify({ at: 'begin', event, time: new Date().getTime(), remaining: context.getRemainingTimeInMillis() }));
  const failed = [];
  for (const { messageId, body } of event.Records ?? []) {
    const [act] = body.split(':');
    switch (act) {
      case 'fail': failed.push({ itemIdentifier: messageId }); break;
      case 'unknown-id': failed.push({ itemIdentifier: 'of no message' }); break;
      case 'throw': throw new Error('on purpose');
      case 'hang': for (;;) {}
      case 'again': await again(body); break;
      case 'slower': await new Promise((done) => setTimeout(done, 1_500)); break;
      case 'slow': await new Promise((done) => setTimeout(done, 200));
    }
  }
  if (!event.Records) await new Promise((done) => setTimeout(done, 150));
  console.log(JSON.stringify({ at: 'end', bodies: event.Records?.map(({ body }) => body), time: Date.now() }));
  return { batchItemFailures: failed };
};`;

const worker: Declaration = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    ...allowed,
    Runtime: 'nodejs24.x',
    Handler: 'worker.handler',
    Code: { S3Key: 'worker.zip' },
    Timeout: 2,
    ReservedConcurrentExecutions: 5,
  },
};

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** The small template with a queue and a clock that invoke a function, and a bucket. */
export function messaging(): Resources {
  return {
    ...resources(),
    Worker: worker,
    DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
    Messages: {
      Type: 'AWS::SQS::Queue',
      Properties: { VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: arn('DeadLetters'), maxReceiveCount: 2 } },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        BatchSize: 1,
        EventSourceArn: arn('Messages'),
        FunctionName: { Ref: 'Worker' },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 3 },
      },
    },
    Clock: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 minute)', Targets: [{ Id: 'a', Arn: arn('Worker') }] } },
    ClockPermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: arn('Worker'), Principal: 'events.amazonaws.com' },
    },
    Files: { Type: 'AWS::S3::Bucket' },
  };
}

export function startMessaging(folder: string, options: Options = {}, declared: Resources = messaging()): Promise<LocalSystem> {
  writeFileSync(join(folder, 'worker.cjs'), handler);
  const { template, assets } = assemblyOf(folder, declared);
  return startLocal(settings(folder), { ...options, assembly: { template, assets: new Map([...assets, ['worker.zip', folder]]) } });
}

/** What the worker noted. */
export interface Note {
  at: 'begin' | 'end';
  event?: Record<string, unknown> & { Records?: { body: string; attributes: Record<string, string> }[] };
  bodies?: string[];
  /** The time that the worker saw, and what was left of its own (milliseconds). */
  time?: number;
  remaining?: number;
}

/** Everything that the worker noted, in order. */
export function notes(folder: string): Note[] {
  try {
    const lines = readFileSync(join(folder, 'logs', 'Worker.log'), 'utf8')
      .trimEnd()
      .split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Note);
  } catch {
    return [];
  }
}

/** The receive count of each delivery of a message, in order. */
export function deliveries(folder: string, body: string): number[] {
  const records = notes(folder).flatMap(({ event }) => event?.Records ?? []);
  return records.filter((record) => record.body === body).map(({ attributes }) => Number(attributes.ApproximateReceiveCount));
}
