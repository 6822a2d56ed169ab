import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { openFailureCounter } from '../../functions/shared/metrics.ts';
import { queueHandler } from '../../functions/shared/queues/queue-handler.ts';

const schema = z.strictObject({ count: z.int() });
const record = (messageId: string, body: string) => ({ messageId, body }) as SQSRecord;
const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 10_000 } as Context;

/** A handler whose work fails at negative counts, with what it logs and counts. */
function open() {
  const lines: Record<string, unknown>[] = [];
  const logger = new Logger({ serviceName: 'test' });
  const out = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  Object.assign(logger, { console: new Console(out, out) });
  const counted: number[] = [];
  const deadlines: number[] = [];
  const handler = queueHandler({
    ...{ schema, logger, timeToEnd: 4_000, failures: { count: (failures: number) => void counted.push(failures) } },
    async work({ count }, deadline) {
      deadlines.push(deadline);
      if (count < 0) throw new RangeError('too few');
    },
  });
  const handle = (...Records: SQSRecord[]) => handler({ Records } satisfies SQSEvent, context);
  return { handle, lines, counted, deadlines };
}

test('the messages that failed come again, and no other; each failure is logged with its stack and counted', async () => {
  const { handle, lines, counted } = open();
  const answer = await handle(record('1', '{"count":1}'), record('2', '{"count":-1}'), record('3', '{"count":2}'), record('4', 'nothing'));
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '4' }] });
  expect(counted).toEqual([2]);
  const stack = expect.stringContaining('queue-handler.test');
  expect(lines).toMatchObject([
    { level: 'ERROR', messageId: '2', function_request_id: 'request-1', error: { name: 'RangeError', message: 'too few', stack } },
    { level: 'ERROR', messageId: '4', error: { name: 'SyntaxError' } },
  ]);
});

test('a message of another shape fails', async () => {
  const { handle } = open();
  expect(await handle(record('1', '{"count":1,"more":true}'))).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
});

test('work ends before the function does', async () => {
  const { handle, deadlines } = open();
  const before = Date.now();
  await handle(record('1', '{"count":1}'));
  expect(deadlines[0]).toBeGreaterThanOrEqual(before + 6_000);
  expect(deadlines[0]).toBeLessThanOrEqual(Date.now() + 6_000);
});

test('failures are a metric of the stage and the function', () => {
  const written: string[] = [];
  const { log } = console;
  console.log = (line: string) => void written.push(line);
  try {
    const failures = openFailureCounter('dev', 'dispatch');
    failures.count(0);
    failures.count(2);
  } finally {
    console.log = log;
  }
  expect(written).toHaveLength(1);
  const metric = { Namespace: 'Sms', Dimensions: [['service', 'function']], Metrics: [{ Name: 'Failures', Unit: 'Count' }] };
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    _aws: { CloudWatchMetrics: [metric] },
    service: 'dev',
    function: 'dispatch',
    Failures: 2,
  });
});
