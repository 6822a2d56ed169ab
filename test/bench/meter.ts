import { ConditionalCheckFailedException, type ConsumedCapacity, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** What a part of the work asked for. */
export interface Meter {
  /** Requests by operation. */
  requests: Map<string, number>;
  readUnits: number;
  writeUnits: number;
  queueRequests: number;
  /** Of the function, begin to end, and how often it was called. */
  milliseconds: number;
  invocations: number;
}

export function newMeter(): Meter {
  return { requests: new Map(), readUnits: 0, writeUnits: 0, queueRequests: 0, milliseconds: 0, invocations: 0 };
}

/** Asks DynamoDB for the units of every request. A write whose condition fails costs as much as one of its size, and tells nothing: 1 unit. */
export function meterTable(client: DynamoDBClient, meter: () => Meter): void {
  client.middlewareStack.add(
    (next, context) => async (given) => {
      const operation = String(context.commandName).replace('Command', '');
      const input = { ...given.input, ReturnConsumedCapacity: 'INDEXES' } as typeof given.input;
      try {
        const answer = await next({ ...given, input });
        const { ConsumedCapacity: consumed = [] } = answer.output as { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] };
        note(
          meter(),
          operation,
          [consumed].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0),
        );
        return answer;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) note(meter(), `${operation} (condition failed)`, 1);
        throw error;
      }
    },
    { step: 'initialize' },
  );
}

function note(meter: Meter, operation: string, units: number): void {
  meter.requests.set(operation, (meter.requests.get(operation) ?? 0) + 1);
  if (/^(Put|Update)/.test(operation)) meter.writeUnits += units;
  else meter.readUnits += units;
}

/** Counts requests to the queue. */
export function meterQueue(client: SQSClient, meter: () => Meter): void {
  client.middlewareStack.add(
    (next) => async (given) => {
      meter().queueRequests += 1;
      return next(given);
    },
    { step: 'initialize' },
  );
}

/** Does one invocation's work, and notes how long it took. */
export async function timed<Result>(meter: Meter, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    meter.milliseconds += performance.now() - started;
    meter.invocations += 1;
  }
}
